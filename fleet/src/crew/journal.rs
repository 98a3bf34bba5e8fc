//! What a member has reported so far.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::member::{Event, Mishap, Point, Tally};

/// A member's reports, filled as they come. A cheap clone.
#[derive(Clone, Default)]
pub struct Journal(Arc<Mutex<Reports>>);

/// A call that failed. Times are since the machine started.
#[derive(Debug, Clone)]
pub struct Failure {
    /// When the call returned.
    pub at: Duration,
    /// How long it took.
    pub took: Duration,
    /// Why.
    pub error: String,
}

#[derive(Default)]
struct Reports {
    tally: Tally,
    tokens: Vec<(Duration, u64)>,
    failures: Vec<Failure>,
    steps: Vec<(Duration, Point)>,
    mishap: Option<(Duration, Point, Mishap)>,
    warnings: Vec<(Duration, String, String)>,
}

impl Journal {
    pub(super) fn add(&self, event: Event) {
        let mut reports = self.lock();
        match event {
            Event::Tally(tally) => reports.tally = tally,
            Event::Token { at, serial } => reports.tokens.push((at, serial)),
            Event::Failed { at, took, error } => reports.failures.push(Failure { at, took, error }),
            Event::Step { at, point } => reports.steps.push((at, point)),
            Event::Mishap { at, point, mishap } => reports.mishap = Some((at, point, mishap)),
            Event::Warning { at, name, error } => reports.warnings.push((at, name, error)),
        }
    }

    /// The latest count of everything.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.lock().tally.clone()
    }

    /// Each token that calls were given, by the server's number, and since when.
    #[must_use]
    pub fn tokens(&self) -> Vec<(Duration, u64)> {
        self.lock().tokens.clone()
    }

    /// The token that calls are given; zero before the first.
    #[must_use]
    pub fn serial(&self) -> u64 {
        self.lock().tokens.last().map_or(0, |(_, serial)| *serial)
    }

    /// The calls that failed; of very many, the first.
    #[must_use]
    pub fn failures(&self) -> Vec<Failure> {
        self.lock().failures.clone()
    }

    /// The steps that it announced.
    #[must_use]
    pub fn steps(&self) -> Vec<(Duration, Point)> {
        self.lock().steps.clone()
    }

    /// What befell it, and when.
    #[must_use]
    pub fn mishap(&self) -> Option<(Duration, Point, Mishap)> {
        self.lock().mishap
    }

    /// How often the library warned of this, such as `evergrant.store_failed`.
    #[must_use]
    pub fn warnings(&self, name: &str) -> usize {
        self.lock()
            .warnings
            .iter()
            .filter(|(_, warned, _)| warned == name)
            .count()
    }

    fn lock(&self) -> MutexGuard<'_, Reports> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Everything, for a test that failed.
impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reports = self.lock();
        writeln!(f, "{:?}", reports.tally)?;
        let mut lines: Vec<(Duration, String)> = Vec::new();
        lines.extend(
            reports
                .tokens
                .iter()
                .map(|(at, serial)| (*at, format!("token {serial}"))),
        );
        lines.extend(reports.steps.iter().map(|(at, point)| (*at, format!("{point:?}"))));
        lines.extend(
            reports
                .mishap
                .iter()
                .map(|(at, point, mishap)| (*at, format!("{mishap:?} at {point:?}"))),
        );
        lines.extend(reports.failures.iter().map(|failure| {
            let Failure { at, took, error } = failure;
            (*at, format!("failed after {took:?}: {error}"))
        }));
        lines.extend(
            reports
                .warnings
                .iter()
                .map(|(at, name, error)| (*at, format!("warned: {name} {error}"))),
        );
        lines.sort();
        for (at, line) in lines {
            writeln!(f, "  {:.3} {line}", at.as_secs_f64())?;
        }
        Ok(())
    }
}
