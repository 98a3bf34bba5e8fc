//! Steps: each announced, timed, and in the summary; a failed one does not keep the others from running.

use std::io::Write as _;
use std::time::{Duration, Instant};

use anyhow::Result;

/// One thing that must hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    pub(crate) name: &'static str,
    run: fn() -> Result<Outcome>,
}

/// How a step ended that did not fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Passed,
    /// Passed, and there is something to know.
    Noted(String),
}

struct Done {
    name: &'static str,
    result: String,
    took: Duration,
}

impl Step {
    pub(crate) const fn new(name: &'static str, run: fn() -> Result<Outcome>) -> Self {
        Self { name, run }
    }
}

/// Runs the steps but for the skipped ones, and sums up. `false` if one failed.
pub(crate) fn run_all(steps: &[Step], skipped: &[String]) -> bool {
    let mut done = Vec::new();
    let mut failed = Vec::new();
    for step in steps {
        if skipped.iter().any(|name| name == step.name) {
            done.push(Done {
                name: step.name,
                result: "skipped, as asked".to_owned(),
                took: Duration::ZERO,
            });
            continue;
        }
        say(&format!("==> {}", step.name));
        let stopwatch = Stopwatch::start();
        let outcome = (step.run)();
        let took = stopwatch.elapsed();
        let result = match outcome {
            Ok(Outcome::Passed) => "ok".to_owned(),
            Ok(Outcome::Noted(note)) => format!("ok; {note}"),
            Err(error) => {
                failed.push(step.name);
                format!("FAILED: {error:#}")
            }
        };
        say(&format!("<== {}: {result} ({:.1} s)\n", step.name, took.as_secs_f64()));
        done.push(Done {
            name: step.name,
            result,
            took,
        });
    }
    sum_up(&done, &failed);
    failed.is_empty()
}

/// Tells whoever watches; where that is closed, nobody does.
pub(crate) fn say(what: &str) {
    let _ = writeln!(std::io::stderr(), "{what}");
}

/// Measures how long a step takes.
#[derive(Debug)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "chores have no runtime to read time through")]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

fn sum_up(done: &[Done], failed: &[&str]) {
    let width = done.iter().map(|step| step.name.len()).max().unwrap_or(0);
    say("Summary");
    for step in done {
        let first_line = step.result.lines().next().unwrap_or_default();
        say(&format!(
            "  {:width$}  {:7.1} s  {first_line}",
            step.name,
            step.took.as_secs_f64()
        ));
    }
    match failed {
        [] => say("all steps passed"),
        _ => say(&format!("failed: {}", failed.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use anyhow::bail;

    use super::*;

    #[test]
    fn a_failed_step_fails_the_whole_unless_it_is_skipped() {
        let steps = [
            Step::new("good", || Ok(Outcome::Passed)),
            Step::new("bad", || bail!("on purpose")),
            Step::new("better", || Ok(Outcome::Noted("a note".to_owned()))),
        ];
        assert!(!run_all(&steps, &[]));
        assert!(run_all(&steps, &["bad".to_owned()]));
    }
}
