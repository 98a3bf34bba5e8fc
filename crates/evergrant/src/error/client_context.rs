//! The client and the token endpoint or issuer, as named in errors about a token.

use std::fmt;
use std::sync::Arc;

use url::Url;

use crate::redact::shown_url;

/// The client and the token endpoint that an error or event is about. The URL of the endpoint is shown without user
/// information and query. For a manager with an [issuer](crate::TokenManagerBuilder::issuer) and without a token URL,
/// the issuer is shown instead.
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

    /// Returns the id of the OAuth client that the error or event is about.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Returns the URL of the token endpoint without user information and query. For a manager with an issuer and
    /// without a token URL, returns the issuer.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Returns the API call that failed because it had no token, such as `GET https://api.example.com/v1/books`.
    /// Returns `None` if the application requested the token itself, not for an API call.
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
