//! The trait for application code as the source of a manager's tokens.

use std::future::Future;
use std::sync::Arc;

use crate::error::Error;
use crate::runtime::BoxFuture;
use crate::token::Token;
use crate::token_endpoint::TokenEndpoint;

/// Application code as the source of a token manager's tokens. It may read a database, ask another process, or use the
/// token endpoint with additional logic.
///
/// The manager calls the provider when it has no token, or when its token has expired or was rejected by an API. It
/// passes its previous token, if there is one, and a [`TokenEndpoint`] for token requests.
///
/// A provider that stores tokens calls [`TokenEndpoint::use_or_renew`] with the stored token. With any grant, this
/// method returns the stored token while it is valid, and otherwise renews it. Save new tokens with
/// [`on_token_update`](crate::TokenManagerBuilder::on_token_update).
///
/// Closures implement this trait. A closure without captures can be an `async` closure, as in this example.
/// ```
/// use evergrant::{ClientCredentials, Token, TokenEndpoint};
///
/// # async fn load_token_from_database() -> Option<Token> { None }
/// let builder = ClientCredentials::builder("client-id", "not-a-real-secret")
///     .token_url("https://auth.example.com/oauth2/token")
///     .token_provider(async |last: Option<Token>, endpoint: TokenEndpoint| {
///         endpoint.use_or_renew(load_token_from_database().await, last).await
///     });
/// ```
/// A closure with captures clones them for each call:
/// `move |last, endpoint| { let db = db.clone(); async move { .. } }`.
///
/// # Cycles
/// A provider must not call the API through the client that waits for its token. Such a call fails with
/// [`Error::ProviderCycle`]. Two cycles are not detected: a call in a task that the provider spawns and waits for, and
/// two providers that wait for each other's clients, while callers wait for both. The calls in such a cycle end after
/// [`TimeLimits::wait`](crate::TimeLimits::wait) with an [`Error::Timeout`] that names the provider.
pub trait TokenProvider: Send + Sync + 'static {
    /// Returns a token that is valid now. `last` is the manager's previous token, which has expired or was rejected by
    /// an API. It is `None` if the manager has had no token yet.
    ///
    /// # Errors
    /// The calls that wait for the token get the error. Wrap other error types with [`Error::provider`]. The next call
    /// that needs a token calls the provider again.
    fn provide(
        &self,
        last: Option<Token>,
        endpoint: TokenEndpoint,
    ) -> impl Future<Output = Result<Token, Error>> + Send;
}

impl<F, Fut> TokenProvider for F
where
    F: Fn(Option<Token>, TokenEndpoint) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Token, Error>> + Send,
{
    fn provide(
        &self,
        last: Option<Token>,
        endpoint: TokenEndpoint,
    ) -> impl Future<Output = Result<Token, Error>> + Send {
        self(last, endpoint)
    }
}

/// The object-safe form of [`TokenProvider`].
trait DynTokenProvider: Send + Sync {
    fn provide(&self, last: Option<Token>, endpoint: TokenEndpoint) -> BoxFuture<'_, Result<Token, Error>>;
}

impl<P: TokenProvider> DynTokenProvider for P {
    fn provide(&self, last: Option<Token>, endpoint: TokenEndpoint) -> BoxFuture<'_, Result<Token, Error>> {
        Box::pin(TokenProvider::provide(self, last, endpoint))
    }
}

#[derive(Clone)]
pub(crate) struct SharedTokenProvider(Arc<dyn DynTokenProvider>);

impl SharedTokenProvider {
    pub(crate) fn new(provider: impl TokenProvider) -> Self {
        Self(Arc::new(provider))
    }

    pub(super) fn provide(&self, last: Option<Token>, endpoint: TokenEndpoint) -> BoxFuture<'_, Result<Token, Error>> {
        self.0.provide(last, endpoint)
    }
}
