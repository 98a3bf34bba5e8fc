//! Where a new token comes from: the application's token provider if it has one, the exchange otherwise.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use super::fleet::{Ask, Fleet, Obtained};
use crate::error::{CallbackError, CallbackKind, Error, TimeoutScope};
use crate::exchange::Exchange;
use crate::runtime::{BoxFuture, Timestamp};
use crate::scope::Scopes;
use crate::token::Token;

/// Gives tokens in place of the manager's own request: from a database, from another process, or from the exchange.
///
/// It is called only when the last token is missing, expired or refused by an API, with that last token and an
/// [`Exchange`] to ask the server with. It must not call the API through the client that waits for its token: that is
/// recognized and answered with [`Error::ProviderCycle`]. What is not recognized is a call in a task that the provider has spawned and waits
/// for, and two providers that wait for each other's clients while callers wait for both: these end after
/// [`max_wait`](crate::TokenManagerBuilder::max_wait), with an [`Error::Timeout`] that names the provider.
///
/// A provider with a store of its own ends in [`Exchange::use_or_renew`], for every grant: the stored token is used while it is
/// valid, and renewed otherwise, with its refresh token where it has one. Save new tokens with
/// [`on_token_update`](crate::TokenManagerBuilder::on_token_update).
///
/// Implemented for closures. One that captures something clones it for each call, `move |last, exchange| { let db =
/// db.clone(); async move { .. } }`; one that captures nothing may be an `async` closure:
/// ```
/// use evergrant::{ClientCredentials, Exchange, Token};
///
/// # async fn load_token_from_database() -> Option<Token> { None }
/// let builder = ClientCredentials::new("client-id", "not-a-real-secret")
///     .token_url("https://auth.example.com/oauth2/token")
///     .token_provider(async |last: Option<Token>, exchange: Exchange| {
///         exchange.use_or_renew(load_token_from_database().await, last).await
///     });
/// ```
pub trait TokenProvider: Send + Sync + 'static {
    /// A token that is valid now.
    ///
    /// A failure reaches the callers; wrap your own with [`Error::provider`]. The next call tries again.
    fn provide(&self, last: Option<Token>, exchange: Exchange) -> impl Future<Output = Result<Token, Error>> + Send;
}

impl<F, Fut> TokenProvider for F
where
    F: Fn(Option<Token>, Exchange) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Token, Error>> + Send,
{
    fn provide(&self, last: Option<Token>, exchange: Exchange) -> impl Future<Output = Result<Token, Error>> + Send {
        self(last, exchange)
    }
}

/// The object-safe twin of [`TokenProvider`].
trait DynTokenProvider: Send + Sync {
    fn provide(&self, last: Option<Token>, exchange: Exchange) -> BoxFuture<'_, Result<Token, Error>>;
}

impl<P: TokenProvider> DynTokenProvider for P {
    fn provide(&self, last: Option<Token>, exchange: Exchange) -> BoxFuture<'_, Result<Token, Error>> {
        Box::pin(TokenProvider::provide(self, last, exchange))
    }
}

#[derive(Clone)]
pub(crate) struct SharedTokenProvider(Arc<dyn DynTokenProvider>);

impl SharedTokenProvider {
    pub(crate) fn new(provider: impl TokenProvider) -> Self {
        Self(Arc::new(provider))
    }
}

/// What a flight asks for its token.
#[derive(Clone)]
pub(super) struct Source {
    pub(super) exchange: Exchange,
    pub(super) provider: Option<SharedTokenProvider>,
    /// The processes that share its tokens.
    pub(super) fleet: Option<Arc<Fleet>>,
}

impl Source {
    /// A token from another process of the fleet, or a new one.
    pub(super) async fn obtain(&self, ask: Ask) -> Obtained {
        match &self.fleet {
            // In a box, so that the flights of those without a fleet are no larger for it.
            Some(fleet) => Box::pin(fleet.obtain(ask, self)).await,
            None => match self.fetch(ask.last, ask.started).await {
                Ok(token) => Obtained::Fetched(token),
                Err(error) => Obtained::Failed(error),
            },
        }
    }

    /// A new token.
    pub(super) async fn fetch(&self, last: Option<Token>, started: Timestamp) -> Result<Token, Error> {
        let Some(provider) = &self.provider else {
            return self.exchange.renew(last.as_ref()).await;
        };
        let settings = self.exchange.settings();
        let limit = settings.flight_timeout;
        let exchange = self.exchange.replacing(last.as_ref());
        let token = settings
            .runtime
            .timeout(limit, provider.0.provide(last, exchange))
            .await;
        self.check(
            token.unwrap_or_else(|| Err(self.timeout(TimeoutScope::Flight, limit)))?,
            started,
        )
    }

    /// No token in time, and whoever was to give it.
    pub(super) fn timeout(&self, scope: TimeoutScope, limit: Duration) -> Error {
        let settings = self.exchange.settings();
        match self.provider {
            Some(_) => settings.timeout_of(Some(CallbackKind::TokenProvider), scope, limit),
            None => settings.timeout(scope, limit),
        }
    }

    pub(super) fn with_scopes(&self, scopes: Scopes) -> Self {
        let exchange = self.exchange.with_scopes(scopes);
        let fleet = self.fleet.as_ref();
        Self {
            fleet: fleet.map(|fleet| Arc::new(fleet.for_exchange(exchange.settings()))),
            exchange,
            provider: self.provider.clone(),
        }
    }

    /// For a user's own token, which is nobody else's.
    pub(super) fn without_fleet(&self) -> Self {
        Self {
            fleet: None,
            ..self.clone()
        }
    }

    /// Whether a token can be had without a user, now that this is the last one.
    pub(super) fn can_obtain(&self, last: Option<&Token>) -> bool {
        self.provider.is_some() || self.exchange.can_obtain(last)
    }

    /// Whether a request may use up what it shows, so that its answer is the only one there will be.
    pub(super) fn may_rotate(&self, last: Option<&Token>) -> bool {
        self.exchange.settings().grant.refreshes()
            && (self.provider.is_some()
                || self.fleet.is_some()
                || last.is_some_and(|last| last.refresh_token().is_some()))
    }

    /// For a renewal with time to spare, whose back-off is its retry.
    pub(super) fn without_retries(&self) -> Self {
        Self {
            exchange: self.exchange.without_retries(),
            ..self.clone()
        }
    }

    /// A provider's token must be usable; an expired one would be asked for again by every call.
    fn check(&self, token: Token, started: Timestamp) -> Result<Token, Error> {
        let now = self.exchange.settings().runtime.now();
        let fresh = token
            .requested_at()
            .is_some_and(|at| at.since_boot() >= started.since_boot());
        let expired = token.expires_at().is_some_and(|expiry| expiry <= now.wall())
            || token.expires_at().is_none() && token.expires_in() == Some(Duration::ZERO);
        if !token.access_token().fits_header() {
            Err(unusable("it gave a token that is empty or that no header can carry"))
        } else if expired && !fresh {
            Err(unusable("it gave a token that has already expired"))
        } else {
            Ok(token)
        }
    }
}

fn unusable(problem: &'static str) -> Error {
    Error::Callback(Arc::new(CallbackError::new(
        CallbackKind::TokenProvider,
        problem.into(),
    )))
}
