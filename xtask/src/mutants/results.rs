//! The results of cargo-mutants, by folder.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::Value;

/// The numbers of mutants in each folder.
#[derive(Debug, Default)]
pub(super) struct Counts(BTreeMap<PathBuf, Count>);

#[derive(Debug, Clone, Copy, Default)]
struct Count {
    /// Mutants that make a test fail or hang.
    noticed: u32,
    /// Mutants that compile.
    viable: u32,
}

impl Counts {
    /// Adds the results of a run, if it has any.
    pub(super) fn add_run(&mut self, output: &Path) -> Result<()> {
        let file = output.join("mutants.out/outcomes.json");
        if let Ok(text) = fs::read_to_string(&file) {
            let outcomes = serde_json::from_str(&text).with_context(|| format!("{} is not JSON", file.display()))?;
            self.add(&outcomes);
        }
        Ok(())
    }

    fn add(&mut self, outcomes: &Value) {
        for outcome in outcomes["outcomes"].as_array().into_iter().flatten() {
            let Some(file) = outcome["scenario"]["Mutant"]["file"].as_str() else {
                continue;
            };
            let (noticed, viable) = match outcome["summary"].as_str() {
                Some("CaughtMutant" | "Timeout") => (1, 1),
                Some("MissedMutant") => (0, 1),
                _ => continue,
            };
            let folder = Path::new(file).parent().unwrap_or(Path::new(file));
            let count = self.0.entry(folder.to_owned()).or_default();
            count.noticed += noticed;
            count.viable += viable;
        }
    }
}

/// A table.
impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| folder | noticed | viable |\n|---|---:|---:|")?;
        let mut total = Count::default();
        for (folder, count) in &self.0 {
            writeln!(f, "| {} | {} | {} |", folder.display(), count.noticed, count.viable)?;
            total.noticed += count.noticed;
            total.viable += count.viable;
        }
        write!(f, "| all | {} | {} |", total.noticed, total.viable)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn viable_mutants_are_counted_by_folder() {
        let mutant = |file: &str, summary: &str| json!({"scenario": {"Mutant": {"file": file}}, "summary": summary});
        let mut counts = Counts::default();
        counts.add(&json!({"outcomes": [
            {"scenario": "Baseline", "summary": "Success"},
            mutant("src/origin/policy.rs", "CaughtMutant"),
            mutant("src/origin/join_path.rs", "MissedMutant"),
            mutant("src/origin/join_path.rs", "Unviable"),
            mutant("src/token/mod.rs", "Timeout"),
        ]}));
        let rows = "| src/origin | 1 | 2 |\n| src/token | 1 | 1 |\n| all | 2 | 3 |";
        assert!(counts.to_string().ends_with(rows), "{counts}");
    }
}
