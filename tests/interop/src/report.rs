//! The results, as a table for people or JSON for programs.

use std::fmt;

use serde_json::{Value, json};

use crate::cases::{Case, CaseResult, Verdict};

/// All results of a run.
#[derive(Debug)]
pub struct Report {
    results: Vec<ServerResults>,
}

/// One server's results, in the order of [`Case::ALL`].
#[derive(Debug)]
pub(crate) struct ServerResults {
    pub(crate) server: &'static str,
    pub(crate) cases: Vec<CaseResult>,
}

impl Report {
    pub(crate) fn new(results: Vec<ServerResults>) -> Self {
        Self { results }
    }

    /// Whether no case failed.
    #[must_use]
    pub fn passed(&self) -> bool {
        !self
            .results
            .iter()
            .flat_map(|server| &server.cases)
            .any(CaseResult::failed)
    }

    /// The results as one JSON object.
    #[must_use]
    pub fn json(&self) -> Value {
        let case = |result: &CaseResult| {
            let (verdict, note) = match &result.verdict {
                Verdict::Passed(note) => ("passed", note.as_deref()),
                Verdict::NotSupported(reason) => ("skipped", Some(*reason)),
                Verdict::Failed(reason) => ("failed", Some(reason.as_str())),
            };
            json!({ "case": result.case.title(), "result": verdict, "note": note, "milliseconds": result.milliseconds })
        };
        let server = |results: &ServerResults| {
            let cases: Vec<Value> = results.cases.iter().map(case).collect();
            json!({ "server": results.server, "cases": cases })
        };
        let servers: Vec<Value> = self.results.iter().map(server).collect();
        json!({ "passed": self.passed(), "servers": servers })
    }

    fn count(&self, matches: fn(&Verdict) -> bool) -> usize {
        let cases = self.results.iter().flat_map(|server| &server.cases);
        cases.filter(|result| matches(&result.verdict)).count()
    }

    fn table(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = Case::ALL.iter().map(|case| case.title().len()).max().unwrap_or(0);
        write!(f, "{:first$}", "")?;
        for server in &self.results {
            write!(f, "  {}", server.server)?;
        }
        writeln!(f)?;
        for case in Case::ALL {
            let mut line = format!("{:first$}", case.title());
            for server in &self.results {
                let symbol = server.verdict(case).map_or(" ", Verdict::symbol);
                line.push_str(&format!("  {symbol:<width$}", width = server.server.len()));
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }

    fn reasons(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for server in &self.results {
            for result in &server.cases {
                let reason = match &result.verdict {
                    Verdict::Passed(None) => continue,
                    Verdict::Passed(Some(note)) => note,
                    Verdict::NotSupported(reason) => *reason,
                    Verdict::Failed(reason) => reason,
                };
                let symbol = result.verdict.symbol();
                writeln!(f, "{symbol} {}, {}: {reason}", server.server, result.case.title())?;
            }
        }
        Ok(())
    }
}

impl ServerResults {
    fn verdict(&self, case: Case) -> Option<&Verdict> {
        let result = self.cases.iter().find(|result| result.case == case)?;
        Some(&result.verdict)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.table(f)?;
        writeln!(f)?;
        self.reasons(f)?;
        let passed = self.count(|verdict| matches!(verdict, Verdict::Passed(_)));
        let failed = self.count(|verdict| matches!(verdict, Verdict::Failed(_)));
        let skipped = self.count(|verdict| matches!(verdict, Verdict::NotSupported(_)));
        writeln!(f, "\n{passed} passed, {failed} failed, {skipped} skipped")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(verdict: Verdict) -> Report {
        let first = CaseResult {
            case: Case::PlainCredentials,
            verdict: Verdict::Passed(None),
            milliseconds: 3,
        };
        let second = CaseResult {
            case: Case::Renewal,
            verdict,
            milliseconds: 9000,
        };
        Report::new(vec![ServerResults {
            server: "example",
            cases: vec![first, second],
        }])
    }

    #[test]
    fn the_table_shows_a_failure_with_its_reason() {
        let report = report(Verdict::Failed("2 calls failed".to_owned()));
        assert!(!report.passed());
        let text = report.to_string();
        assert!(text.contains("✗ example, "), "{text}");
        assert!(text.contains("2 calls failed"), "{text}");
        assert!(text.ends_with("\n1 passed, 1 failed, 0 skipped\n"), "{text}");
        assert_eq!(report.json()["passed"], false);
        assert_eq!(report.json()["servers"][0]["cases"][1]["note"], "2 calls failed");
    }

    #[test]
    fn an_unsupported_case_is_not_a_failure() {
        let report = report(Verdict::NotSupported("it has none"));
        assert!(report.passed());
        assert!(report.to_string().contains("– example, "));
    }
}
