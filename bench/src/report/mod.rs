//! `RESULTS.md` and its plots, from what the programs measured.

mod machine;
mod plots;
mod tables;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use crate::hot::Hot;
use crate::row::Row;
use crate::scale::{Calls, Managers};

/// Everything that was measured in one run.
#[derive(Debug, Serialize, Deserialize)]
pub struct Measured {
    pub machine: Machine,
    /// Names and versions of the subjects.
    pub subjects: Vec<(String, String)>,
    pub tail: Vec<Told>,
    pub hot: Vec<Hot>,
    pub managers: Vec<Managers>,
    pub calls: Vec<Calls>,
}

/// A row with what is not among its figures.
#[derive(Debug, Serialize, Deserialize)]
pub struct Told {
    pub row: Row,
    pub outcome: String,
    pub absent: bool,
}

/// Where it was measured, and with what.
#[derive(Debug, Serialize, Deserialize)]
pub struct Machine {
    pub date: String,
    pub processor: String,
    pub cores: usize,
    pub memory_gib: u64,
    pub system: String,
    pub compiler: String,
}

impl From<Row> for Told {
    fn from(row: Row) -> Self {
        Self {
            outcome: row.outcome.clone(),
            absent: row.absent,
            row,
        }
    }
}

impl Measured {
    /// Writes `RESULTS.md`, the plots that it shows, and the figures that both were made of.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&self) -> Result<()> {
        let plots = folder().join("results");
        fs::create_dir_all(&plots)?;
        plots::write(self, &plots)?;
        fs::write(figures(), serde_json::to_string_pretty(self)? + "\n")?;
        fs::write(folder().join("RESULTS.md"), tables::page(self)).context("cannot write RESULTS.md")
    }

    /// The figures of the last run.
    ///
    /// # Errors
    /// When there was none.
    pub fn last() -> Result<Self> {
        let text = fs::read_to_string(figures()).context("there are no figures yet; run without --render")?;
        Ok(serde_json::from_str(&text)?)
    }
}

fn figures() -> PathBuf {
    folder().join("results/figures.json")
}

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
