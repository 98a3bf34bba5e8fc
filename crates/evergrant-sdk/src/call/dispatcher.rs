//! The dispatcher, which sends the calls of a built client.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use evergrant::Scopes;
use http::{HeaderName, HeaderValue};

use super::Call;
use crate::error::Error;
use crate::metadata::Operation;

/// The part of a built client that sends its calls, with the client's credentials and connections. Cloning is cheap.
///
/// Generated operation groups, and the login closures of [`SessionCredentials`](crate::SessionCredentials::log_in),
/// send their calls with a dispatcher.
#[derive(Clone)]
pub struct Dispatcher {
    backend: Arc<dyn Backend>,
}

/// The part of a client that calls use.
pub(crate) trait Backend: Send + Sync {
    /// Returns the HTTP client for an operation, with its server and credentials.
    fn http_client(&self, operation: &Operation) -> Result<&evergrant_reqwest::Client, Error>;

    /// Returns the URL of a server, if it is set.
    fn server_url(&self, server: usize) -> Option<&str>;

    /// Returns a header that is sent with every call.
    fn header(&self, name: &HeaderName) -> Option<&HeaderValue>;

    /// Returns the time limit of each attempt of a call; zero for no limit.
    fn timeout(&self) -> Duration;

    /// Returns the scopes that an operation requires and that were not requested for its tokens.
    fn missing_scopes(&self, operation: &Operation) -> Scopes;
}

impl Dispatcher {
    pub(crate) fn new(backend: Arc<dyn Backend>) -> Self {
        Self { backend }
    }

    pub(super) fn backend(&self) -> &dyn Backend {
        &*self.backend
    }

    /// Starts a call to an operation. Nothing is sent until [`Call::send`] or another method sends the call.
    pub fn request(&self, operation: &'static Operation) -> Call {
        Call::new(self.clone(), operation)
    }
}

impl fmt::Debug for Dispatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dispatcher").finish_non_exhaustive()
    }
}
