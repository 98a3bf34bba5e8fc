//! A call as messages name it.

use std::fmt;
use std::sync::Arc;

use evergrant::origin::Origin;

use crate::Core;
use crate::describe::Operation;

/// An operation, and where its call went: `GET /books/{bookId} at https://api.example.com`. Of the URL, the path below the origin
/// is the description's, whose parameters keep their names: their values, and those of a server's URL, may be secret.
#[derive(Clone)]
pub(crate) struct Called {
    operation: &'static Operation,
    name: Arc<str>,
}

impl Called {
    pub(crate) fn new(core: &Core, operation: &'static Operation) -> Self {
        let path = operation.path.split('?').next().unwrap_or_default();
        let origin = core.server_url(operation.server).and_then(origin);
        let name = match origin {
            Some(origin) => format!("{} {path} at {origin}", operation.method),
            None => format!("{} {path}", operation.method),
        };
        Self {
            operation,
            name: name.into(),
        }
    }

    /// The operation's id.
    pub(crate) fn id(&self) -> &'static str {
        self.operation.id
    }

    /// What messages call it.
    pub(crate) fn name(&self) -> Arc<str> {
        Arc::clone(&self.name)
    }
}

impl fmt::Display for Called {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

fn origin(url: &str) -> Option<Origin> {
    Origin::of(&reqwest::Url::parse(url).ok()?)
}
