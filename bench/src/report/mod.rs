//! Writes `RESULTS.md` and its plots from the measured figures.

mod machine_description;
mod plots;
mod tables;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use crate::cli_run_time::ProgramFigures;
use crate::cpu_instructions::CallInstructions;
use crate::hot_path::HotPathFigure;
use crate::many_managers::{CallFigures, ManagerFigures};
use crate::result_row::Row;

/// All figures of one run.
#[derive(Debug, Serialize, Deserialize)]
pub struct Results {
    pub machine: Machine,
    /// Names and versions of the subjects.
    pub subjects: Vec<(String, String)>,
    pub tail: Vec<TailResult>,
    pub hot: Vec<HotPathFigure>,
    pub managers: Vec<ManagerFigures>,
    pub calls: Vec<CallFigures>,
    /// `None` if they were never counted.
    #[serde(default)]
    pub instructions: Option<CallInstructions>,
    #[serde(default)]
    pub program: Vec<ProgramFigures>,
}

/// A row with the fields that its JSON form omits.
#[derive(Debug, Serialize, Deserialize)]
pub struct TailResult {
    pub row: Row,
    pub outcome: String,
    pub not_applicable: bool,
}

/// The machine and compiler of a run.
#[derive(Debug, Serialize, Deserialize)]
pub struct Machine {
    pub date: String,
    pub processor: String,
    pub cores: usize,
    pub memory_gib: u64,
    pub system: String,
    pub compiler: String,
}

impl From<Row> for TailResult {
    fn from(row: Row) -> Self {
        Self {
            outcome: row.outcome.clone(),
            not_applicable: row.not_applicable,
            row,
        }
    }
}

impl Results {
    /// Creates results without figures.
    #[must_use]
    pub fn new(machine: Machine) -> Self {
        Self {
            machine,
            subjects: Vec::new(),
            tail: Vec::new(),
            hot: Vec::new(),
            managers: Vec::new(),
            calls: Vec::new(),
            instructions: None,
            program: Vec::new(),
        }
    }

    /// Writes `RESULTS.md`, its plots, and the figures as JSON.
    ///
    /// # Errors
    /// Returns an error if a file cannot be written.
    pub fn write(&self) -> Result<()> {
        let plots = folder().join("results");
        fs::create_dir_all(&plots)?;
        plots::write(self, &plots)?;
        fs::write(figures_path(), serde_json::to_string_pretty(self)? + "\n")?;
        fs::write(folder().join("RESULTS.md"), tables::page(self)).context("cannot write RESULTS.md")
    }

    /// Reads the figures of the last run.
    ///
    /// # Errors
    /// Returns an error if no figures exist.
    pub fn load() -> Result<Self> {
        let text = fs::read_to_string(figures_path()).context("no figures found; run without --render first")?;
        Ok(serde_json::from_str(&text)?)
    }
}

fn figures_path() -> PathBuf {
    folder().join("results/figures.json")
}

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
