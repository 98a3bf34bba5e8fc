//! The name of a call in error messages.

use std::fmt;
use std::sync::Arc;

use evergrant::origin::Origin;

use crate::metadata::Operation;

/// The name of a call: `GET /books/{bookId} at https://api.example.com`. The path is the one of the description, with
/// the names of its parameters, because parameter values and server URLs can contain secrets.
#[derive(Clone)]
pub(crate) struct CallName {
    operation: &'static Operation,
    name: Arc<str>,
}

impl CallName {
    /// `url` is the URL of the operation's server, if it is set.
    pub(crate) fn new(url: Option<&str>, operation: &'static Operation) -> Self {
        let path = operation.path.split('?').next().unwrap_or_default();
        let origin = url.and_then(origin);
        let name = match origin {
            Some(origin) => format!("{} {path} at {origin}", operation.method),
            None => format!("{} {path}", operation.method),
        };
        Self {
            operation,
            name: name.into(),
        }
    }

    /// Returns the id of the operation.
    pub(crate) fn id(&self) -> &'static str {
        self.operation.id
    }

    /// Returns the name in messages.
    pub(crate) fn name(&self) -> Arc<str> {
        Arc::clone(&self.name)
    }
}

impl fmt::Display for CallName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

fn origin(url: &str) -> Option<Origin> {
    Origin::of(&reqwest::Url::parse(url).ok()?)
}
