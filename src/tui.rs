//! The screens: a pure core ([`message::Msg`] in, [`message::Effect`]s out, `&Model` drawn) and a loop around it
//! that owns the terminal.
//!
//! Keys, pastes, signals and the workers' answers all reach the loop through one channel. It draws only after a
//! message, and wakes by itself only when the second changes.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crossterm::event::Event;
use ratatui::layout::Size;

use crate::clock::Timestamp;
use crate::ports::{self, Ports};
use crate::project::ProjectName;
use crate::settings;
use crate::text::Pasted;

pub mod asking;
pub mod keymap;
pub mod layout;
pub mod message;
pub mod model;
pub mod overlay;
pub mod painter;
pub mod presets;
pub mod runner;
pub mod screens;
pub mod terminal;
pub mod theme;
pub mod update;
pub mod view;
pub mod widgets;

use message::{Effect, Msg, TerminalJob};
use model::{Model, Options, Tone};
use runner::Workers;
use terminal::Screen;
use theme::{Palette, Theme};

/// What the command line says about the screens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Launch {
    /// `--project`.
    pub project: Option<ProjectName>,
    /// Whether colours are off (`NO_COLOR`, `--color never`).
    pub plain: bool,
}

/// How the screens ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// On request.
    Quit,
    /// By this signal, which is still to be obeyed.
    Signal(i32),
}

/// What reaches the loop.
enum Arrival {
    Msg(Msg),
    Signal(i32),
    /// Nothing can be read from the terminal any more.
    TerminalGone,
}

impl From<Msg> for Arrival {
    fn from(msg: Msg) -> Self {
        Self::Msg(msg)
    }
}

/// Runs the screens until the user leaves or a signal ends them. The terminal is given back in any case.
///
/// # Errors
/// What the terminal said, if it cannot be used.
pub fn run(ports: &Ports, launch: Launch) -> io::Result<Ending> {
    let (settings, trouble) = match ports.settings() {
        Ok(settings) => (settings, None),
        Err(error) => (settings::Settings::default(), Some((error.to_string(), error.hint()))),
    };
    let (serve, wrong) = screens::serve::Choices::of(&settings.serve);
    let wrong = wrong.map(|error| (format!("serve_origins in the settings: {error}"), error.hint()));
    let options = Options {
        theme: theme(&settings, launch.plain, ports),
        mouse: settings.mouse,
        hold: settings.clear_token_after,
        project: launch.project,
        backend: None,
        serve,
        demo: ports.is_demo(),
        user: ports.user(),
        seed: RandomState::new().build_hasher().finish(),
        shell: can_be_continued(),
    };
    let (width, height) = crossterm::terminal::size()?;
    let mut model = Model::new(options, Size::new(width, height), Timestamp::now(), ports::zone());
    if let Some((what, hint)) = trouble.or(wrong) {
        model.say(Tone::Bad, what, hint);
    }
    terminal::restore_on_panic();
    // Before the terminal is taken: from then on every way out has to give it back.
    let (to, arrivals) = channel();
    watch_signals(&to)?;
    let mut screen = Screen::enter()?;
    screen.draw(|frame| view::view(&model, frame))?;

    // Only after the first frame: nothing the eye waits for waits for a thread.
    let workers = Workers::start(ports, &to);
    read_terminal(&to);
    let first = update::start(&mut model);
    let ending = obey(&mut screen, &workers, first)?;
    if ending.is_some() {
        return Ok(Ending::Quit);
    }
    let ended = event_loop(&mut model, &mut screen, &workers, &arrivals);
    // What listens ends in order on every way out, and what it has signed is written down.
    if model.serve.listens() {
        workers.close();
    }
    match ended {
        // The terminal is gone, and the signal that says so is on its way.
        #[cfg(unix)]
        Err(error) if error.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error()) => {
            Ok(Ending::Signal(signal_hook::consts::SIGHUP))
        }
        ended => ended,
    }
}

fn event_loop(
    model: &mut Model,
    screen: &mut Screen,
    workers: &Workers,
    arrivals: &Receiver<Arrival>,
) -> io::Result<Ending> {
    loop {
        let arrival = match arrivals.recv_timeout(until_next_second()) {
            Ok(arrival) => arrival,
            Err(RecvTimeoutError::Timeout) => Arrival::Msg(Msg::Tick(Timestamp::now())),
            Err(RecvTimeoutError::Disconnected) => return Ok(Ending::Quit),
        };
        // What has piled up meanwhile is answered by one frame.
        for arrival in std::iter::once(arrival).chain(arrivals.try_iter().take(256)) {
            match arrival {
                Arrival::Msg(msg) => {
                    let now = Timestamp::now();
                    if model.now != now && !matches!(msg, Msg::Tick(_)) {
                        let _ = update::update(model, Msg::Tick(now));
                    }
                    let effects = update::update(model, msg);
                    if let Some(ending) = obey(screen, workers, effects)? {
                        return Ok(ending);
                    }
                }
                Arrival::Signal(signal) => {
                    if let Some(ending) = signalled(screen, model, signal)? {
                        return Ok(ending);
                    }
                }
                Arrival::TerminalGone => return Ok(Ending::Quit),
            }
        }
        // A terminal that changes its size twice in a moment may report it once, and too early.
        let size = screen.size()?;
        if size != model.size {
            let _ = update::update(model, Msg::Resized(size));
        }
        screen.draw(|frame| view::view(model, frame))?;
    }
}

/// Carries out what the model wants done. An ending if it wants to end.
fn obey(screen: &mut Screen, workers: &Workers, effects: Vec<Effect>) -> io::Result<Option<Ending>> {
    for effect in effects {
        match effect {
            Effect::Store(job) => workers.store(job),
            Effect::Clipboard(job) => workers.clipboard(job),
            Effect::Ledger(job) => workers.ledger(job),
            Effect::Presets(job) => workers.presets(job),
            Effect::Network(job) => workers.network(job),
            Effect::Server(job) => workers.server(job),
            Effect::Terminal(TerminalJob::Quit) => return Ok(Some(Ending::Quit)),
            Effect::Terminal(TerminalJob::Suspend) => suspend(screen)?,
            Effect::Terminal(TerminalJob::Write(sequence)) => screen.write(sequence.expose())?,
            Effect::Terminal(TerminalJob::Mouse(ours)) => screen.mouse(ours)?,
        }
    }
    Ok(None)
}

/// The time until the clock shows another second.
fn until_next_second() -> Duration {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    // A hair more, so that the wake-up is surely in the next second.
    Duration::from_secs(1).saturating_sub(Duration::from_nanos(since.subsec_nanos().into()))
        + Duration::from_millis(1)
}

/// Starts the thread that reads keys, pastes and sizes.
fn read_terminal(to: &Sender<Arrival>) {
    let keys = to.clone();
    thread::spawn(move || {
        loop {
            let msg = match crossterm::event::read() {
                Ok(Event::Key(key)) => Msg::Key(key),
                Ok(Event::Paste(text)) => Msg::Paste(Pasted::new(text)),
                Ok(Event::Mouse(event)) => Msg::Mouse(event),
                Ok(Event::Resize(width, height)) => Msg::Resized(Size::new(width, height)),
                Ok(Event::FocusGained | Event::FocusLost) => continue,
                Err(_) => {
                    let _ = keys.send(Arrival::TerminalGone);
                    return;
                }
            };
            if keys.send(Arrival::Msg(msg)).is_err() {
                return;
            }
        }
    });
}

/// Starts the thread that waits for signals.
#[cfg(unix)]
fn watch_signals(to: &Sender<Arrival>) -> io::Result<()> {
    use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGTSTP};
    let to = to.clone();
    let mut signals = signal_hook::iterator::Signals::new([SIGTERM, SIGHUP, SIGINT, SIGTSTP, SIGCONT])?;
    thread::spawn(move || {
        for signal in signals.forever() {
            if to.send(Arrival::Signal(signal)).is_err() {
                return;
            }
        }
    });
    Ok(())
}

#[cfg(not(unix))]
fn watch_signals(_: &Sender<Arrival>) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn signalled(screen: &mut Screen, model: &mut Model, signal: i32) -> io::Result<Option<Ending>> {
    use signal_hook::consts::{SIGCONT, SIGTSTP};
    match signal {
        SIGTSTP => suspend(screen)?,
        // Stopped from outside, or by the line above: the shell has written on the screen, and the window may have
        // another size.
        SIGCONT => {
            screen.start_over()?;
            let (width, height) = crossterm::terminal::size()?;
            let _ = update::update(model, Msg::Resized(Size::new(width, height)));
        }
        ending => return Ok(Some(Ending::Signal(ending))),
    }
    Ok(None)
}

#[cfg(not(unix))]
fn signalled(_: &mut Screen, _: &mut Model, signal: i32) -> io::Result<Option<Ending>> {
    Ok(Some(Ending::Signal(signal)))
}

/// Gives the terminal back and stops, as the shell's job control expects; takes it again when continued.
#[cfg(unix)]
fn suspend(screen: &mut Screen) -> io::Result<()> {
    if !can_be_continued() {
        return Ok(());
    }
    screen.leave();
    signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP)?;
    screen.come_back()
}

#[cfg(not(unix))]
fn suspend(_: &mut Screen) -> io::Result<()> {
    Ok(())
}

/// Whether somebody could continue the program once it is stopped: a terminal that runs nothing but roomkey has no
/// shell to do it.
fn can_be_continued() -> bool {
    #[cfg(unix)]
    {
        rustix::process::getsid(None).is_ok_and(|session| session != rustix::process::getpid())
    }
    #[cfg(not(unix))]
    {
        false
    }
}

/// Dies of the signal that ended the screens, so that whoever started roomkey sees why it ended.
pub fn die_of(signal: i32) {
    #[cfg(unix)]
    {
        let _ = signal_hook::low_level::emulate_default_handler(signal);
    }
    #[cfg(not(unix))]
    {
        let _ = signal;
    }
}

fn theme(settings: &settings::Settings, plain: bool, ports: &Ports) -> Theme {
    let palette = match settings.theme {
        _ if plain => Palette::Plain,
        settings::Theme::Terminal | settings::Theme::Dark => Palette::Dark,
        settings::Theme::Light => Palette::Light,
        settings::Theme::HighContrast => Palette::HighContrast,
    };
    Theme { palette, ascii: settings.ascii.unwrap_or(!ports.draws_utf8()) }
}
