//! From settings to a token manager: the grant that they come to, how long each part may take, and where tokens come from.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use evergrant::{
    AuthorizationCode, ClientCredentials, ClientSecrets, CredentialProvider, Error, Exchange, Secret, Token,
    TokenManager, TokenManagerBuilder,
};
use evergrant_reqwest::Transport;

use super::{Settings, TIMEOUT};
use crate::connection::check_trust;
use crate::failure::Failure;
use crate::secret::SecretSource;
use crate::session::LOCK_LIMIT;
use crate::store::Sharing;
use crate::transport::LateTransport;

/// Of the flight's own error and the caller's, the flight's says more.
const AFTER_FLIGHT: Duration = Duration::from_secs(1);

impl Settings {
    /// Builds the manager, and reads the secret for it. With an authorization URL, its tokens are those of the user who has
    /// signed in.
    pub(crate) async fn into_tokens(mut self) -> Result<TokenManager, Failure> {
        if let Some(sharing) = self.sharing.take() {
            return self.into_shared(&sharing).await;
        }
        let session = self.session()?;
        let transport = self.transport()?;
        let client = self.client()?;
        let mut builder = self.set_up(client)?;
        if let Some(session) = session {
            builder = builder.token_provider(move |last: Option<Token>, exchange: Exchange| {
                let session = session.clone();
                async move { session.renew(last, exchange).await }
            });
        }
        Ok(builder.build(transport)?)
    }

    /// Builds a manager for a user to sign in with.
    pub(crate) fn into_sign_in(mut self, redirect_uri: &str) -> Result<TokenManager, Failure> {
        let transport = self.transport()?;
        let allow_missing_state = self.allow_missing_state;
        let authorization_url = self.authorization_url.clone();
        let params = std::mem::take(&mut self.authorization_params);
        let client = self.client()?;
        let mut builder = self.set_up(client)?.redirect_uri(redirect_uri);
        if allow_missing_state {
            builder = builder.danger_allow_missing_state();
        }
        if let Some(url) = authorization_url {
            builder = builder.authorization_url(url);
        }
        for (name, value) in params {
            builder = builder.authorization_param(name, value);
        }
        Ok(builder.build(transport)?)
    }

    /// A manager whose tokens are in a store. A user is asked for the secret only if it holds none that can be used.
    async fn into_shared(mut self, sharing: &Sharing) -> Result<TokenManager, Failure> {
        let given = LateSecret::default();
        let prompt = self
            .secret
            .take_if(|source| matches!(source, SecretSource::Prompt { .. }));
        let client = match prompt {
            Some(_) => ClientCredentials::with_credential_provider(self.client_id.clone(), given.clone()),
            None => self.client()?,
        };
        let (tasks, transport) = (self.tasks.clone(), LateTransport::new(self.connection.clone()));
        // Another process may fetch first, and be given up.
        let wait = self.timeout * 2 + sharing.operation_limit() * 5 + AFTER_FLIGHT * 2;
        let builder = sharing.of(self.set_up(client)?).runtime(tasks).max_wait(wait);
        let tokens = builder.build(transport)?;
        if let (Some(prompt), Some(key)) = (prompt, tokens.store_key())
            && !sharing.has_token(key).await
        {
            given.set(prompt.read()?);
        }
        Ok(tokens)
    }

    fn transport(&self) -> Result<Transport, Failure> {
        check_trust(&self.token_url)?;
        let connection = self.connection.within(self.attempt_timeout());
        Ok(Transport::from_builder(|| connection.http())?)
    }

    /// The grant, and who asks for it.
    fn client(&mut self) -> Result<TokenManagerBuilder, Failure> {
        let id = self.client_id.clone();
        Ok(match (&self.authorization_url, self.secret.take()) {
            (None, Some(source)) => ClientCredentials::new(id, source.read()?),
            (None, None) => ClientCredentials::public(id),
            (Some(_), Some(source)) => AuthorizationCode::new(id, source.read()?),
            (Some(_), None) => AuthorizationCode::public(id),
        })
    }

    fn set_up(self, client: TokenManagerBuilder) -> Result<TokenManagerBuilder, Failure> {
        let attempt_timeout = self.attempt_timeout();
        let flight_timeout = match self.authorization_url {
            Some(_) => attempt_timeout + LOCK_LIMIT,
            None => attempt_timeout,
        };
        let mut builder = client
            .token_url(self.token_url)
            .client_auth(self.auth)
            .scopes(self.scopes.iter())
            .token_endpoint_options(self.endpoint.into_options()?)
            // A person waits: one limit for all but the lock.
            .attempt_timeout(attempt_timeout)
            .flight_timeout(flight_timeout)
            .max_wait(flight_timeout + AFTER_FLIGHT);
        if let Some(audience) = self.audience {
            builder = builder.audience(audience);
        }
        for resource in self.resources {
            builder = builder.resource(resource);
        }
        for (name, value) in self.params {
            builder = builder.param(name, value);
        }
        for origin in self.plaintext {
            builder = builder.danger_allow_http_to(origin);
        }
        Ok(builder)
    }

    /// A request that is cut off may have used up the code or the refresh token all the same, so a user's gets its time.
    fn attempt_timeout(&self) -> Duration {
        match self.authorization_url {
            Some(_) => self.timeout.max(TIMEOUT),
            None => self.timeout,
        }
    }
}

/// The secret that a user is asked for, if it turns out to be needed.
#[derive(Clone, Default)]
struct LateSecret(Arc<OnceLock<Secret>>);

impl LateSecret {
    fn set(&self, secret: Secret) {
        // Asked for once.
        let _ = self.0.set(secret);
    }
}

impl CredentialProvider for LateSecret {
    /// Nobody is asked while others wait for the outcome: that takes longer than they have.
    async fn secrets(&self) -> Result<ClientSecrets, Error> {
        let secret = self.0.get().cloned().map(ClientSecrets::new);
        secret.ok_or_else(|| {
            Error::credential_provider(
                "the stored token cannot be used any more, and another one needs the client's secret; run the command again, and it is asked for",
            )
        })
    }
}
