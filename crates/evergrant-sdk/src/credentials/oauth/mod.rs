//! Credentials of OAuth schemes: the grant, the client, and the settings of the token manager.

mod any_grant;
mod getters;
mod grants;
mod settings;

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use evergrant::client_auth::ClientAuthMethod;
use evergrant::{Error, Grant, Scope, Scopes, Token, TokenEndpoint, TokenManagerBuilder, TokenProvider};

pub use self::any_grant::AnyGrant;
pub use self::grants::{OAuthGrant, Offers};
pub(crate) use self::settings::{Fetching, ManagerDefaults, OAuthSettings, Scoping};

/// The credentials of an OAuth scheme. Cloning is cheap.
///
/// `G` is the grant: [`ClientCredentials`](crate::ClientCredentials), [`Password`](crate::Password) or
/// [`AuthorizationCode`](crate::AuthorizationCode). Each grant has its own constructors and settings. [`AnyGrant`] is
/// for schemes that offer several grants. `S` is a marker type for the scheme, so that credentials of one scheme cannot
/// be passed to another. Generated crates define a marker type and a type alias for each scheme, as in this example:
///
/// ```
/// use std::time::Duration;
/// use evergrant_sdk::{ClientCredentials, OAuthCredentials};
///
/// #[derive(Debug)]
/// pub enum ShopScheme {}
/// pub type ShopCredentials = OAuthCredentials<ClientCredentials, ShopScheme>;
///
/// let credentials = ShopCredentials::new("client-id", "not-a-real-secret")
///     .scopes(["books.read", "orders.read"])
///     .clock_skew(Duration::from_secs(30))
///     .configure(|tokens| tokens.retries(4));
/// ```
///
/// Credentials of different schemes have different types:
/// ```compile_fail,E0308
/// use evergrant_sdk::{ClientCredentials, OAuthCredentials};
///
/// enum ShopScheme {}
/// enum BankScheme {}
/// type BankCredentials = OAuthCredentials<ClientCredentials, BankScheme>;
///
/// let shop: OAuthCredentials<ClientCredentials, ShopScheme> = BankCredentials::public("client-id");
/// ```
///
/// A setting that does not apply to the grant does not compile:
/// ```compile_fail,E0599
/// use evergrant::store::MemoryStore;
/// use evergrant_sdk::{AuthorizationCode, OAuthCredentials};
///
/// let user = <OAuthCredentials<AuthorizationCode>>::public("client-id", "http://127.0.0.1/callback");
/// let shared = user.store(MemoryStore::new());
/// ```
/// ```compile_fail,E0599
/// use evergrant_sdk::{AuthorizationCode, OAuthCredentials};
///
/// let user = <OAuthCredentials<AuthorizationCode>>::public("client-id", "http://127.0.0.1/callback");
/// let scoped = user.least_privilege();
/// ```
///
/// Each setter sets the [`TokenManagerBuilder`] setting of the same name: see there for the defaults.
/// [`configure`](Self::configure) changes all other settings of the builder.
pub struct OAuthCredentials<G, S = ()> {
    settings: OAuthSettings,
    marker: PhantomData<fn() -> (G, S)>,
}

impl<G, S> OAuthCredentials<G, S> {
    pub(crate) fn from_settings(settings: OAuthSettings) -> Self {
        Self {
            settings,
            marker: PhantomData,
        }
    }

    pub(crate) fn into_settings(self) -> OAuthSettings {
        self.settings
    }
}

impl<G: Grant, S> OAuthCredentials<G, S> {
    /// Sets the client authentication method at the token endpoint (RFC 6749 section 2.3). The default is the method in
    /// the API description. Clients with a key or an assertion are created with `with_client_auth`.
    #[must_use]
    pub fn client_auth(mut self, method: ClientAuthMethod) -> Self {
        self.settings.client_auth = Some(method);
        self
    }

    /// Adds scopes that token requests ask for. If no scopes are added, the authorization server grants its default
    /// scopes.
    #[must_use]
    pub fn scopes<T: Scope>(mut self, scopes: impl IntoIterator<Item = T>) -> Self {
        let scopes: Scopes = scopes.into_iter().collect();
        self.settings.scopes.extend(scopes.iter());
        self.configure(move |tokens| tokens.scopes(scopes.iter()))
    }

    /// Sets the initial token, for example one that the application stored. The client uses this token until it expires
    /// or the API rejects it. An initial token cannot be combined with `least_privilege`, which needs several tokens.
    ///
    /// A second client that is built from [`Core::settings`](crate::Core::settings) with other endpoints does not use
    /// the initial token. A second client with other credentials uses the initial token only if it has not been renewed
    /// yet, because its refresh token may be limited to a single use.
    #[must_use]
    pub fn token(mut self, token: Token) -> Self {
        self.settings.token = Some(Arc::new(token));
        self
    }

    /// Sets a token provider, which the application implements. The client calls the provider only when it has no
    /// token, or when its token has expired or was rejected. The provider receives the token endpoint, and can use it
    /// to fetch a token from the server. See [`TokenProvider`].
    #[must_use]
    pub fn token_provider(self, provider: impl TokenProvider) -> Self {
        let provider = Arc::new(provider);
        self.configure(move |tokens| tokens.token_provider(SharedProvider(Arc::clone(&provider))))
    }

    /// Sets a callback that receives each new token from a fetch, a renewal or the token provider, for example to store
    /// it.
    #[must_use]
    pub fn on_token_update(self, callback: impl Fn(Token) + Send + Sync + 'static) -> Self {
        let callback = Arc::new(callback);
        self.configure(move |tokens| {
            let callback = Arc::clone(&callback);
            tokens.on_token_update(move |token| callback(token))
        })
    }

    /// Sets the clock skew: a token is no longer used from this long before its expiry.
    #[must_use]
    pub fn clock_skew(mut self, skew: Duration) -> Self {
        self.settings.clock_skew = Some(skew);
        self.configure(move |tokens| tokens.clock_skew(skew))
    }

    /// Makes a fetch fail if the server grants fewer scopes than requested.
    #[must_use]
    pub fn strict_scopes(self) -> Self {
        self.configure(TokenManagerBuilder::strict_scopes)
    }

    /// Disables automatic fetching, so that only the application fetches tokens. A call without a token, or with an
    /// expired one, fails before anything is sent. Manual mode cannot be combined with `least_privilege`.
    #[must_use]
    pub fn manual(mut self) -> Self {
        self.settings.fetching = Fetching::Manual;
        self.configure(TokenManagerBuilder::manual)
    }

    /// Sets the issuer of the authorization server (RFC 8414 section 2). Its metadata has the endpoints, in place of
    /// those in the API description; see [`TokenManagerBuilder::issuer`]. The default is the issuer in the API
    /// description, if it has one. With a [`token_url`](Self::token_url), no metadata is fetched, and the issuer is the
    /// audience of client assertions.
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.settings.issuer = Some(issuer.into());
        self
    }

    /// Sets the URL of the token endpoint. The default is the endpoint in the API description.
    #[must_use]
    pub fn token_url(mut self, url: impl Into<String>) -> Self {
        self.settings.token_url = Some(url.into());
        self
    }

    /// Changes settings of the token manager for which this type has no setter, such as time limits, retries and
    /// additional parameters. `change` is called each time a client is built. For the initial token and manual mode,
    /// use [`token`](Self::token) and [`manual`](Self::manual) instead.
    #[must_use]
    pub fn configure(
        mut self,
        change: impl Fn(TokenManagerBuilder<G>) -> TokenManagerBuilder<G> + Send + Sync + 'static,
    ) -> Self {
        self.settings.change(Arc::new(change));
        self
    }
}

impl<G, S> Clone for OAuthCredentials<G, S> {
    fn clone(&self) -> Self {
        Self::from_settings(self.settings.clone())
    }
}

impl<G, S> fmt::Debug for OAuthCredentials<G, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.settings, f)
    }
}

/// A provider that is shared by all managers of these credentials.
struct SharedProvider<P>(Arc<P>);

impl<P: TokenProvider> TokenProvider for SharedProvider<P> {
    fn provide(
        &self,
        last: Option<Token>,
        endpoint: TokenEndpoint,
    ) -> impl Future<Output = Result<Token, Error>> + Send {
        self.0.provide(last, endpoint)
    }
}
