//! The report of the conformance suite: all cases with their outcomes.

use std::fmt;

/// The report of a run of the conformance suite for token stores. `Display` lists one case per line, with its outcome.
#[derive(Debug, Clone)]
#[must_use = "failed cases are reported only here; see `assert`"]
pub struct Report {
    pub(super) cases: Vec<CaseReport>,
}

/// A test case of the conformance suite for token stores, and its outcome.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CaseReport {
    /// The name of the rule for token stores that the test case checks.
    pub name: &'static str,
    /// Whether the test case passed, was skipped or failed.
    pub outcome: Outcome,
}

/// The outcome of a test case of the conformance suite for token stores.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The store follows the rule that the case checks.
    Passed,
    /// The case could not check its rule. The text describes the reason.
    Skipped(String),
    /// The store violates the rule that the case checks. The text describes the violation.
    Failed(String),
}

impl Report {
    /// Returns all test cases with their outcomes, in the order in which they ran.
    #[must_use]
    pub fn cases(&self) -> &[CaseReport] {
        &self.cases
    }

    /// Returns whether every test case passed or was skipped.
    #[must_use]
    pub fn passed(&self) -> bool {
        !self.cases.iter().any(CaseReport::failed)
    }

    /// Asserts that every test case passed or was skipped.
    ///
    /// # Panics
    /// Panics if a case failed. The message lists all cases.
    #[track_caller]
    pub fn assert(&self) {
        let failed = self.cases.iter().filter(|case| case.failed()).count();
        assert!(
            failed == 0,
            "{failed} of {} rules for token stores are violated:\n{self}",
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
