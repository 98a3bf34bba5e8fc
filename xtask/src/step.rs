//! Steps: each is announced, timed and listed in the summary. The steps after a failed one run too.

use std::collections::HashMap;
use std::io::Write as _;
use std::time::{Duration, Instant};

use anyhow::Result;

/// A named check.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    pub(crate) name: &'static str,
    action: Action,
}

#[derive(Debug, Clone, Copy)]
enum Action {
    Run(fn() -> Result<Outcome>),
    /// Starts before the first step.
    Start(fn() -> Result<Background>),
}

/// Waits for an action that runs beside the earlier steps.
pub(crate) type Background = Box<dyn FnOnce() -> Result<Outcome>>;

/// The outcome of a successful step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Passed,
    /// Passed, with a note for the summary.
    PassedWithNote(String),
}

struct StepResult {
    name: &'static str,
    result: String,
    duration: Duration,
}

impl Step {
    pub(crate) const fn new(name: &'static str, run: fn() -> Result<Outcome>) -> Self {
        let action = Action::Run(run);
        Self { name, action }
    }

    /// A step that starts before the first one and runs beside those before it, which it must not disturb: it has a
    /// target folder of its own.
    pub(crate) const fn beside(name: &'static str, start: fn() -> Result<Background>) -> Self {
        let action = Action::Start(start);
        Self { name, action }
    }
}

/// Runs the steps that are not skipped, and prints a summary. Returns `false` if a step failed.
pub(crate) fn run_all(steps: &[Step], skipped: &[String]) -> bool {
    let is_skipped = |step: &Step| skipped.iter().any(|name| name == step.name);
    let mut started: HashMap<&str, Result<Background>> = HashMap::new();
    for step in steps {
        if let (Action::Start(start), false) = (step.action, is_skipped(step)) {
            started.insert(step.name, start());
        }
    }
    let mut results = Vec::new();
    let mut failed = Vec::new();
    for step in steps {
        if is_skipped(step) {
            results.push(StepResult {
                name: step.name,
                result: "skipped".to_owned(),
                duration: Duration::ZERO,
            });
            continue;
        }
        print_line(&format!("==> {}", step.name));
        let stopwatch = Stopwatch::start();
        let outcome = match (step.action, started.remove(step.name)) {
            (Action::Run(run), _) => run(),
            (Action::Start(_), Some(background)) => background.and_then(|wait| wait()),
            // Listed twice.
            (Action::Start(start), None) => start().and_then(|wait| wait()),
        };
        let duration = stopwatch.elapsed();
        let result = match outcome {
            Ok(Outcome::Passed) => "ok".to_owned(),
            Ok(Outcome::PassedWithNote(note)) => format!("ok; {note}"),
            Err(error) => {
                failed.push(step.name);
                format!("FAILED: {error:#}")
            }
        };
        print_line(&format!(
            "<== {}: {result} ({:.1} s)\n",
            step.name,
            duration.as_secs_f64()
        ));
        results.push(StepResult {
            name: step.name,
            result,
            duration,
        });
    }
    print_line(&summary(&results));
    match failed.as_slice() {
        [] => print_line("all steps passed"),
        _ => print_line(&format!("failed: {}", failed.join(", "))),
    }
    failed.is_empty()
}

/// Prints a line to standard error. Write errors are ignored.
pub(crate) fn print_line(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Measures the duration of a step.
#[derive(Debug)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "xtask has no runtime that provides the time")]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Formats a table: the duration of each step in seconds, its share of the total, and its result.
fn summary(results: &[StepResult]) -> String {
    let width = results.iter().map(|step| step.name.len()).max().unwrap_or(0).max(5);
    let total: Duration = results.iter().map(|step| step.duration).sum();
    let line = |name: &str, duration: Duration, result: &str| {
        let share = 100.0 * duration.as_secs_f64() / total.as_secs_f64().max(f64::MIN_POSITIVE);
        format!(
            "\n  {name:width$}  {:7.1} s  {share:3.0}%  {result}",
            duration.as_secs_f64()
        )
    };
    let mut table = "Summary".to_owned();
    for step in results {
        table += &line(step.name, step.duration, step.result.lines().next().unwrap_or_default());
    }
    table + line("total", total, "").trim_end()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use anyhow::bail;

    use super::*;

    #[test]
    fn a_failed_step_fails_the_run_unless_it_is_skipped() {
        let steps = [
            Step::new("good", || Ok(Outcome::Passed)),
            Step::new("bad", || bail!("on purpose")),
            Step::new("better", || Ok(Outcome::PassedWithNote("a note".to_owned()))),
        ];
        assert!(!run_all(&steps, &[]));
        assert!(run_all(&steps, &["bad".to_owned()]));
    }

    #[test]
    fn a_step_beside_others_starts_before_them() {
        static STARTED: AtomicBool = AtomicBool::new(false);
        let beside = || {
            STARTED.store(true, Ordering::Relaxed);
            Ok(Box::new(|| bail!("on purpose")) as Background)
        };
        let steps = [
            Step::new("first", || {
                assert!(STARTED.load(Ordering::Relaxed));
                Ok(Outcome::Passed)
            }),
            Step::beside("beside", beside),
        ];
        assert!(!run_all(&steps, &[]));
        STARTED.store(false, Ordering::Relaxed);
        assert!(run_all(&steps[1..], &["beside".to_owned()]));
        assert!(!STARTED.load(Ordering::Relaxed));
    }

    #[test]
    fn the_summary_has_times_and_shares() {
        let step = |name, seconds| StepResult {
            name,
            result: "ok\nmore".to_owned(),
            duration: Duration::from_secs(seconds),
        };
        let expected = "Summary\n  build     90.0 s   75%  ok\n  tests     30.0 s   25%  ok\n  total    120.0 s  100%";
        assert_eq!(summary(&[step("build", 90), step("tests", 30)]), expected);
        assert!(summary(&[]).contains("0.0 s    0%"));
    }
}
