//! The metadata of a token manager's authorization server, for applications.

use std::sync::Arc;

use super::TokenManager;
use crate::discovery::ServerMetadata;
use crate::error::Error;

impl TokenManager {
    /// Returns the metadata of the [issuer](crate::TokenManagerBuilder::issuer): its endpoints and capabilities. If the
    /// metadata is not cached, fetches it. Returns `None` if the manager was built with a token URL.
    ///
    /// A program that signs users in calls this method once before the first [`SignIn::begin`](crate::SignIn::begin),
    /// because the authorization endpoint is part of the metadata.
    ///
    /// ```no_run
    /// # async fn run(transport: evergrant::SharedTransport) -> Result<(), Box<dyn std::error::Error>> {
    /// use evergrant::AuthorizationCode;
    /// use evergrant::client_auth::PublicClient;
    ///
    /// let tokens = AuthorizationCode::builder("client-id", PublicClient)
    ///     .issuer("https://idp.example.com/realms/a")
    ///     .redirect_uri("http://127.0.0.1:8765/callback")
    ///     .build(transport)?;
    /// tokens.server_metadata().await?;
    /// let request = tokens.sign_in()?.begin()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Issuer`] if the metadata is missing or cannot be used, [`Error::Timeout`] after the
    /// [time limit of a fetch](crate::TimeLimits::fetch).
    pub async fn server_metadata(&self) -> Result<Option<Arc<ServerMetadata>>, Error> {
        self.endpoint().server_metadata().await
    }
}
