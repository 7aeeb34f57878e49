//! 100,000 hostile inputs, each through everything that judges a token and on one screen after the other:
//! `cargo bench --bench inputs`. None may fail, and no step may take 10 ms. Two numbers,
//! `-- 100000 2000`, say how many are judged and how many of those are shown as well.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a measurement that cannot go on stops, and is printed"
)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

#[path = "../fuzz/src/lib.rs"]
#[allow(dead_code, unreachable_pub, reason = "the same file is a crate, for the fuzzer")]
mod fuzz;

use fuzz::inputs::Inputs;
use fuzz::{SIZES, Slowest, inspect, screen};

const LIMIT: Duration = Duration::from_millis(10);

/// What became of all inputs on one way.
struct Figures {
    name: String,
    took: Vec<Duration>,
    slowest: Slowest,
    failed: usize,
}

impl Figures {
    fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), took: Vec::new(), slowest: Slowest::default(), failed: 0 }
    }

    fn run(&mut self, input: &str, run: impl Fn() -> Slowest) {
        let once = || catch_unwind(AssertUnwindSafe(&run)).map_err(|_| ());
        let mut slowest = once();
        // What another program held up is quick the next time.
        for _ in 0..5 {
            match slowest {
                Ok(Slowest { took, .. }) if took >= LIMIT => slowest = once(),
                _ => break,
            }
        }
        let Ok(slowest) = slowest else {
            self.failed += 1;
            eprintln!("{}: failed on {input:?}", self.name);
            return;
        };
        self.took.push(slowest.took);
        if slowest.took > self.slowest.took {
            self.slowest = slowest;
        }
        if slowest.took >= LIMIT {
            self.failed += 1;
            let kept = std::env::temp_dir().join(format!("roomkey-input-{}", self.took.len()));
            std::fs::write(&kept, input).unwrap();
            eprintln!(
                "{}: {} took {:?}: {} bytes, in {}",
                self.name,
                slowest.step,
                slowest.took,
                input.len(),
                kept.display()
            );
        }
    }

    fn say(&mut self) {
        if self.took.is_empty() {
            return;
        }
        self.took.sort();
        let at = |part: usize| self.took[(self.took.len() * part / 1_000).min(self.took.len() - 1)];
        println!(
            "{:<18} {:>7} inputs, {} failed; slowest step of an input: median {:.1?}, p99 {:.1?}, of all {:.1?} ({})",
            self.name,
            self.took.len(),
            self.failed,
            at(500),
            at(990),
            self.slowest.took,
            self.slowest.step
        );
    }
}

fn main() {
    let mut numbers = std::env::args().filter_map(|arg| arg.parse::<usize>().ok());
    let many = numbers.next().unwrap_or(100_000);
    let on_screen = numbers.next().unwrap_or(many);
    let mut judged = Figures::new("judged");
    let mut shown: Vec<Figures> =
        SIZES.iter().map(|(width, height)| Figures::new(format!("shown at {width}x{height}"))).collect();
    for (i, input) in Inputs::new(2_026).take(many).enumerate() {
        judged.run(&input, || inspect(&input));
        if i >= on_screen {
            continue;
        }
        for (figures, size) in shown.iter_mut().zip(SIZES) {
            figures.run(&input, || screen(&input, size));
        }
    }
    let mut failed = 0;
    for figures in std::iter::once(&mut judged).chain(&mut shown) {
        figures.say();
        failed += figures.failed;
    }
    assert_eq!(failed, 0, "inputs failed");
}
