//! Running another program for what it prints, and never waiting longer than that is worth.

use std::fmt;
use std::io::{Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

/// More than this is nothing a person copied on purpose.
const MOST_OUTPUT: u64 = 16 * 1024 * 1024;

/// What a program said before it ended.
pub(super) struct Finished {
    pub(super) success: bool,
    pub(super) output: Zeroizing<Vec<u8>>,
    /// The first line of its complaints.
    pub(super) complaint: String,
}

/// Why there is nothing to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    NotStarted(String),
    TimedOut,
    TooMuch,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStarted(why) => write!(f, "it could not be started: {why}"),
            Self::TimedOut => f.write_str("no answer"),
            Self::TooMuch => write!(f, "more than {} MiB", MOST_OUTPUT / 1024 / 1024),
        }
    }
}

/// Runs the program with `input` on its standard input; kills it when `limit` has passed.
pub(super) fn run(mut command: Command, input: &[u8], limit: Duration) -> Result<Finished, Failure> {
    let deadline = Instant::now() + limit;
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| Failure::NotStarted(error.to_string()))?;
    if let Some(mut stdin) = child.stdin.take() {
        let input = Zeroizing::new(input.to_vec());
        // A program that does not want its input is no failure; what it printed tells.
        thread::spawn(move || stdin.write_all(&input));
    }
    let (tell, said) = mpsc::channel();
    let pipes = (child.stdout.take(), child.stderr.take());
    thread::spawn(move || {
        let mut output = Zeroizing::new(Vec::with_capacity(64 * 1024));
        let mut complaints = Vec::new();
        if let (Some(stdout), Some(stderr)) = pipes {
            let _ = stdout.take(MOST_OUTPUT + 1).read_to_end(&mut output);
            let _ = stderr.take(4096).read_to_end(&mut complaints);
        }
        let _ = tell.send((output, complaints));
    });
    let Ok((output, complaints)) = said.recv_timeout(limit) else {
        end(&mut child);
        return Err(Failure::TimedOut);
    };
    if output.len() as u64 > MOST_OUTPUT {
        end(&mut child);
        return Err(Failure::TooMuch);
    }
    let status = wait_until(&mut child, deadline).ok_or(Failure::TimedOut)?;
    let complaint = String::from_utf8_lossy(&complaints).lines().next().unwrap_or_default().to_owned();
    Ok(Finished { success: status.success(), output, complaint })
}

/// Its status, once it has ended; it is killed if it lives at the deadline.
fn wait_until(child: &mut Child, deadline: Instant) -> Option<ExitStatus> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < deadline => thread::sleep(Duration::from_millis(1)),
            _ => {
                end(child);
                return None;
            }
        }
    }
}

/// Kills it and takes its status, so that no zombie stays.
pub(super) fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_program_gets_its_input_and_its_words_come_back() {
        let done =
            run(shell("cat; echo first >&2; echo second >&2; exit 3"), b"fake", Duration::from_secs(20));
        let done = done.unwrap_or_else(|failure| panic!("{failure}"));
        assert!(!done.success);
        assert_eq!(done.output.as_slice(), b"fake");
        assert_eq!(done.complaint, "first");
    }

    #[test]
    fn a_program_that_hangs_is_killed() {
        let begun = Instant::now();
        let failure = run(shell("exec sleep 60"), b"", Duration::from_millis(100)).err();
        assert_eq!(failure, Some(Failure::TimedOut));
        // One that says nothing more and yet does not end counts as hung, too.
        let failure = run(shell("exec >&- 2>&-; exec sleep 60"), b"", Duration::from_millis(100)).err();
        assert_eq!(failure, Some(Failure::TimedOut));
        assert!(begun.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn a_flood_is_cut_off() {
        let failure = run(shell("exec cat /dev/zero"), b"", Duration::from_secs(60)).err();
        assert_eq!(failure, Some(Failure::TooMuch));
    }

    #[test]
    fn a_program_that_is_missing_says_so() {
        let failure = run(Command::new("roomkey-has-no-such-program"), b"", Duration::from_secs(5)).err();
        assert!(matches!(failure, Some(Failure::NotStarted(_))), "{failure:?}");
    }
}
