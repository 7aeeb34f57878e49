//! 100,000 hostile inputs, each through everything that judges a token and on one screen after the other:
//! `cargo bench --bench inputs`. None may fail, and no step may take 10 ms. Numbers, `-- 100000 2000 7 1`, say how many
//! are judged, how many of those are shown as well, from which seed they come, and at how many of the three sizes each
//! is shown, by turns; paths, which inputs to take instead.
//! One that takes too long is kept in the folder for temporary files.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a measurement that cannot go on stops, and is printed"
)]

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

#[path = "../fuzz/src/lib.rs"]
#[allow(dead_code, unreachable_pub, reason = "the same file is a crate, for the fuzzer")]
mod fuzz;

use fuzz::inputs::Inputs;
use fuzz::{SIZES, Steps, inspect, screen};

const LIMIT: Duration = Duration::from_millis(10);

/// What became of all inputs on one way.
struct Figures {
    name: String,
    /// The slowest step of each input.
    took: Vec<Duration>,
    /// Of every step the slowest, with the length of its input.
    worst: BTreeMap<&'static str, (Duration, usize)>,
    failed: usize,
}

impl Figures {
    fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), took: Vec::new(), worst: BTreeMap::new(), failed: 0 }
    }

    fn run(&mut self, input: &str, run: impl Fn() -> Steps) {
        let once = || catch_unwind(AssertUnwindSafe(&run)).map_err(|_| ());
        let mut steps = once();
        // What another program held up is quick the next time.
        for _ in 0..5 {
            match &steps {
                Ok(done) if done.slowest().1 >= LIMIT => steps = once(),
                _ => break,
            }
        }
        let Ok(steps) = steps else {
            self.failed += 1;
            eprintln!("{}: failed on {input:?}", self.name);
            return;
        };
        for (step, took) in &steps.0 {
            let worst = self.worst.entry(step).or_default();
            *worst = (*worst).max((*took, input.len()));
        }
        let (step, took) = steps.slowest();
        self.took.push(took);
        if took >= LIMIT {
            self.failed += 1;
            let kept = std::env::temp_dir().join(format!("roomkey-input-{}", self.took.len()));
            std::fs::write(&kept, input).unwrap();
            eprintln!("{}: {step} took {took:?}: {} bytes, in {}", self.name, input.len(), kept.display());
        }
    }

    fn say(&mut self) {
        if self.took.is_empty() {
            return;
        }
        self.took.sort();
        let at = |part: usize| self.took[(self.took.len() * part / 1_000).min(self.took.len() - 1)];
        println!(
            "{}: {} inputs, {} failed; slowest step of an input: median {:.1?}, p99 {:.1?}, of all {:.1?}",
            self.name,
            self.took.len(),
            self.failed,
            at(500),
            at(990),
            at(1_000),
        );
        let mut worst: Vec<_> = self.worst.iter().collect();
        worst.sort_by_key(|(_, (took, _))| std::cmp::Reverse(*took));
        for (step, (took, bytes)) in worst.into_iter().take(MOST_STEPS) {
            println!("    {took:>9.1?}  {step} ({bytes} bytes)");
        }
    }
}

/// So many of the slowest steps are told.
const MOST_STEPS: usize = 12;

/// The seed of the inputs, if no other is given.
const SEED: u64 = 2_026;

fn main() {
    let given: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let mut numbers = given.iter().filter_map(|arg| arg.parse::<usize>().ok());
    let many = numbers.next().unwrap_or(100_000);
    let on_screen = numbers.next().unwrap_or(many);
    let seed = numbers.next().map_or(SEED, |seed| seed as u64);
    let at_sizes = numbers.next().unwrap_or(SIZES.len());
    let kept: Vec<String> = given
        .iter()
        .filter(|arg| arg.parse::<usize>().is_err())
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    let inputs: Box<dyn Iterator<Item = String>> =
        if kept.is_empty() { Box::new(Inputs::new(seed).take(many)) } else { Box::new(kept.into_iter()) };
    let mut judged = Figures::new("judged");
    let mut shown: Vec<Figures> =
        SIZES.iter().map(|(width, height)| Figures::new(format!("shown at {width}x{height}"))).collect();
    for (i, input) in inputs.enumerate() {
        judged.run(&input, || inspect(&input));
        if i >= on_screen {
            continue;
        }
        for size in (i..i + at_sizes).map(|turn| turn % SIZES.len()) {
            shown[size].run(&input, || screen(&input, SIZES[size]));
        }
    }
    let mut failed = 0;
    for figures in std::iter::once(&mut judged).chain(&mut shown) {
        figures.say();
        failed += figures.failed;
    }
    assert_eq!(failed, 0, "inputs failed");
}
