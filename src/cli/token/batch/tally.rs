//! Writing what was minted, and what is said of it: how far it is, what is odd, how fast it went.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use super::super::super::{Console, Failure};
use super::super::draft::flag;
use super::mint::{Bad, Minted, Participant};
use super::record::Recorder;
use super::repeats::Repeats;
use crate::claims::problems::Problem;
use crate::text::{grouped, visible, visible_lines};

/// What to do after some lines have been written.
pub(super) enum Taken {
    More,
    /// Nobody reads any more.
    Closed,
    Stopped(Bad),
}

/// Writes, counts, and says how far it is.
pub(super) struct Tally {
    console: Console,
    started: Instant,
    drawn: Option<Instant>,
    shows: bool,
    /// How much of the file has been signed, and its size where that is known.
    read: u64,
    bytes: Option<u64>,
    wanted: Option<u64>,
    written: u64,
    pub(super) skipped: u64,
    odd: Vec<(Problem, u64, u64)>,
    repeats: Repeats,
    recorder: Recorder,
}

/// How many skipped rows are told one by one.
const TOLD: u64 = 10;

impl Tally {
    pub(super) fn new(console: Console, bytes: Option<u64>, wanted: Option<u64>, recorder: Recorder) -> Self {
        Self {
            console,
            started: Instant::now(),
            drawn: None,
            // On one terminal with the tokens it would be written over them.
            shows: io::stderr().is_terminal() && !console.terminal && !console.is_quiet(),
            read: 0,
            bytes,
            wanted,
            written: 0,
            skipped: 0,
            odd: Vec::new(),
            repeats: Repeats::default(),
            recorder,
        }
    }

    /// Whether somebody still reads.
    pub(super) fn write(&self, lines: &str) -> Result<bool, Failure> {
        let lines = if self.console.terminal { visible_lines(lines) } else { lines.into() };
        let mut out = io::stdout().lock();
        match out.write_all(lines.as_bytes()).and_then(|()| out.flush()) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
            Err(error) => Err(Failure::Output { why: error.to_string() }),
        }
    }

    pub(super) fn take(&mut self, mut minted: Minted) -> Result<Taken, Failure> {
        // Before it is handed out: a token that is out there is in the ledger.
        self.recorder.take(&mut minted);
        if !self.write(&minted.lines)? {
            return Ok(Taken::Closed);
        }
        self.written += minted.count;
        self.read += minted.bytes;
        for Participant { row, fingerprint, identity } in &minted.participants {
            self.repeats.see(*row, *fingerprint, || minted.names[identity.clone()].to_owned());
        }
        for (problem, count, row) in minted.odd {
            match self.odd.iter_mut().find(|(other, ..)| other.rule == problem.rule) {
                Some((_, all, _)) => *all += count,
                None => self.odd.push((problem, count, row)),
            }
        }
        if minted.stopped
            && let Some(bad) = minted.bad.pop()
        {
            return Ok(Taken::Stopped(bad));
        }
        for bad in minted.bad {
            self.skipped += 1;
            if self.skipped <= TOLD {
                self.clear();
                let failure = Failure::from(bad);
                self.console.warning(&format!("skipped: {failure}"), Some(&failure.hint()));
            }
        }
        self.draw();
        Ok(Taken::More)
    }

    /// `[############--------] 123,456 of 200,000 tokens, 181,000 a second`.
    fn draw(&mut self) {
        const EVERY: Duration = Duration::from_millis(100);
        if !self.shows || self.drawn.unwrap_or(self.started).elapsed() < EVERY {
            return;
        }
        self.drawn = Some(Instant::now());
        let of = self.wanted.map_or_else(String::new, |wanted| format!(" of {}", grouped(wanted)));
        let way =
            self.wanted.map(|wanted| (self.written, wanted)).or(self.bytes.map(|bytes| (self.read, bytes)));
        let bar = way.map_or_else(String::new, |(done, of)| bar(done, of));
        let text = format!("\r\x1b[K{bar}{}{of} tokens, {} a second", grouped(self.written), self.rate());
        // If it cannot be drawn there is nobody to see it.
        drop(io::stderr().lock().write_all(text.as_bytes()));
    }

    fn clear(&mut self) {
        if self.drawn.is_some() {
            drop(io::stderr().lock().write_all(b"\r\x1b[K"));
        }
    }

    fn rate(&self) -> String {
        let seconds = self.started.elapsed().as_secs_f64().max(0.001);
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a figure for people, positive and far below 2^52"
        )]
        let rate = (self.written as f64 / seconds) as u64;
        grouped(rate)
    }

    /// What there is to say at the end.
    pub(super) fn finish(&mut self) {
        self.clear();
        self.recorder.finish();
        let console = self.console;
        for (problem, count, row) in &self.odd {
            let rows = if *count == 1 { String::new() } else { format!(" and {} more", grouped(count - 1)) };
            let told = Problem {
                message: format!("row {}{rows}: {}", grouped(*row), problem.message),
                ..problem.clone()
            };
            console.problem(&told, problem.path.map(flag).as_deref());
        }
        if let Some((row, identity)) = &self.repeats.first {
            let more = match self.repeats.count - 1 {
                0 => String::new(),
                1 => ", and 1 more row like it".into(),
                more => format!(", and {} more rows like it", grouped(more)),
            };
            console.warning(
                &format!("row {}: {} has a token for the same room already{more}", grouped(*row), visible(identity)),
                Some("who joins second puts the first out; give each an identity of its own, with {n} in --identity"),
            );
        }
        if self.repeats.beyond > 0 {
            console.note(&format!(
                "{} participants more than could be remembered: nobody after them was compared with them",
                grouped(self.repeats.beyond)
            ));
        }
        if self.skipped > TOLD {
            console.warning(&format!("skipped {} more rows", grouped(self.skipped - TOLD)), None);
        }
        let tokens = if self.written == 1 { "token" } else { "tokens" };
        let seconds = self.started.elapsed().as_secs_f64();
        // Of a few there is no rate worth a word.
        let rate = if self.written < 100 { String::new() } else { format!(" ({} a second)", self.rate()) };
        let skipped =
            if self.skipped > 0 { format!(", skipped {}", grouped(self.skipped)) } else { String::new() };
        console.note(&format!("signed {} {tokens} in {seconds:.2} s{rate}{skipped}", grouped(self.written)));
    }
}

/// `[#####-----] `.
fn bar(done: u64, of: u64) -> String {
    const WIDTH: u64 = 20;
    let full = (done * WIDTH).checked_div(of).unwrap_or(0).min(WIDTH);
    let part = |letter: &str, count: u64| letter.repeat(usize::try_from(count).unwrap_or(0));
    format!("[{}{}] ", part("#", full), part("-", WIDTH - full))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_fills() {
        assert_eq!(bar(1, 2), "[##########----------] ");
        assert_eq!(bar(3, 0), "[--------------------] ");
    }
}
