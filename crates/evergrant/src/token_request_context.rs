//! The context of a token request, for grants and client authentication methods.

use std::time::SystemTime;

use url::Url;

use crate::error::Error;
use crate::runtime::SharedRuntime;

/// The circumstances of a token request, such as the client id, the token endpoint and the time. It is passed to a
/// [`Grant`](crate::Grant), a [`ClientAuth`](crate::client_auth::ClientAuth) method or an
/// [`AssertionSource`](crate::assertion::AssertionSource).
#[derive(Debug, Clone, Copy)]
pub struct TokenRequestContext<'a> {
    pub(crate) client_id: &'a str,
    pub(crate) token_endpoint: &'a Url,
    pub(crate) issuer: Option<&'a str>,
    pub(crate) runtime: &'a SharedRuntime,
}

impl<'a> TokenRequestContext<'a> {
    /// Returns the client id of the token request.
    #[must_use]
    pub fn client_id(&self) -> &'a str {
        self.client_id
    }

    /// Returns the URL of the token endpoint that the request is sent to.
    #[must_use]
    pub fn token_endpoint(&self) -> &'a Url {
        self.token_endpoint
    }

    /// Returns the issuer identifier of the authorization server (RFC 8414 section 2). Returns `None` if the
    /// application did not set it.
    #[must_use]
    pub fn issuer(&self) -> Option<&'a str> {
        self.issuer
    }

    /// Returns the current time on the token manager's clock, for the claims `iat` and `exp` of an assertion.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        self.runtime.now().wall()
    }

    /// Returns cryptographically secure random bytes from the manager's [`Runtime`](crate::runtime::Runtime), for a
    /// `jti` or a salt.
    ///
    /// # Errors
    /// [`Error::Callback`] if no random bytes are available.
    pub fn random<const N: usize>(&self) -> Result<[u8; N], Error> {
        let mut bytes = [0; N];
        self.runtime.fill_random(&mut bytes).map_err(Error::client_auth)?;
        Ok(bytes)
    }

    /// Runs a task that may block, such as reading a file or using a hardware token. The task runs on a thread of the
    /// manager's [`Runtime`](crate::runtime::Runtime) that does not poll futures. Returns the output of the task. The
    /// `tracing` events of the task belong to the current span.
    ///
    /// ```
    /// use evergrant::{Error, TokenRequestContext};
    ///
    /// async fn read(context: TokenRequestContext<'_>) -> Result<String, Error> {
    ///     let read = || std::fs::read_to_string("/run/secrets/client");
    ///     context.run_blocking(read).await?.map_err(Error::client_auth)
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Error::Callback`] if the runtime cannot start the task, or if the task panics.
    pub async fn run_blocking<T: Send + 'static>(self, task: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        self.spawn_blocking(task).await.map_err(Error::client_auth)
    }

    /// Like [`run_blocking`](Self::run_blocking). Returns the problem.
    pub(crate) async fn spawn_blocking<T: Send + 'static>(
        self,
        task: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, String> {
        self.runtime.run_blocking(task).await
    }
}
