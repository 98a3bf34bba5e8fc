//! The settings of OAuth credentials, independent of the grant. They build the token manager.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use evergrant::client_auth::{ClientAuthMethod, PublicClient, SharedClientAuth};
use evergrant::origin::Origin;
use evergrant::{
    BuildError, Grant, GrantKind, Scopes, Secret, SharedTransport, Token, TokenManager, TokenManagerBuilder,
};

#[derive(Clone)]
pub(crate) struct OAuthSettings {
    pub(crate) grant: GrantKind,
    pub(super) client: ClientType,
    pub(super) identity: ClientIdentity,
    /// The client authentication method, if it differs from the described one.
    pub(super) client_auth: Option<ClientAuthMethod>,
    pub(super) scopes: Scopes,
    pub(super) clock_skew: Option<Duration>,
    pub(crate) issuer: Option<String>,
    pub(crate) token_url: Option<String>,
    pub(crate) authorization_url: Option<String>,
    pub(crate) scoping: Scoping,
    pub(crate) fetching: Fetching,
    /// The initial token.
    pub(crate) token: Option<Arc<Token>>,
    /// The [`ManagerFactory`] of the grant.
    factory: Arc<dyn ErasedFactory>,
}

/// Builds the manager of one grant: a function that creates the builder, and the changes of the application.
pub(super) struct ManagerFactory<G> {
    new_builder: Arc<NewBuilder<G>>,
    changes: Vec<Arc<Change<G>>>,
}

type NewBuilder<G> = dyn Fn(SharedClientAuth, Option<&str>) -> TokenManagerBuilder<G> + Send + Sync;

pub(super) type Change<G> = dyn Fn(TokenManagerBuilder<G>) -> TokenManagerBuilder<G> + Send + Sync;

/// A [`ManagerFactory`] as a trait object, whatever its type of grant.
trait ErasedFactory: Send + Sync {
    fn build(
        &self,
        auth: SharedClientAuth,
        defaults: &ManagerDefaults<'_>,
        transport: SharedTransport,
    ) -> Result<TokenManager, BuildError>;

    /// Returns whether the other factory is an unchanged clone of this one.
    fn is_same(&self, other: &dyn ErasedFactory) -> bool;

    fn as_any(&self) -> &dyn Any;
}

impl<G: Grant> ErasedFactory for ManagerFactory<G> {
    fn build(
        &self,
        auth: SharedClientAuth,
        defaults: &ManagerDefaults<'_>,
        transport: SharedTransport,
    ) -> Result<TokenManager, BuildError> {
        let mut builder = (self.new_builder)(auth, defaults.authorization_url);
        if let Some(token) = defaults.initial_token {
            builder = builder.token(token.clone());
        }
        if let Some(issuer) = defaults.issuer {
            builder = builder.issuer(issuer);
        }
        if let Some(url) = defaults.token_url {
            builder = builder.token_url(url);
        }
        for (name, value) in defaults.params {
            builder = match *name {
                "audience" => builder.audience(*value),
                "resource" => builder.resource(*value),
                name => builder.param(name, *value),
            };
        }
        let builder = self.changes.iter().fold(builder, |builder, change| change(builder));
        let plaintext = defaults.plaintext.iter().cloned();
        plaintext
            .fold(builder, TokenManagerBuilder::danger_allow_http_to)
            .build(transport)
    }

    fn is_same(&self, other: &dyn ErasedFactory) -> bool {
        let Some(other) = other.as_any().downcast_ref::<Self>() else {
            return false;
        };
        let mut pairs = self.changes.iter().zip(&other.changes);
        Arc::ptr_eq(&self.new_builder, &other.new_builder)
            && self.changes.len() == other.changes.len()
            && pairs.all(|(one, other)| Arc::ptr_eq(one, other))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// The identity of the client and the user. It contains no secrets.
#[derive(Clone, Default)]
pub(super) struct ClientIdentity {
    pub(super) client_id: String,
    pub(super) username: Option<String>,
    pub(super) redirect_uri: Option<String>,
}

/// The client type (RFC 6749 section 2.1), with the secret or the method of a confidential client.
#[derive(Debug, Clone)]
pub(super) enum ClientType {
    Confidential(Secret),
    WithMethod(SharedClientAuth),
    Public,
}

/// Whether operations with different scopes share one token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scoping {
    Union,
    LeastPrivilege,
}

/// Whether tokens are fetched automatically or by the application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fetching {
    Automatic,
    Manual,
}

/// Manager settings from the description and the client. Settings of the application take precedence.
pub(crate) struct ManagerDefaults<'a> {
    pub(crate) client_auth: ClientAuthMethod,
    /// Additional parameters of token requests, including `audience` and `resource`.
    pub(crate) params: &'a [(&'a str, &'a str)],
    pub(crate) issuer: Option<&'a str>,
    pub(crate) token_url: Option<&'a str>,
    pub(crate) authorization_url: Option<&'a str>,
    /// The initial token.
    pub(crate) initial_token: Option<&'a Token>,
    /// Origins that accept unencrypted requests.
    pub(crate) plaintext: &'a [Origin],
}

impl OAuthSettings {
    /// `new_builder` creates the builder from the client authentication and, for the authorization code grant, the
    /// authorization endpoint.
    pub(super) fn new<G: Grant>(
        (grant, client): (GrantKind, ClientType),
        identity: ClientIdentity,
        new_builder: impl Fn(SharedClientAuth, Option<&str>) -> TokenManagerBuilder<G> + Send + Sync + 'static,
    ) -> Self {
        Self {
            grant,
            client,
            identity,
            client_auth: None,
            scopes: Scopes::default(),
            clock_skew: None,
            issuer: None,
            token_url: None,
            authorization_url: None,
            scoping: Scoping::Union,
            fetching: Fetching::Automatic,
            token: None,
            factory: Arc::new(ManagerFactory {
                new_builder: Arc::new(new_builder),
                changes: Vec::new(),
            }),
        }
    }

    /// Adds a change to the manager settings. `G` must be the grant of these settings.
    pub(super) fn change<G: Grant>(&mut self, change: Arc<Change<G>>) {
        if let Some(factory) = self.factory.as_any().downcast_ref::<ManagerFactory<G>>() {
            let changes = factory.changes.iter().cloned().chain([change]);
            self.factory = Arc::new(ManagerFactory {
                new_builder: Arc::clone(&factory.new_builder),
                changes: changes.collect(),
            });
        }
    }

    /// Returns whether the other settings are an unchanged clone of these.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let same_token = match (&self.token, &other.token) {
            (None, None) => true,
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            _ => false,
        };
        self.factory.is_same(&*other.factory)
            && same_token
            && (self.client_auth, self.scoping, self.fetching) == (other.client_auth, other.scoping, other.fetching)
            && self.issuer == other.issuer
            && self.token_url == other.token_url
            && self.authorization_url == other.authorization_url
    }

    /// Whether a client authentication method for secrets is set, although the client has no secret.
    pub(crate) fn ignores_client_auth(&self) -> bool {
        self.client_auth.is_some() && !matches!(self.client, ClientType::Confidential(_))
    }

    /// Builds the token manager.
    pub(crate) fn manager(
        &self,
        defaults: &ManagerDefaults<'_>,
        transport: SharedTransport,
    ) -> Result<TokenManager, BuildError> {
        let auth = match &self.client {
            ClientType::Confidential(secret) => self.client_auth.unwrap_or(defaults.client_auth).with(secret.clone()),
            ClientType::WithMethod(auth) => auth.clone(),
            ClientType::Public => PublicClient.into(),
        };
        self.factory.build(auth, defaults, transport)
    }
}

impl fmt::Debug for OAuthSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuthCredentials")
            .field("grant", &self.grant)
            .field("client_id", &self.identity.client_id)
            .field("scoping", &self.scoping)
            .finish_non_exhaustive()
    }
}
