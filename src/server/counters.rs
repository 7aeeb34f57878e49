//! Counters: what an endpoint has done since it was started. Never who asked, never for what.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::refusal::Reason;

/// Upper ends of the steps in which the time for an answer is counted, in microseconds.
const STEPS: [u64; 8] = [250, 500, 1_000, 2_500, 10_000, 50_000, 250_000, 1_000_000];

/// What is counted.
#[derive(Debug, Default)]
pub struct Counters {
    issued: AtomicU64,
    refused: [AtomicU64; Reason::ALL.len()],
    other: AtomicU64,
    open: AtomicU64,
    connections: AtomicU64,
    turned_away: AtomicU64,
    broken: AtomicU64,
    rows_dropped: AtomicU64,
    not_recorded: AtomicU64,
    took: [AtomicU64; STEPS.len()],
    took_micros: AtomicU64,
}

/// The counters at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Tokens signed and handed out.
    pub issued: u64,
    /// Requests refused.
    pub refused: u64,
    /// Connections that are open.
    pub open: u64,
    /// Connections that were not taken, because there were too many.
    pub turned_away: u64,
    /// Connections that ended in the middle of a request.
    pub broken: u64,
    /// Rows of the log that nobody took in time.
    pub rows_dropped: u64,
    /// Tokens handed out that could not be written down.
    pub not_recorded: u64,
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

fn read(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

impl Counters {
    pub(super) fn answered(&self, issued: bool, reason: Option<Reason>, took: Duration) {
        match reason {
            Some(reason) => count(&self.refused[reason as usize]),
            None if issued => count(&self.issued),
            None => count(&self.other),
        }
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.took_micros.fetch_add(micros, Ordering::Relaxed);
        if let Some(step) = STEPS.iter().position(|end| micros <= *end) {
            count(&self.took[step]);
        }
    }

    pub(super) fn opened(&self) {
        count(&self.connections);
        count(&self.open);
    }

    pub(super) fn closed(&self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }

    pub(super) fn turned_away(&self) {
        count(&self.turned_away);
    }

    pub(super) fn broke(&self) {
        count(&self.broken);
    }

    pub(super) fn dropped_row(&self) {
        count(&self.rows_dropped);
    }

    /// So many tokens were handed out and could not be written down.
    pub fn not_recorded(&self, tokens: u64) {
        self.not_recorded.fetch_add(tokens, Ordering::Relaxed);
    }

    /// For what requests were refused, and how many for each; only what there was.
    #[must_use]
    pub fn refusals(&self) -> Vec<(Reason, u64)> {
        let counted = Reason::ALL.into_iter().map(|reason| (reason, read(&self.refused[reason as usize])));
        counted.filter(|(_, count)| *count > 0).collect()
    }

    /// The counters now.
    #[must_use]
    pub fn now(&self) -> Counts {
        Counts {
            issued: read(&self.issued),
            refused: self.refused.iter().map(read).sum(),
            open: read(&self.open),
            turned_away: read(&self.turned_away),
            broken: read(&self.broken),
            rows_dropped: read(&self.rows_dropped),
            not_recorded: read(&self.not_recorded),
        }
    }

    /// In the text format of Prometheus, version 0.0.4.
    #[must_use]
    pub fn prometheus(&self) -> String {
        let mut out = String::with_capacity(2_048);
        let mut family = |name: &str, kind: &str, help: &str, rows: &[(String, u64)]| {
            _ = writeln!(out, "# HELP roomkey_{name} {help}\n# TYPE roomkey_{name} {kind}");
            for (labels, value) in rows {
                _ = writeln!(out, "roomkey_{name}{labels} {value}");
            }
        };
        let plain = |counter: &AtomicU64| [(String::new(), read(counter))];
        family("tokens_issued_total", "counter", "Tokens signed and handed out.", &plain(&self.issued));
        let refused: Vec<(String, u64)> = Reason::ALL
            .iter()
            .map(|reason| {
                (format!("{{reason=\"{}\"}}", reason.as_str()), read(&self.refused[*reason as usize]))
            })
            .collect();
        family("requests_refused_total", "counter", "Requests refused, by reason.", &refused);
        family("requests_other_total", "counter", "Preflights and health checks.", &plain(&self.other));
        family("connections", "gauge", "Connections that are open.", &plain(&self.open));
        family("connections_total", "counter", "Connections taken.", &plain(&self.connections));
        family(
            "connections_refused_total",
            "counter",
            "Connections over the limit.",
            &plain(&self.turned_away),
        );
        family(
            "connections_broken_total",
            "counter",
            "Connections that ended within a request.",
            &plain(&self.broken),
        );
        family(
            "log_rows_dropped_total",
            "counter",
            "Rows of the log that nobody took in time.",
            &plain(&self.rows_dropped),
        );
        family(
            "ledger_rows_lost_total",
            "counter",
            "Tokens handed out that could not be written into the ledger.",
            &plain(&self.not_recorded),
        );
        let answers = read(&self.issued) + read(&self.other) + self.refused.iter().map(read).sum::<u64>();
        _ = writeln!(
            out,
            "# HELP roomkey_request_seconds Time for an answer.\n# TYPE roomkey_request_seconds histogram"
        );
        let mut sum = 0;
        for (end, step) in STEPS.iter().zip(&self.took) {
            sum += read(step);
            _ = writeln!(
                out,
                "roomkey_request_seconds_bucket{{le=\"{}\"}} {sum}",
                Duration::from_micros(*end).as_secs_f64()
            );
        }
        let total = Duration::from_micros(read(&self.took_micros)).as_secs_f64();
        _ = writeln!(out, "roomkey_request_seconds_bucket{{le=\"+Inf\"}} {answers}");
        _ = writeln!(out, "roomkey_request_seconds_sum {total}\nroomkey_request_seconds_count {answers}");
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_told_in_the_text_format() {
        let counters = Counters::default();
        counters.answered(true, None, Duration::from_micros(300));
        counters.answered(false, Some(Reason::Origin), Duration::from_micros(20));
        counters.answered(false, Some(Reason::Failed), Duration::from_secs(9));
        counters.answered(false, None, Duration::ZERO);
        counters.opened();
        counters.opened();
        counters.closed();
        counters.not_recorded(3);
        let now = counters.now();
        assert_eq!((now.issued, now.refused, now.open, now.not_recorded), (1, 2, 1, 3));
        assert_eq!(counters.refusals(), [(Reason::Origin, 1), (Reason::Failed, 1)]);
        let text = counters.prometheus();
        for line in [
            "roomkey_tokens_issued_total 1",
            "roomkey_requests_refused_total{reason=\"origin\"} 1",
            "roomkey_requests_refused_total{reason=\"failed\"} 1",
            "roomkey_requests_refused_total{reason=\"host\"} 0",
            "roomkey_connections 1",
            "roomkey_ledger_rows_lost_total 3",
            "roomkey_request_seconds_bucket{le=\"0.00025\"} 2",
            "roomkey_request_seconds_bucket{le=\"0.0005\"} 3",
            "roomkey_request_seconds_bucket{le=\"1\"} 3",
            "roomkey_request_seconds_bucket{le=\"+Inf\"} 4",
            "roomkey_request_seconds_count 4",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
        }
    }

    #[test]
    fn every_reason_is_counted_under_its_own_name() {
        for (index, reason) in Reason::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, index);
        }
    }
}
