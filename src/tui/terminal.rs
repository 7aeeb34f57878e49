//! The terminal: taken at the start, given back on every way out.
//!
//! ratatui's own `init` and `restore` are not used: `restore` aborts the process when the terminal is gone, and its
//! panic hook goes on drawing after the panic of a worker. Both were seen.

use std::io::{self, Write, stdout};
use std::panic;

use crossterm::cursor::Show;
use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
    KeyboardEnhancementFlags, PopKeyboardEnhancementFlags, PushKeyboardEnhancementFlags,
};
use crossterm::execute;
use crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::backend::{Backend, CrosstermBackend};

use super::painter::{Frame, Painter};

/// The terminal while it is ours. Given back when dropped.
pub struct Screen {
    painter: Painter<CrosstermBackend<WholeFrames>>,
}

/// Standard output that is written to once for each frame: half of one is never seen. What was not flushed is dropped
/// with it, and lands on no shell's prompt.
#[derive(Default)]
struct WholeFrames(Vec<u8>);

impl Write for WholeFrames {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut out = stdout().lock();
        let written = out.write_all(&self.0);
        self.0.clear();
        written?;
        out.flush()
    }
}

impl Screen {
    /// Takes the terminal.
    ///
    /// # Errors
    /// What the terminal said.
    pub fn enter() -> io::Result<Self> {
        match take().and_then(|()| new_painter()) {
            Ok(painter) => Ok(Self { painter }),
            Err(error) => {
                leave();
                Err(error)
            }
        }
    }

    /// Takes the terminal again after [`Screen::leave`].
    ///
    /// # Errors
    /// What the terminal said.
    pub fn come_back(&mut self) -> io::Result<()> {
        take()?;
        self.painter = new_painter()?;
        Ok(())
    }

    /// Draws a frame.
    ///
    /// # Errors
    /// What the terminal said; most likely it is gone.
    pub fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        self.painter.draw(draw)
    }

    /// The terminal's size.
    ///
    /// # Errors
    /// What the terminal said.
    pub fn size(&self) -> io::Result<ratatui::layout::Size> {
        self.painter.backend().size()
    }

    /// Takes the terminal again and draws every cell anew with the next frame: the program was stopped, the shell has
    /// written on the screen and put the terminal back as it likes it.
    ///
    /// # Errors
    /// What the terminal said.
    pub fn start_over(&mut self) -> io::Result<()> {
        // crossterm takes nothing that it believes to have already.
        let _ = disable_raw_mode();
        take()?;
        // Not `Terminal::clear`: it asks for the cursor's place, and the answer goes to the thread that reads keys.
        execute!(stdout(), Clear(ClearType::All))?;
        self.painter = new_painter()?;
        Ok(())
    }

    /// Gives the terminal back without ending: before the program is stopped.
    pub fn leave(&mut self) {
        leave();
    }

    /// Takes the mouse, or gives it back.
    ///
    /// # Errors
    /// What the terminal said.
    pub fn mouse(&mut self, ours: bool) -> io::Result<()> {
        if ours { execute!(stdout(), EnableMouseCapture) } else { execute!(stdout(), DisableMouseCapture) }
    }

    /// Writes an escape sequence past the screen.
    ///
    /// # Errors
    /// What the terminal said.
    pub fn write(&mut self, sequence: &str) -> io::Result<()> {
        let mut out = stdout();
        out.write_all(sequence.as_bytes())?;
        out.flush()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        leave();
    }
}

/// One that has drawn nothing yet, and so draws every cell.
fn new_painter() -> io::Result<Painter<CrosstermBackend<WholeFrames>>> {
    Painter::new(CrosstermBackend::new(WholeFrames::default()))
}

fn take() -> io::Result<()> {
    enable_raw_mode()?;
    // The flags are pushed without asking whether the terminal knows them: asking one that does not answer takes two
    // seconds, and one that does not know them ignores them.
    let flags = KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES;
    execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste, PushKeyboardEnhancementFlags(flags))
}

/// Gives the terminal back. Errors are of no use: there is nobody left to tell.
fn leave() {
    let _ = execute!(
        stdout(),
        DisableMouseCapture,
        PopKeyboardEnhancementFlags,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        Show
    );
    let _ = disable_raw_mode();
}

/// A panic of any thread ends the program: the terminal is given back first, then the report is made as before.
pub fn restore_on_panic() {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        leave();
        report(info);
        std::process::exit(101);
    }));
}
