//! Who was asking whom: the part that every error about a token has in common.

use std::fmt;
use std::sync::Arc;

use url::Url;

use crate::origin;

/// A client and its token endpoint, as errors and events name them: the endpoint without user information and query.
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
            endpoint: origin::shown(endpoint),
            call: None,
        }
    }

    /// The client id.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The token endpoint, without query.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The API call that failed for want of a token, such as `GET https://api.example.com/v1/books`.
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
