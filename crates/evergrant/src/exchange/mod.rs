//! One token from the server: grant, client authentication and endpoint put together, sent, retried and read.

mod attempts;
mod credentials;
mod encoding;
mod form;
mod headers;
mod located;
mod options;
mod refusal;
mod renewal;
mod request;
mod response;

use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::HeaderMap;
use url::Url;

pub(crate) use self::attempts::RetryPolicy;
pub use self::credentials::{ClientSecrets, CredentialProvider};
pub(crate) use self::credentials::{CredentialSource, Credentials, SharedCredentialProvider};
pub(crate) use self::form::{Form, may_repeat};
pub use self::options::TokenEndpointOptions;
use crate::client_auth::ClientAuth;
use crate::error::{
    CallbackKind, ClientContext, Error, OAuthProviderError, SignInRequired, TimeoutError, TimeoutScope,
};
use crate::grant::Grant;
use crate::origin::PlaintextPolicy;
use crate::runtime::{SharedRuntime, Timestamp};
use crate::transport::SharedTransport;
use crate::{Scopes, Token};

/// The way to the token endpoint, as a token provider is given it: cheap to clone, and everything that the manager is
/// configured with (client, scopes, parameters, retries) applies.
#[derive(Clone)]
pub struct Exchange {
    settings: Arc<Settings>,
    /// Shared by the clones, and with the flight that may raise it when callers come to depend on it.
    retries: Arc<AtomicU32>,
    /// The token that a provider is to replace.
    last: Option<Token>,
}

/// What one exchange needs to know; all of it stays the same from renewal to renewal.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) client: Arc<ClientContext>,
    pub(crate) endpoint: Url,
    pub(crate) plaintext: PlaintextPolicy,
    pub(crate) client_id: String,
    pub(crate) auth: ClientAuth,
    pub(crate) credentials: Arc<Credentials>,
    pub(crate) grant: Grant,
    pub(crate) scopes: Scopes,
    pub(crate) parameters: Vec<(String, String)>,
    pub(crate) options: TokenEndpointOptions,
    /// Those that the options add.
    pub(crate) headers: HeaderMap,
    pub(crate) scope_policy: ScopePolicy,
    pub(crate) attempt_timeout: Duration,
    pub(crate) flight_timeout: Duration,
    pub(crate) retries: RetryPolicy,
    pub(crate) transport: SharedTransport,
    pub(crate) runtime: SharedRuntime,
    pub(crate) closed: Arc<Closed>,
}

/// What happens when fewer scopes are granted than asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScopePolicy {
    Warn,
    Strict,
}

/// The server asked us to stay away until then: nothing is sent, whoever asks.
#[derive(Default)]
pub(crate) struct Closed(Mutex<Option<(Timestamp, Error)>>);

impl Exchange {
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            retries: Arc::new(AtomicU32::new(settings.retries.retries)),
            settings: Arc::new(settings),
            last: None,
        }
    }

    /// The same way, for a provider that replaces this token.
    pub(crate) fn replacing(&self, last: Option<&Token>) -> Self {
        Self {
            last: last.cloned(),
            ..self.clone()
        }
    }

    /// The same way, gone once: for those who come back by themselves.
    pub(crate) fn without_retries(&self) -> Self {
        Self {
            settings: Arc::clone(&self.settings),
            retries: Arc::default(),
            last: self.last.clone(),
        }
    }

    /// Takes [`without_retries`](Self::without_retries) back, for what is under way too.
    pub(crate) fn allow_retries(&self) {
        self.retries.fetch_max(self.settings.retries.retries, Ordering::Relaxed);
    }

    /// The same way, for other scopes.
    pub(crate) fn with_scopes(&self, scopes: Scopes) -> Self {
        Self::new(Settings {
            scopes,
            ..Settings::clone(&self.settings)
        })
    }

    /// The scopes that it asks for, which are those of the manager that it belongs to.
    #[must_use]
    pub fn scopes(&self) -> &Scopes {
        &self.settings.scopes
    }

    /// Asks the authorization server for a token, with retries for transient failures.
    ///
    /// The authorization code grant gives no token without a user. There, an exchange that a [token
    /// provider](crate::TokenProvider) was given renews the provider's last token, as [`renew`](Self::renew) does.
    ///
    /// # Errors
    /// As described at [`Error`]. While the server's `Retry-After` lasts, its error is returned again and nothing is sent.
    /// [`Error::SignInRequired`] for the authorization code grant, when there is no refresh token or the server refuses it.
    pub async fn fetch_token(&self) -> Result<Token, Error> {
        self.replace(None).await
    }

    /// Exchanges a code, which is good for one attempt.
    #[cfg(feature = "sign-in")]
    pub(crate) async fn redeem(&self, entitlement: &crate::grant::Entitlement) -> Result<Token, Error> {
        self.in_time(attempts::run(&self.settings, entitlement, &AtomicU32::new(0)))
            .await
    }

    async fn ask_anew(&self) -> Result<Token, Error> {
        match self.settings.grant.entitlement() {
            Some(entitlement) => attempts::run(&self.settings, &entitlement, &self.retries).await,
            None => Err(self.settings.sign_in_required(None)),
        }
    }

    async fn in_time(&self, asking: impl Future<Output = Result<Token, Error>>) -> Result<Token, Error> {
        let settings = &*self.settings;
        if let Some(error) = settings.closed.error(settings.runtime.now()) {
            return Err(error);
        }
        let limit = settings.flight_timeout;
        match settings.runtime.timeout(limit, asking).await {
            Some(outcome) => outcome,
            None => Err(settings.timeout(TimeoutScope::Flight, limit)),
        }
    }

    /// Whether a token can be had without a user, now that this is the last one.
    pub(crate) fn can_obtain(&self, last: Option<&Token>) -> bool {
        let refresh_token = last.and_then(Token::refresh_token);
        self.settings.grant.entitlement().is_some() || refresh_token.is_some()
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Whether the application's credentials are others than those that the server refused.
    pub(crate) async fn credentials_changed(&self) -> bool {
        let settings = &*self.settings;
        let check = settings.credentials.changed_since_refusal();
        settings.runtime.timeout(settings.attempt_timeout, check).await == Some(true)
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("client", &self.settings.client)
            .field("grant", &self.settings.grant)
            .field("auth", &self.settings.auth)
            .field("scopes", &self.settings.scopes)
            .finish_non_exhaustive()
    }
}

impl Settings {
    fn sign_in_required(&self, refusal: Option<Arc<OAuthProviderError>>) -> Error {
        let client = Arc::clone(&self.client);
        Error::SignInRequired(Arc::new(SignInRequired { client, refusal }))
    }

    /// No token from the server in time.
    pub(crate) fn timeout(&self, scope: TimeoutScope, limit: Duration) -> Error {
        let asked = self
            .credentials
            .can_change()
            .then_some(CallbackKind::CredentialProvider);
        self.timeout_of(asked, scope, limit)
    }

    /// No token in time; `asked` had a part in it, as far as is known.
    pub(crate) fn timeout_of(&self, asked: Option<CallbackKind>, scope: TimeoutScope, limit: Duration) -> Error {
        Error::Timeout(Arc::new(TimeoutError {
            client: Arc::clone(&self.client),
            scope,
            limit,
            asked,
        }))
    }
}

impl Closed {
    /// For how much longer.
    pub(crate) fn left(&self, now: Timestamp) -> Duration {
        let closed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        closed
            .as_ref()
            .map_or(Duration::ZERO, |(until, _)| until.elapsed_since(now))
    }

    fn error(&self, now: Timestamp) -> Option<Error> {
        let mut closed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*closed {
            Some((until, error)) if now.since_boot() < until.since_boot() => Some(error.clone()),
            _ => {
                *closed = None;
                None
            }
        }
    }

    pub(crate) fn close(&self, now: Timestamp, error: &Error) {
        let Some(until) = error.retry_after().map(|wait| now.plus(wait)) else {
            return;
        };
        let mut closed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if closed
            .as_ref()
            .is_none_or(|(last, _)| last.since_boot() < until.since_boot())
        {
            *closed = Some((until, error.clone()));
        }
    }
}
