//! The client and the token endpoint, as named in errors about a token.

use std::fmt;
use std::sync::Arc;

use url::Url;

use crate::redact::shown_url;

/// A client and its token endpoint, as shown in errors and events: the endpoint without user information and query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientContext {
    client_id: String,
    endpoint: String,
    /// The call that needed the token.
    pub(super) call: Option<Arc<str>>,
}

impl ClientContext {
    pub(crate) fn new(client_id: &str, endpoint: &Url) -> Self {
        Self {
            client_id: client_id.to_owned(),
            endpoint: shown_url(endpoint),
            call: None,
        }
    }

    /// Returns the client id.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Returns the URL of the token endpoint, without user information and query.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Returns the API call that failed because it had no token, such as `GET https://api.example.com/v1/books`; `None`
    /// if the token was requested outside a call.
    #[must_use]
    pub fn call(&self) -> Option<&str> {
        self.call.as_deref()
    }
}

impl fmt::Display for ClientContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "client `{}` at {}", self.client_id.escape_debug(), self.endpoint)
    }
}
