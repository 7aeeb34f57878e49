//! `roomkey clip-hold`: the program that holds a text on the clipboard until its time is up.
//!
//! It is started by [`Holder`](super::holder::Holder), never by a person, and outlives whoever started it. It has a
//! session of its own, so that a closing terminal does not take it along, and it gets the text over standard
//! input, never in its arguments or its environment.
//!
//! ```text
//! roomkey clip-hold MILLIS|never          hold the text on the display's clipboard
//! roomkey clip-hold tmux MILLIS|never     hold the text in tmux's buffer
//! roomkey clip-hold read                  print what the display's clipboard holds
//! ```
//!
//! What is said while holding, first over standard input, then over standard output:
//!
//! ```text
//! > LENGTH \n TEXT     the text
//! < ok \n              it is there, and was read back; the time runs
//! < err WHY \n         it is not there, and this program ends
//! > c                  clear it now ...
//! < cleared \n         ... done
//! < left \n            ... something else is there, which stays
//! > l                  let go: end, and leave the clipboard to the next holder
//! ```
//! The end of standard input means only that the one who copied has ended. `SIGTERM` is as good as `c`.

use std::ffi::{OsStr, OsString};
use std::io::{self, BufRead, Read, Write};
use std::process::ExitCode;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::native;
use super::native::Native;
use super::tmux::Tmux;

/// The argument that makes the program this one.
pub const HOLD_COMMAND: &str = "clip-hold";

/// How long a clipboard may take to show the text it was given.
const APPEARS_WITHIN: Duration = Duration::from_secs(2);
/// How often to see that the clipboard is still reachable: X11 tells nobody that it is not.
const TICK: Duration = Duration::from_secs(5);
/// How long to watch for a clipboard manager that offers the text anew once it is cleared. Parcellite does so
/// after half a second.
const COMES_BACK_WITHIN: Duration = Duration::from_millis(1600);

/// Where the text is held.
pub(super) trait Place {
    /// Puts the text there. `tell` learns when another program takes the place over.
    fn offer(&mut self, tell: &Sender<Event>) -> Result<(), String>;
    /// What is there now.
    fn now(&mut self) -> Now;
    /// Makes it empty, whoever's text is there.
    fn clear(&mut self) -> Result<(), String>;
    /// Puts something harmless there, against a clipboard manager that abhors an empty clipboard.
    fn overwrite(&mut self) -> Result<(), String>;
    /// Whether the text is gone as soon as this program ends. Where it is, clipboard managers exist to prevent that.
    fn dies_with_us(&self) -> bool;
}

/// What a place holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Now {
    /// Our text, whoever serves it.
    Ours,
    /// Something else.
    Other,
    /// Nothing.
    Empty,
    /// Whoever owns it does not answer.
    Unknown,
    /// The display, or the tmux server, is gone.
    Unreachable(String),
}

/// What may happen while holding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Event {
    /// Another program has put something there: perhaps a manager, and the same text.
    Replaced,
    /// The place could not be served any longer.
    Failed(String),
    /// Clear it now.
    Clear,
    /// End without clearing.
    LetGo,
    /// The one who copied has ended.
    Orphaned,
}

/// How the holding ended.
#[derive(Debug, Clone, PartialEq, Eq)]
enum End {
    /// The text was there and was cleared.
    Cleared,
    /// The text is not there: something else is, or the whole display is gone.
    Left,
    /// As was wished.
    LetGo,
    /// The text may be there still.
    Failed(String),
}

enum Job {
    Hold { tmux: bool, time: Option<Duration> },
    Read,
}

fn parse(arguments: impl Iterator<Item = OsString>) -> Option<Job> {
    let time = |text: &OsStr| match text.to_str()? {
        "never" => Some(None),
        millis => millis.parse().ok().map(|millis| Some(Duration::from_millis(millis))),
    };
    let arguments: Vec<OsString> = arguments.collect();
    match arguments.as_slice() {
        [one] if one == "read" => Some(Job::Read),
        [one] => Some(Job::Hold { tmux: false, time: time(one)? }),
        [place, millis] if place == "tmux" => Some(Job::Hold { tmux: true, time: time(millis)? }),
        _ => None,
    }
}

/// The whole program behind [`HOLD_COMMAND`], given the arguments that follow it.
pub fn hold_main(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    match parse(arguments) {
        Some(Job::Hold { tmux, time }) => hold(tmux, time),
        Some(Job::Read) => native::print_text(),
        None => {
            let _ = writeln!(io::stderr(), "error: {HOLD_COMMAND} is started by roomkey itself");
            ExitCode::from(2)
        }
    }
}

fn hold(tmux: bool, time: Option<Duration>) -> ExitCode {
    let (tell, events) = mpsc::channel();
    detach(&tell);
    let mut stdin = io::stdin().lock();
    let text = match read_framed(&mut stdin) {
        Ok(text) => text,
        Err(error) => return refuse(&format!("the text did not arrive: {error}")),
    };
    drop(stdin);
    let mut place: Box<dyn Place> =
        if tmux { Box::new(Tmux::new(text)) } else { Box::new(Native::new(text)) };
    if let Err(why) = place.offer(&tell).and_then(|()| appears(&mut *place, &events, &tell)) {
        return refuse(&why);
    }
    let deadline = time.and_then(|time| Instant::now().checked_add(time));
    say("ok");
    listen(tell.clone());
    let end = watch(&mut *place, &events, deadline);
    match &end {
        End::Cleared => say("cleared"),
        End::Left | End::LetGo => say("left"),
        End::Failed(why) => say(&format!("err {why}")),
    }
    if end == End::Cleared && place.dies_with_us() {
        keep_away(&mut *place, &events);
    }
    ExitCode::SUCCESS
}

fn refuse(why: &str) -> ExitCode {
    say(&format!("err {why}"));
    ExitCode::FAILURE
}

/// One line for the one who copied, who may be gone.
fn say(line: &str) {
    let mut stdout = io::stdout();
    let _ = writeln!(stdout, "{}", line.replace('\n', " "));
    let _ = stdout.flush();
}

/// A closing terminal, and a Ctrl-C meant for the program in front, are nothing to a holder.
fn detach(tell: &Sender<Event>) {
    #[cfg(unix)]
    {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
        if let Ok(mut signals) = signal_hook::iterator::Signals::new([SIGHUP, SIGINT, SIGTERM]) {
            let tell = tell.clone();
            thread::spawn(move || {
                for signal in &mut signals {
                    if signal == SIGTERM && tell.send(Event::Clear).is_err() {
                        return;
                    }
                }
            });
        }
        let _ = rustix::process::setsid();
    }
    #[cfg(not(unix))]
    let _ = tell;
}

fn read_framed(input: &mut impl BufRead) -> io::Result<Zeroizing<String>> {
    let mut length = String::new();
    input.by_ref().take(20).read_line(&mut length)?;
    let length: usize = length.trim_end().parse().map_err(|_| io::Error::other("no length"))?;
    // Room for all of it at once: growing would leave copies behind that nobody wipes. A length nobody would send
    // reserves nothing.
    let mut text = Zeroizing::new(String::with_capacity(length.min(64 * 1024 * 1024)));
    input.take(length as u64).read_to_string(&mut text)?;
    if text.len() == length { Ok(text) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

/// Hears what the one who copied still has to say.
fn listen(tell: Sender<Event>) {
    thread::spawn(move || {
        let mut byte = [0];
        loop {
            let event = match io::stdin().lock().read(&mut byte) {
                Ok(1) if byte == *b"c" => Event::Clear,
                Ok(1) if byte == *b"l" => Event::LetGo,
                Ok(1) => continue,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                _ => Event::Orphaned,
            };
            let last = event == Event::Orphaned;
            if tell.send(event).is_err() || last {
                return;
            }
        }
    });
}

/// Waits until the place shows the text.
fn appears(place: &mut dyn Place, events: &Receiver<Event>, tell: &Sender<Event>) -> Result<(), String> {
    let deadline = Instant::now() + APPEARS_WITHIN;
    let mut replaced = false;
    loop {
        let now = place.now();
        loop {
            match events.try_recv() {
                Ok(Event::Failed(why)) => return Err(why),
                Ok(Event::Replaced) => replaced = true,
                Ok(Event::Clear) => return Err("it was told to end".into()),
                Ok(_) => {}
                Err(_) => break,
            }
        }
        match now {
            Now::Ours => {
                if replaced {
                    let _ = tell.send(Event::Replaced);
                }
                return Ok(());
            }
            Now::Unreachable(why) => return Err(why),
            _ if Instant::now() < deadline => thread::sleep(Duration::from_millis(5)),
            _ if replaced => return Err("another program took the clipboard at once".into()),
            _ => return Err("the clipboard did not give the text back".into()),
        }
    }
}

/// Holds until the deadline, or until there is nothing left to hold.
fn watch(place: &mut dyn Place, events: &Receiver<Event>, deadline: Option<Instant>) -> End {
    let mut orphaned = false;
    loop {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        if left == Some(Duration::ZERO) {
            return settle(place);
        }
        // Nothing is to be cleared and nothing is to be served: then only a wish to clear it can come, from the
        // one who copied.
        if orphaned && deadline.is_none() && !place.dies_with_us() {
            return End::LetGo;
        }
        match events.recv_timeout(left.map_or(TICK, |left| left.min(TICK))) {
            // Without senders nothing could ever tell us to clear.
            Ok(Event::Clear) | Err(RecvTimeoutError::Disconnected) => return settle(place),
            Ok(Event::LetGo) => return End::LetGo,
            // Whoever cannot serve it has nothing on the clipboard.
            Ok(Event::Failed(_)) => return End::Left,
            Ok(Event::Orphaned) => orphaned = true,
            Ok(Event::Replaced) if deadline.is_none() => return End::Left,
            // The time is up.
            Err(RecvTimeoutError::Timeout) if left.is_some_and(|left| left <= TICK) => {}
            // A manager that took the very same text over keeps it from being cleared with us: so stay, and go by
            // what is there. Only another text is a reason to end early.
            Ok(Event::Replaced) | Err(RecvTimeoutError::Timeout) => match place.now() {
                Now::Other => return End::Left,
                Now::Unreachable(why) => return lost(place, why),
                Now::Ours | Now::Empty | Now::Unknown => {}
            },
        }
    }
}

/// Clears the place if our text is there.
fn settle(place: &mut dyn Place) -> End {
    match place.now() {
        Now::Ours => match place.clear() {
            Ok(()) => End::Cleared,
            Err(why) => End::Failed(why),
        },
        Now::Other | Now::Empty | Now::Unknown => End::Left,
        Now::Unreachable(why) => lost(place, why),
    }
}

/// A display that is gone took the text along. Another place may be there still.
fn lost(place: &dyn Place, why: String) -> End {
    if place.dies_with_us() { End::Left } else { End::Failed(why) }
}

/// Keeps the text from coming back, unless it is copied anew.
fn keep_away(place: &mut dyn Place, events: &Receiver<Event>) {
    let mut until = Instant::now() + COMES_BACK_WITHIN;
    let mut rounds = 0;
    while Instant::now() < until && rounds < 3 {
        let back = place.now() == Now::Ours;
        let pause = Instant::now() + if back { Duration::ZERO } else { Duration::from_millis(100) };
        loop {
            match events.recv_timeout(pause.saturating_duration_since(Instant::now())) {
                Ok(Event::LetGo) => return,
                Ok(_) => {}
                Err(_) => break,
            }
        }
        if back {
            if place.overwrite().is_err() {
                return;
            }
            rounds += 1;
            until = Instant::now() + COMES_BACK_WITHIN;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;

    /// A place that answers as it is told; the last answer stands.
    #[derive(Default)]
    struct Fake {
        answers: VecDeque<Now>,
        cleared: usize,
        overwritten: usize,
        stuck: bool,
        lasting: bool,
    }

    impl Fake {
        fn showing(answers: impl IntoIterator<Item = Now>) -> Self {
            Self { answers: answers.into_iter().collect(), ..Self::default() }
        }
    }

    impl Place for Fake {
        fn offer(&mut self, _tell: &Sender<Event>) -> Result<(), String> {
            Ok(())
        }
        fn now(&mut self) -> Now {
            let last = self.answers.len() == 1;
            if last { self.answers[0].clone() } else { self.answers.pop_front().unwrap() }
        }
        fn clear(&mut self) -> Result<(), String> {
            if self.stuck {
                return Err("stuck".into());
            }
            self.cleared += 1;
            Ok(())
        }
        fn overwrite(&mut self) -> Result<(), String> {
            self.overwritten += 1;
            Ok(())
        }
        fn dies_with_us(&self) -> bool {
            !self.lasting
        }
    }

    /// How the holding of it ends, given what happens.
    fn end(place: &mut Fake, happens: &[Event], deadline: impl Into<Option<Instant>>) -> End {
        let (tell, events) = mpsc::channel();
        for event in happens {
            tell.send(event.clone()).unwrap();
        }
        watch(place, &events, deadline.into())
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_millis(20)
    }

    fn far() -> Instant {
        Instant::now() + Duration::from_mins(10)
    }

    #[test]
    fn at_the_deadline_only_our_own_text_is_cleared() {
        for (now, end_of_it, cleared) in [
            (Now::Ours, End::Cleared, 1),
            (Now::Other, End::Left, 0),
            (Now::Empty, End::Left, 0),
            (Now::Unknown, End::Left, 0),
            (Now::Unreachable("gone".into()), End::Left, 0),
        ] {
            let mut place = Fake::showing([now.clone()]);
            assert_eq!(end(&mut place, &[], soon()), end_of_it, "{now:?}");
            assert_eq!(place.cleared, cleared, "{now:?}");
        }
    }

    #[test]
    fn what_cannot_be_cleared_is_told() {
        let mut place = Fake { stuck: true, ..Fake::showing([Now::Ours]) };
        assert_eq!(end(&mut place, &[Event::Clear], far()), End::Failed("stuck".into()));
        let mut place = Fake { lasting: true, ..Fake::showing([Now::Unreachable("gone".into())]) };
        assert_eq!(end(&mut place, &[Event::Clear], far()), End::Failed("gone".into()));
    }

    #[test]
    fn an_owner_that_does_not_answer_is_no_reason_to_stop_watching() {
        for doubtful in [Now::Unknown, Now::Empty, Now::Ours] {
            let mut place = Fake::showing([doubtful, Now::Ours]);
            assert_eq!(end(&mut place, &[Event::Replaced, Event::Replaced], soon()), End::Cleared);
        }
        let mut place = Fake::showing([Now::Other]);
        assert_eq!(end(&mut place, &[Event::Replaced], far()), End::Left);
    }

    #[test]
    fn wishes_are_granted_before_the_time_is_up() {
        let mut place = Fake::showing([Now::Ours]);
        assert_eq!(end(&mut place, &[Event::Orphaned, Event::Clear], far()), End::Cleared);
        let mut place = Fake::showing([Now::Ours]);
        assert_eq!(end(&mut place, &[Event::LetGo], far()), End::LetGo);
        assert_eq!(place.cleared, 0);
        let failed = Event::Failed("the compositor went".into());
        assert_eq!(end(&mut place, &[failed], far()), End::Left);
    }

    #[test]
    fn nobody_waits_where_there_is_nothing_to_serve_and_nothing_to_clear() {
        let mut place = Fake { lasting: true, ..Fake::showing([Now::Ours]) };
        assert_eq!(end(&mut place, &[Event::Orphaned], None), End::LetGo);
    }

    #[test]
    fn a_text_that_does_not_appear_is_an_error() {
        let (tell, events) = mpsc::channel();
        let appear = |place: &mut Fake| appears(place, &events, &tell);
        assert_eq!(appear(&mut Fake::showing([Now::Empty, Now::Unknown, Now::Ours])), Ok(()));
        let gone = Now::Unreachable("gone".into());
        assert_eq!(appear(&mut Fake::showing([Now::Empty, gone])), Err("gone".into()));
        let never = appear(&mut Fake::showing([Now::Empty]));
        assert_eq!(never, Err("the clipboard did not give the text back".into()));
        tell.send(Event::Failed("refused".into())).unwrap();
        assert_eq!(appear(&mut Fake::showing([Now::Empty])), Err("refused".into()));
        tell.send(Event::Replaced).unwrap();
        let taken = appear(&mut Fake::showing([Now::Other]));
        assert_eq!(taken, Err("another program took the clipboard at once".into()));
    }

    #[test]
    fn a_text_that_comes_back_is_overwritten_and_the_fight_has_an_end() {
        let (tell, events) = mpsc::channel();
        let mut place = Fake::showing([Now::Empty, Now::Ours, Now::Other]);
        keep_away(&mut place, &events);
        assert_eq!(place.overwritten, 1);
        let mut place = Fake::showing([Now::Ours]);
        keep_away(&mut place, &events);
        assert_eq!(place.overwritten, 3);
        // But not if it is a new copy of the same text.
        tell.send(Event::Orphaned).unwrap();
        tell.send(Event::LetGo).unwrap();
        let mut place = Fake::showing([Now::Ours]);
        keep_away(&mut place, &events);
        assert_eq!(place.overwritten, 0);
    }

    #[test]
    fn a_text_arrives_whole_or_not_at_all() {
        let read = |bytes: &[u8]| read_framed(&mut &bytes[..]).map(|text| text.as_str().to_owned());
        assert_eq!(read(b"6\nfake\n1c").unwrap(), "fake\n1");
        for broken in
            [&b""[..], b"fake", b"9\nfake", b"-1\nfake", b"2\n\xff\xff", b"99999999999999999999999\nx"]
        {
            assert!(read(broken).is_err(), "{broken:?}");
        }
    }

    #[test]
    fn the_arguments_are_those_of_the_holder_and_no_others() {
        let job = |words: &[&str]| match parse(words.iter().map(OsString::from)) {
            Some(Job::Hold { tmux, time }) => format!("hold tmux={tmux} {time:?}"),
            Some(Job::Read) => "read".into(),
            None => "nothing".into(),
        };
        assert_eq!(job(&["1500"]), "hold tmux=false Some(1.5s)");
        assert_eq!(job(&["tmux", "never"]), "hold tmux=true None");
        assert_eq!(job(&["read"]), "read");
        for words in [&[][..], &["soon"], &["-1"], &["tmux"], &["x11", "1"], &["1", "2"]] {
            assert_eq!(job(words), "nothing", "{words:?}");
        }
    }
}
