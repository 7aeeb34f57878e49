//! The real clipboard: every route in its order, until one works.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::holder::{Holder, errand};
use super::{Clipboard, ClipboardError, Copied, Environment, Route, bounded, osc52, tmux};
use crate::text::{Pasted, Sensitive, visible};

/// For all routes together.
const READS_WITHIN: Duration = Duration::from_millis(3500);

/// The clipboard of the session that an [`Environment`] describes.
pub struct System {
    environment: Environment,
    /// The program that knows `clip-hold`.
    program: PathBuf,
    last: Last,
}

/// Where the last copy went.
enum Last {
    Nowhere,
    Held(Route, Holder),
    Terminal,
}

impl System {
    /// The clipboard of this session, with this very program as the holder of what is copied.
    #[must_use]
    pub fn new(environment: Environment) -> Self {
        // A program that was replaced while it runs is still to be found here.
        let running = PathBuf::from("/proc/self/exe");
        let program = std::env::current_exe().ok().filter(|path| path.exists()).unwrap_or(running);
        Self::with_holder(environment, program)
    }

    /// As [`System::new`], with another program that knows [`clip-hold`](super::hold_main): for a program that is
    /// not `roomkey` itself.
    #[must_use]
    pub fn with_holder(environment: Environment, program: PathBuf) -> Self {
        Self { environment, program, last: Last::Nowhere }
    }

    /// The process that holds the last copy, or held it until its time was up.
    #[must_use]
    pub fn holder(&self) -> Option<u32> {
        match &self.last {
            Last::Held(_, holder) => Some(holder.pid()),
            Last::Nowhere | Last::Terminal => None,
        }
    }

    fn remember(&mut self, last: Last) {
        let route = |last: &Last| match last {
            Last::Held(route, _) => Some(*route),
            Last::Nowhere | Last::Terminal => None,
        };
        let same_place = route(&self.last) == route(&last);
        // The one before would clear the new copy, too, should that be the same text. Where its own text is not
        // replaced, it stays to clear that.
        if let Last::Held(_, before) = std::mem::replace(&mut self.last, last)
            && same_place
        {
            before.let_go();
        }
    }

    fn read_by(&self, route: Route, limit: Duration) -> Result<Option<Zeroizing<Vec<u8>>>, String> {
        match (route, &self.environment.tmux) {
            (Route::X11 | Route::Wayland | Route::System, _) => {
                read_display(&self.program, &self.environment, route, limit)
            }
            (Route::Tmux, Some(socket)) => tmux::newest_buffer(socket, limit),
            // No terminal gives its clipboard away unasked, and few when asked.
            _ => Ok(None),
        }
    }
}

impl Clipboard for System {
    fn copy(&mut self, text: &Sensitive, hold: Option<Duration>) -> Result<Copied, ClipboardError> {
        // It would take the new copy, should that be the same text, for the old one that comes back.
        if let Last::Held(_, before) = &mut self.last
            && before.is_done()
            && let Last::Held(_, before) = std::mem::replace(&mut self.last, Last::Nowhere)
        {
            before.let_go();
        }
        let mut failed = Vec::new();
        let reasons = |failed: &[String]| (!failed.is_empty()).then(|| failed.join("; "));
        for route in self.environment.routes() {
            if route == Route::Osc52 {
                let write = match osc52::sequence(text) {
                    Ok(write) => write,
                    Err(error) if failed.is_empty() => return Err(error),
                    Err(error) => {
                        failed.push(format!("{route}: {error}"));
                        continue;
                    }
                };
                self.remember(Last::Terminal);
                return Ok(Copied {
                    route,
                    verified: false,
                    clears_after: None,
                    write: Some(write),
                    fallback_reason: reasons(&failed),
                });
            }
            match Holder::start(&self.program, &self.environment, route, text, hold) {
                Ok(holder) => {
                    self.remember(Last::Held(route, holder));
                    return Ok(Copied {
                        route,
                        verified: true,
                        clears_after: hold,
                        write: None,
                        fallback_reason: reasons(&failed),
                    });
                }
                Err(why) => failed.push(format!("{route}: {why}")),
            }
        }
        Err(reasons(&failed).map_or(ClipboardError::Nowhere, |reason| ClipboardError::Failed { reason }))
    }

    fn read(&mut self) -> Result<Pasted, ClipboardError> {
        let deadline = Instant::now() + READS_WITHIN;
        let mut failed = Vec::new();
        let mut empty = false;
        for route in self.environment.routes().into_iter().filter(|route| *route != Route::Osc52) {
            let limit = deadline.saturating_duration_since(Instant::now());
            match self.read_by(route, limit) {
                Ok(Some(bytes)) => match str::from_utf8(&bytes) {
                    Ok(text) => return Ok(Pasted::new(text.to_owned())),
                    Err(_) => failed.push(format!("{route}: it holds text that is not UTF-8")),
                },
                Ok(None) => empty = true,
                Err(why) => failed.push(format!("{route}: {why}")),
            }
        }
        Err(match (empty, failed.is_empty()) {
            (true, true) => ClipboardError::Empty,
            (_, false) => ClipboardError::Unreadable { reason: failed.join("; ") },
            (false, true) => ClipboardError::Unreadable {
                reason: "there is no display and no tmux to read it from".into(),
            },
        })
    }

    fn clear(&mut self) -> Result<(), ClipboardError> {
        match &mut self.last {
            Last::Nowhere => Ok(()),
            Last::Held(_, holder) => holder.clear().map_err(|reason| ClipboardError::NotCleared { reason }),
            Last::Terminal => Err(ClipboardError::NotCleared {
                reason: "what was sent to a terminal by OSC 52 cannot be taken back".into(),
            }),
        }
    }
}

/// Has the display's clipboard read by a program that can be killed if the clipboard's owner does not answer.
fn read_display(
    program: &Path,
    environment: &Environment,
    route: Route,
    limit: Duration,
) -> Result<Option<Zeroizing<Vec<u8>>>, String> {
    let mut command = errand(program, environment, route);
    command.arg("read");
    let mut done = bounded::run(command, b"", limit).map_err(|failure| failure.to_string())?;
    let answer = std::mem::take(&mut *done.output);
    let mut answer = Zeroizing::new(answer);
    if answer.starts_with(b"ok\n") {
        answer.drain(..3);
        return Ok(Some(answer));
    }
    let line = String::from_utf8_lossy(&answer);
    match line.trim_end() {
        "empty" => Ok(None),
        line => Err(visible(line.strip_prefix("err ").unwrap_or("the reader talks nonsense")).into_owned()),
    }
}
