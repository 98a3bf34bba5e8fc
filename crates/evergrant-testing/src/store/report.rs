//! What the suite found: every case with its outcome.

use std::fmt;

/// All cases with their outcomes. `Display` lists them, one a line.
#[derive(Debug, Clone)]
#[must_use = "a failed case is found in here alone; see `assert`"]
pub struct Report {
    pub(super) cases: Vec<CaseReport>,
}

/// One case.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CaseReport {
    /// The rule that it checks.
    pub name: &'static str,
    /// How it went.
    pub outcome: Outcome,
}

/// How a case went.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The rule holds.
    Passed,
    /// The rule could not be checked, for this reason.
    Skipped(String),
    /// The rule is broken, in this way.
    Failed(String),
}

impl Report {
    /// The cases, in the order in which they ran.
    #[must_use]
    pub fn cases(&self) -> &[CaseReport] {
        &self.cases
    }

    /// Whether no case failed.
    #[must_use]
    pub fn passed(&self) -> bool {
        !self.cases.iter().any(CaseReport::failed)
    }

    /// Fails the test unless every case passed or was skipped.
    ///
    /// # Panics
    /// If a case failed, with the list of all cases.
    #[track_caller]
    pub fn assert(&self) {
        let failed = self.cases.iter().filter(|case| case.failed()).count();
        assert!(
            failed == 0,
            "{failed} of {} rules for token stores are broken:\n{self}",
            self.cases.len()
        );
    }
}

impl CaseReport {
    fn failed(&self) -> bool {
        matches!(self.outcome, Outcome::Failed(_))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cases.iter().try_for_each(|case| writeln!(f, "{case}"))
    }
}

impl fmt::Display for CaseReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name.replace('_', " ");
        match &self.outcome {
            Outcome::Passed => write!(f, "passed   {name}"),
            Outcome::Skipped(reason) => write!(f, "skipped  {name}: {reason}"),
            Outcome::Failed(problem) => write!(f, "FAILED   {name}: {problem}"),
        }
    }
}
