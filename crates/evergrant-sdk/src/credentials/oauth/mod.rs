//! What entitles to an authorization server's tokens, and how they are looked after.

mod getters;
mod grants;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use evergrant::store::SharedStore;
use evergrant::{ClientAuth, Error, Exchange, Scope, Scopes, Token, TokenManagerBuilder, TokenProvider};

use crate::describe::Grant;

/// The credentials of an OAuth scheme. A cheap clone.
///
/// All but the constructors are settings of [`TokenManagerBuilder`], whose page has their defaults;
/// [`configure`](Self::configure) reaches the rest of them.
///
/// ```
/// use std::time::Duration;
/// use evergrant_sdk::OAuthCredentials;
///
/// let credentials = OAuthCredentials::client_credentials("client-id", "not-a-real-secret")
///     .scopes(["books.read", "orders.read"])
///     .clock_skew(Duration::from_secs(30))
///     .configure(|tokens| tokens.retries(4));
/// ```
#[derive(Clone)]
pub struct OAuthCredentials {
    pub(crate) grant: Grant,
    pub(crate) client: Client,
    identity: Identity,
    scopes: Scopes,
    clock_skew: Option<Duration>,
    pub(crate) token_url: Option<String>,
    pub(crate) authorization_url: Option<String>,
    scoping: Scoping,
    pub(crate) fetching: Fetching,
    /// To start from.
    pub(crate) token: Option<Arc<Token>>,
    start: Arc<dyn Fn() -> TokenManagerBuilder + Send + Sync>,
    changes: Vec<Arc<Change>>,
}

type Change = dyn Fn(TokenManagerBuilder) -> TokenManagerBuilder + Send + Sync;

/// Who asks for tokens, and for whom, without any secret.
#[derive(Clone, Default)]
struct Identity {
    client_id: String,
    username: Option<String>,
    redirect_uri: Option<String>,
}

/// Whether a client has a secret to authenticate with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Client {
    Confidential,
    Public,
}

/// How many tokens operations with different scopes make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scoping {
    Union,
    LeastPrivilege,
}

/// Who asks for tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fetching {
    Automatic,
    Manual,
}

impl OAuthCredentials {
    fn new(
        (grant, client): (Grant, Client),
        identity: Identity,
        start: impl Fn() -> TokenManagerBuilder + Send + Sync + 'static,
    ) -> Self {
        Self {
            grant,
            client,
            identity,
            scopes: Scopes::default(),
            clock_skew: None,
            token_url: None,
            authorization_url: None,
            scoping: Scoping::Union,
            fetching: Fetching::Automatic,
            token: None,
            start: Arc::new(start),
            changes: Vec::new(),
        }
    }

    /// How the client authenticates at the token endpoint, in place of what the description says.
    #[must_use]
    pub fn client_auth(self, auth: ClientAuth) -> Self {
        self.configure(move |tokens| tokens.client_auth(auth))
    }

    /// Adds scopes to ask for. Without any, none are named, and the server gives what it gives by default.
    #[must_use]
    pub fn scopes<S: Scope>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        let scopes: Scopes = scopes.into_iter().collect();
        self.scopes.extend(scopes.iter());
        self.configure(move |tokens| tokens.scopes(scopes.iter()))
    }

    /// Starts from a token that was stored earlier. Not with [`least_privilege`](Self::least_privilege), whose tokens are several.
    ///
    /// A client that is made of this one with other endpoints does not start from it, nor does one with other credentials, once it
    /// has been renewed: its refresh token may be good for one use alone.
    #[must_use]
    pub fn token(mut self, token: Token) -> Self {
        self.token = Some(Arc::new(token));
        self
    }

    /// Takes tokens from the application; see [`TokenProvider`].
    #[must_use]
    pub fn token_provider(self, provider: impl TokenProvider) -> Self {
        let provider = Arc::new(provider);
        self.configure(move |tokens| tokens.token_provider(Shared(Arc::clone(&provider))))
    }

    /// Calls back with each new token from a fetch, a renewal or the provider.
    #[must_use]
    pub fn on_token_update(self, callback: impl Fn(Token) + Send + Sync + 'static) -> Self {
        let callback = Arc::new(callback);
        self.configure(move |tokens| {
            let callback = Arc::clone(&callback);
            tokens.on_token_update(move |token| callback(token))
        })
    }

    /// How long before its expiry a token is no longer served.
    #[must_use]
    pub fn clock_skew(mut self, skew: Duration) -> Self {
        self.clock_skew = Some(skew);
        self.configure(move |tokens| tokens.clock_skew(skew))
    }

    /// Shares tokens with other processes; see [`TokenManagerBuilder::store`]. Not for the authorization code grant, whose tokens are
    /// a user's own.
    ///
    /// ```
    /// use evergrant::store::MemoryStore;
    /// use evergrant_sdk::OAuthCredentials;
    ///
    /// let credentials = OAuthCredentials::client_credentials("client-id", "not-a-real-secret").store(MemoryStore::new());
    /// ```
    #[must_use]
    pub fn store(self, store: impl Into<SharedStore>) -> Self {
        let store = store.into();
        self.configure(move |tokens| tokens.store(store.clone()))
    }

    /// Makes it an error when the server grants fewer scopes than asked for.
    #[must_use]
    pub fn strict_scopes(self) -> Self {
        self.configure(TokenManagerBuilder::strict_scopes)
    }

    /// One token for each distinct set of scopes that operations need, in place of one token for all of them. Means nothing to
    /// the authorization code grant, where a user signs in for one set of scopes.
    ///
    /// Not with [`manual`](Self::manual) or a [`token`](Self::token) to start from: the application has one token to give.
    #[must_use]
    pub fn least_privilege(mut self) -> Self {
        self.scoping = Scoping::LeastPrivilege;
        self
    }

    /// Leaves fetching to the application: calls without a token, or with an expired one, fail before anything is sent. Not with
    /// [`least_privilege`](Self::least_privilege).
    #[must_use]
    pub fn manual(mut self) -> Self {
        self.fetching = Fetching::Manual;
        self.configure(TokenManagerBuilder::manual)
    }

    /// The token endpoint, in place of that of the description.
    #[must_use]
    pub fn token_url(mut self, url: impl Into<String>) -> Self {
        self.token_url = Some(url.into());
        self
    }

    /// The authorization endpoint, in place of that of the description.
    #[must_use]
    pub fn authorization_url(mut self, url: impl Into<String>) -> Self {
        self.authorization_url = Some(url.into());
        self
    }

    /// Changes any setting that tokens have; [`token`](Self::token) and [`manual`](Self::manual) are better said by their own
    /// names. Called once for each time that a client is built.
    #[must_use]
    pub fn configure(
        mut self,
        change: impl Fn(TokenManagerBuilder) -> TokenManagerBuilder + Send + Sync + 'static,
    ) -> Self {
        self.changes.push(Arc::new(change));
        self
    }

    /// A user signs in for one set of scopes.
    pub(crate) fn scoping(&self) -> Scoping {
        match self.grant {
            Grant::AuthorizationCode => Scoping::Union,
            _ => self.scoping,
        }
    }

    /// A clone of the other, nothing having been said since.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let same_token = match (&self.token, &other.token) {
            (None, None) => true,
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            _ => false,
        };
        let same_changes = || {
            let mut pairs = self.changes.iter().zip(&other.changes);
            self.changes.len() == other.changes.len() && pairs.all(|(one, other)| Arc::ptr_eq(one, other))
        };
        Arc::ptr_eq(&self.start, &other.start)
            && same_token
            && same_changes()
            && (self.scoping, self.fetching) == (other.scoping, other.fetching)
            && self.token_url == other.token_url
            && self.authorization_url == other.authorization_url
    }

    /// Starts a manager's settings; `described` puts in what the description says, which the application's own go above.
    pub(crate) fn builder(
        &self,
        described: impl FnOnce(TokenManagerBuilder) -> TokenManagerBuilder,
    ) -> TokenManagerBuilder {
        let start = described((self.start)());
        self.changes.iter().fold(start, |tokens, change| change(tokens))
    }
}

impl fmt::Debug for OAuthCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuthCredentials")
            .field("grant", &self.grant)
            .field("client", &self.client)
            .field("scoping", &self.scoping)
            .finish_non_exhaustive()
    }
}

/// One provider for all managers that are built of these credentials.
struct Shared<P>(Arc<P>);

impl<P: TokenProvider> TokenProvider for Shared<P> {
    fn provide(&self, last: Option<Token>, exchange: Exchange) -> impl Future<Output = Result<Token, Error>> + Send {
        self.0.provide(last, exchange)
    }
}
