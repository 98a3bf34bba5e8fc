//! Takes a TOML table apart key by key, so that errors name the key and never show a value.

use std::path::{Path, PathBuf};

use http::StatusCode;
use toml::{Table, Value};

use crate::cli::parse_refusal;
use crate::failure::Failure;

/// A table being read; what is left at the end is a key that nobody knows.
pub(super) struct Reader {
    path: PathBuf,
    named: String,
    table: Table,
}

impl Reader {
    /// `named` says which table of the file it is.
    pub(super) fn new(path: &Path, named: &str, table: Table) -> Self {
        Self {
            path: path.to_owned(),
            named: named.to_owned(),
            table,
        }
    }

    /// The file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// A key of the table, as messages of others name it.
    pub(super) fn setting(&self, key: &str) -> String {
        format!("{key} in {} of {}", self.named, self.path.display())
    }

    pub(super) fn string(&mut self, key: &str) -> Result<Option<String>, Failure> {
        match self.table.remove(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.wrong(key, "a string")),
        }
    }

    /// A list of strings; a single string counts as a list of one.
    pub(super) fn strings(&mut self, key: &str) -> Result<Vec<String>, Failure> {
        let list = match self.table.remove(key) {
            None => return Ok(Vec::new()),
            Some(Value::String(text)) => return Ok(vec![text]),
            Some(Value::Array(list)) => list,
            Some(_) => return Err(self.wrong(key, "a list of strings")),
        };
        list.into_iter()
            .map(|value| match value {
                Value::String(text) => Ok(text),
                _ => Err(self.wrong(key, "a list of strings")),
            })
            .collect()
    }

    pub(super) fn number(&mut self, key: &str) -> Result<Option<f64>, Failure> {
        match self.table.remove(key) {
            None => Ok(None),
            Some(Value::Float(number)) => Ok(Some(number)),
            Some(Value::Integer(number)) => match i32::try_from(number) {
                Ok(number) => Ok(Some(number.into())),
                Err(_) => Err(self.wrong(key, "a smaller number")),
            },
            Some(_) => Err(self.wrong(key, "a number")),
        }
    }

    /// A list of statuses that an API refuses a token with; a single one counts as a list of one.
    pub(super) fn refusals(&mut self, key: &str) -> Result<Vec<StatusCode>, Failure> {
        let list = match self.table.remove(key) {
            None => return Ok(Vec::new()),
            Some(Value::Array(list)) => list,
            Some(single) => vec![single],
        };
        let statuses = list
            .iter()
            .map(|value| parse_refusal(value.as_integer()?.try_into().ok()?));
        let statuses: Option<Vec<_>> = statuses.collect();
        statuses.ok_or_else(|| self.wrong(key, "a list of HTTP statuses from 400 to 599, such as [403, 419]"))
    }

    pub(super) fn boolean(&mut self, key: &str) -> Result<Option<bool>, Failure> {
        match self.table.remove(key) {
            None => Ok(None),
            Some(Value::Boolean(yes)) => Ok(Some(yes)),
            Some(_) => Err(self.wrong(key, "true or false")),
        }
    }

    /// A table within; empty where there is none.
    pub(super) fn table(&mut self, key: &str) -> Result<Table, Failure> {
        match self.table.remove(key) {
            None => Ok(Table::new()),
            Some(Value::Table(table)) => Ok(table),
            Some(_) => Err(self.wrong(key, "a table")),
        }
    }

    /// Refuses keys that were not asked for.
    pub(super) fn finish(self) -> Result<(), Failure> {
        match self.table.keys().next() {
            None => Ok(()),
            Some(key) => Err(self.refuse(&format!(
                "has a key that is not known: `{key}`; see `evergrant token --help` for those that are"
            ))),
        }
    }

    pub(super) fn wrong(&self, key: &str, expected: &str) -> Failure {
        self.refuse(&format!("has a `{key}` that is not {expected}"))
    }

    pub(super) fn refuse(&self, problem: &str) -> Failure {
        Failure::usage(format!("{}: {} {problem}", self.path.display(), self.named))
    }
}
