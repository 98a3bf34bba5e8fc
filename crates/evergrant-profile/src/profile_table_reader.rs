//! Reads a table key by key. Errors contain the key, but not its value.

use http::StatusCode;

use crate::error::Error;
use crate::profile_location::ProfileLocation;
use crate::untyped_value::{Table, Value};

/// Removes keys from a table while they are read. Keys that remain at the end are unknown.
pub(crate) struct Reader {
    pub(crate) location: ProfileLocation,
    table: Table,
}

impl Reader {
    pub(crate) fn new(location: ProfileLocation, table: Table) -> Self {
        Self { location, table }
    }

    /// Returns the value of a key, unless it is missing or null.
    fn take(&mut self, key: &str) -> Result<Option<Value>, Error> {
        match self.table.remove(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Repeated) => Err(self.invalid(&format!("has `{key}` more than once"))),
            some => Ok(some),
        }
    }

    pub(crate) fn string(&mut self, key: &str) -> Result<Option<String>, Error> {
        match self.take(key)? {
            None => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(_) => Err(self.invalid_value(key, "a string")),
        }
    }

    /// Reads a list of strings. A single string is a list of one.
    pub(crate) fn strings(&mut self, key: &str) -> Result<Vec<String>, Error> {
        let list = match self.take(key)? {
            None => return Ok(Vec::new()),
            Some(Value::Text(text)) => return Ok(vec![text]),
            Some(Value::List(list)) => list,
            Some(_) => return Err(self.invalid_value(key, "a list of strings")),
        };
        list.into_iter()
            .map(|value| match value {
                Value::Text(text) => Ok(text),
                _ => Err(self.invalid_value(key, "a list of strings")),
            })
            .collect()
    }

    pub(crate) fn number(&mut self, key: &str) -> Result<Option<f64>, Error> {
        match self.take(key)? {
            None => Ok(None),
            Some(Value::Float(number)) => Ok(Some(number)),
            Some(Value::Integer(number)) => match i32::try_from(number) {
                Ok(number) => Ok(Some(number.into())),
                Err(_) => Err(self.invalid_value(key, "a smaller number")),
            },
            Some(_) => Err(self.invalid_value(key, "a number")),
        }
    }

    /// Reads a list of error statuses. A single status is a list of one.
    pub(crate) fn statuses(&mut self, key: &str) -> Result<Vec<StatusCode>, Error> {
        let list = match self.take(key)? {
            None => return Ok(Vec::new()),
            Some(Value::List(list)) => list,
            Some(single) => vec![single],
        };
        let status = |value: &Value| match value {
            Value::Integer(number) => error_status((*number).try_into().ok()?),
            _ => None,
        };
        let statuses: Option<Vec<_>> = list.iter().map(status).collect();
        statuses.ok_or_else(|| self.invalid_value(key, "a list of HTTP statuses from 400 to 599, such as [403, 419]"))
    }

    pub(crate) fn optional_boolean(&mut self, key: &str) -> Result<Option<bool>, Error> {
        match self.take(key)? {
            None => Ok(None),
            Some(Value::Boolean(yes)) => Ok(Some(yes)),
            Some(_) => Err(self.invalid_value(key, "true or false")),
        }
    }

    /// Reads a boolean, which is `false` by default.
    pub(crate) fn boolean(&mut self, key: &str) -> Result<bool, Error> {
        Ok(self.optional_boolean(key)? == Some(true))
    }

    /// Reads a nested table, which is empty by default.
    pub(crate) fn table(&mut self, key: &str) -> Result<Table, Error> {
        match self.take(key)? {
            None => Ok(Table::new()),
            Some(Value::Table(table)) => Ok(table),
            Some(_) => Err(self.invalid_value(key, "a table")),
        }
    }

    /// Returns an error if unread keys remain.
    pub(crate) fn finish(self, known: &[&'static str]) -> Result<(), Error> {
        match self.table.into_keys().next() {
            None => Ok(()),
            Some(key) => Err(Error::UnknownKey {
                similar: similar(&key, known),
                location: self.location.message_prefix(),
                key,
            }),
        }
    }

    pub(crate) fn invalid_value(&self, key: &str, expected: &str) -> Error {
        self.invalid(&format!("has an invalid `{key}`: it must be {expected}"))
    }

    pub(crate) fn invalid(&self, problem: &str) -> Error {
        Error::Invalid {
            location: self.location.message_prefix(),
            problem: problem.to_owned(),
        }
    }
}

/// Returns the status if it is an error status.
fn error_status(status: u16) -> Option<StatusCode> {
    let status = StatusCode::from_u16(status).ok()?;
    (status.is_client_error() || status.is_server_error()).then_some(status)
}

/// Returns the known key that is similar to an unknown one, such as `scopes` for `scope`.
pub(crate) fn similar(key: &str, known: &[&'static str]) -> Option<&'static str> {
    let with_similarity = |known: &&'static str| (strsim::jaro_winkler(key, known), *known);
    let best = known
        .iter()
        .map(with_similarity)
        .max_by(|(one, _), (other, _)| one.total_cmp(other));
    best.filter(|(similarity, _)| *similarity > 0.85)
        .map(|(_, known)| known)
}
