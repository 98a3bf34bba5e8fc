//! Builds a token manager from settings: grant, time limits and token source.

use std::time::Duration;

use evergrant::{TimeLimits, Token, TokenEndpoint, TokenManager};
use evergrant_reqwest::Transport;

use super::{Settings, TIMEOUT};
use crate::client_secret_input::SecretSource;
use crate::connection::check_trust;
use crate::failure::Failure;
use crate::user_token_file::LOCK_TIMEOUT;

/// How much longer a call waits than the fetch may take, so that it gets the fetch's own error, which is more specific.
pub(super) const WAIT_MARGIN: Duration = Duration::from_secs(1);

impl Settings {
    /// Reads the secret and builds the manager. If users sign in, the tokens are those of the signed-in user.
    pub(crate) async fn into_manager(mut self) -> Result<TokenManager, Failure> {
        #[cfg(feature = "store")]
        if let Some(sharing) = self.sharing.take() {
            return self.into_shared_manager(&sharing).await;
        }
        let transport = self.transport()?;
        let Some(session) = self.session()? else {
            self.read_secret()?;
            let builder = self.profile.client_credentials()?.time_limits(self.time_limits());
            return Ok(builder.build(transport)?);
        };
        self.read_secret()?;
        let mut profile = self.profile.clone();
        // Settings for a sign-in only.
        profile.authorization_url = None;
        profile.device_authorization_url = None;
        profile.grant_type = None;
        profile.authorization_params.clear();
        profile.allow_missing_state = false;
        profile.redirect_uri = None;
        let builder = profile.authorization_code()?.time_limits(self.time_limits());
        let builder = builder.token_provider(move |last: Option<Token>, endpoint: TokenEndpoint| {
            let session = session.clone();
            async move { session.renew(last, endpoint).await }
        });
        Ok(builder.build(transport)?)
    }

    /// Builds the manager for a sign-in.
    pub(crate) fn into_sign_in_manager(mut self, redirect_uri: &str) -> Result<TokenManager, Failure> {
        let transport = self.transport()?;
        self.read_secret()?;
        self.profile.redirect_uri = Some(redirect_uri.to_owned());
        let builder = self.profile.authorization_code()?.time_limits(self.time_limits());
        Ok(builder.build(transport)?)
    }

    /// Builds the manager for a sign-in on another device.
    pub(crate) fn into_device_manager(mut self) -> Result<TokenManager, Failure> {
        let transport = self.transport()?;
        self.read_secret()?;
        let builder = self.profile.device_authorization()?.time_limits(self.time_limits());
        Ok(builder.build(transport)?)
    }

    fn transport(&self) -> Result<Transport, Failure> {
        let server = self.profile.token_url.as_ref().or(self.profile.issuer.as_ref());
        check_trust(server.map_or("", String::as_str))?;
        let http = self.http.clone().with_timeout(self.attempt_timeout());
        Ok(Transport::from_builder(|| http.builder())?)
    }

    /// Reads the secret into the profile.
    pub(super) fn read_secret(&mut self) -> Result<(), Failure> {
        let secret = self.secret.take().map(SecretSource::read).transpose()?;
        self.profile.secret = secret.map(Into::into);
        Ok(())
    }

    /// The time limits. A person waits, so there is one limit for everything except the lock.
    pub(super) fn time_limits(&self) -> TimeLimits {
        let attempt = self.attempt_timeout();
        let fetch = match self.profile.has_sign_in() {
            true => attempt + LOCK_TIMEOUT,
            false => attempt,
        };
        TimeLimits::new()
            .attempt(attempt)
            .fetch(fetch)
            .wait(fetch + WAIT_MARGIN)
    }

    /// Maximum time of one token request. At least the default for a signed-in user: a request that is cut off may have
    /// used up the code or the refresh token.
    fn attempt_timeout(&self) -> Duration {
        match self.profile.has_sign_in() {
            true => self.timeout().max(TIMEOUT),
            false => self.timeout(),
        }
    }

    pub(super) fn timeout(&self) -> Duration {
        self.profile.timeout.unwrap_or(TIMEOUT)
    }
}
