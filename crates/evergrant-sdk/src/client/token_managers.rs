//! Token managers of OAuth schemes, created for this client or reused from the previous one.

use std::sync::Arc;

use evergrant::{BuildError, GrantKind, ScopedTokens, Scopes, SharedTransport, Token, TokenManager};

use super::Shared;
use super::server_urls::Servers;
use crate::configuration::{Configuration, SchemeCredentials, SchemeSettings};
use crate::credentials::{ManagerDefaults, OAuthSettings, Scoping};
use crate::metadata::{OAuth, SchemeKind};

/// The token manager of a scheme, with the settings that decide whether another client can reuse it.
#[derive(Clone)]
pub(super) struct SchemeTokens {
    manager: TokenManager,
    scoping: Scoping,
    scoped: ScopedTokens,
    pub(super) endpoints: Endpoints,
    /// The initial token of the manager.
    initial_token: Option<Arc<Token>>,
}

/// The endpoints that tokens come from.
#[derive(Clone, PartialEq, Default)]
pub(super) struct Endpoints {
    issuer: Option<String>,
    token_url: Option<String>,
    authorization_url: Option<String>,
}

impl SchemeTokens {
    pub(super) fn new(manager: TokenManager, scoping: Scoping, endpoints: Endpoints) -> Self {
        let scoped = match scoping {
            Scoping::Union => ScopedTokens::union(manager.clone()),
            Scoping::LeastPrivilege => ScopedTokens::least_privilege(manager.clone()),
        };
        Self {
            manager,
            scoping,
            scoped,
            endpoints,
            initial_token: None,
        }
    }

    fn with_initial_token(mut self, token: Option<Arc<Token>>) -> Self {
        self.initial_token = token;
        self
    }

    /// Returns whether this is the initial token, and no other token has been fetched since.
    fn still_uses(&self, token: &Arc<Token>) -> bool {
        let status = self.manager.status();
        let is_initial = self
            .initial_token
            .as_ref()
            .is_some_and(|initial| Arc::ptr_eq(initial, token));
        is_initial && status.tokens_fetched + status.tokens_adopted == 0 && !status.fetching
    }

    pub(super) fn manager(&self) -> &TokenManager {
        &self.manager
    }

    /// Returns the manager for an operation with these scopes. If all operations share one token, the application
    /// chooses the scopes of that token, and `scopes` is not used.
    pub(super) fn for_scopes(&self, scopes: &[&str]) -> Result<TokenManager, BuildError> {
        match self.scoping {
            Scoping::Union => Ok(self.manager.clone()),
            Scoping::LeastPrivilege => self.scoped.for_scopes(scopes),
        }
    }

    /// Returns the required scopes that are not requested for the token.
    pub(super) fn missing_scopes(&self, required: &Scopes) -> Scopes {
        match self.scoping {
            Scoping::Union => required.missing_from(self.manager.scopes()),
            Scoping::LeastPrivilege => Scopes::default(),
        }
    }
}

/// Creates the tokens of a client.
pub(super) struct SchemeTokensBuilder<'a> {
    pub(super) configuration: &'a Configuration,
    pub(super) servers: &'a Servers,
    pub(super) transport: SharedTransport,
    /// The client that the settings come from.
    pub(super) previous: Option<&'a Shared>,
    /// The previous client, if both use the same HTTP client and allow unencrypted requests to the same origins.
    pub(super) previous_on_same_connections: Option<&'a Shared>,
}

impl SchemeTokensBuilder<'_> {
    /// Creates or reuses the tokens of a scheme; `None` unless it is a configured OAuth scheme.
    pub(super) fn tokens(&self, index: usize) -> Result<Option<SchemeTokens>, BuildError> {
        let (described, scheme) = (
            &self.configuration.api.schemes[index],
            &self.configuration.schemes[index],
        );
        let (SchemeKind::OAuth(oauth), Some(SchemeCredentials::OAuth(credentials))) =
            (&described.kind, &scheme.credentials)
        else {
            return Ok(None);
        };
        let endpoints = self.endpoints(oauth, credentials)?;
        let previous = self.previous.and_then(|previous| {
            let tokens = previous.tokens.get(index)?.as_ref()?;
            Some((previous.configuration.schemes.get(index)?, tokens))
        });
        let same = previous.filter(|(earlier, tokens)| {
            // Other connections do not matter: they are no reason to fetch a token or to use a refresh token again.
            earlier.has_same_credentials(scheme) && tokens.endpoints == endpoints
        });
        let (manager, initial_token) = match same {
            Some((earlier, tokens)) if earlier.has_same_token(scheme) => return Ok(Some(tokens.clone())),
            Some((_, tokens)) => match &scheme.token {
                Some(token) => (tokens.manager.with_token((**token).clone())?, Some(Arc::clone(token))),
                None => (tokens.manager.clone(), tokens.initial_token.clone()),
            },
            None => {
                let initial_token = scheme
                    .initial_token()
                    .filter(|token| can_be_initial(token, previous, &endpoints));
                let manager = self.build(oauth, credentials, &endpoints, initial_token)?;
                (manager, initial_token.cloned())
            }
        };
        let tokens = SchemeTokens::new(manager, credentials.scoping, endpoints);
        Ok(Some(tokens.with_initial_token(initial_token)))
    }

    fn endpoints(&self, oauth: &OAuth, credentials: &OAuthSettings) -> Result<Endpoints, BuildError> {
        // An issuer of the application replaces the described endpoints.
        let flow = match credentials.issuer {
            None => oauth.flows.iter().find(|flow| flow.grant == credentials.grant),
            Some(_) => None,
        };
        let resolve = |setting, own: &Option<String>, described: Option<&str>| match (own, described) {
            (Some(url), _) => Ok(Some(url.clone())),
            (None, Some(url)) => self.servers.endpoint(self.configuration, setting, url).map(Some),
            (None, None) => Ok(None),
        };
        let token_url = flow.and_then(|flow| flow.token_url);
        let authorization_url = flow.and_then(|flow| flow.authorization_url);
        let issuer = match (&credentials.issuer, oauth.issuer) {
            (None, Some(described)) => {
                self.servers
                    .check_environment(self.configuration, "issuer", described)?;
                Some(described.to_owned())
            }
            (own, _) => own.clone(),
        };
        Ok(Endpoints {
            issuer,
            token_url: resolve("token_url", &credentials.token_url, token_url)?,
            authorization_url: match credentials.grant {
                GrantKind::AuthorizationCode => {
                    resolve("authorization_url", &credentials.authorization_url, authorization_url)?
                }
                _ => credentials.authorization_url.clone(),
            },
        })
    }

    fn build(
        &self,
        oauth: &OAuth,
        credentials: &OAuthSettings,
        endpoints: &Endpoints,
        initial_token: Option<&Arc<Token>>,
    ) -> Result<TokenManager, BuildError> {
        let defaults = ManagerDefaults {
            client_auth: oauth.client_auth,
            params: oauth.params,
            issuer: endpoints.issuer.as_deref(),
            token_url: endpoints.token_url.as_deref(),
            authorization_url: endpoints.authorization_url.as_deref(),
            initial_token: initial_token.map(|token| &**token),
            plaintext: &self.configuration.plaintext,
        };
        credentials.manager(&defaults, self.transport.clone())
    }
}

/// Returns whether a token can be the initial token. If the previous client had the same initial token, the token is
/// only valid for the same endpoints, and only until a newer token is fetched, because its refresh token may be used
/// up.
fn can_be_initial(
    token: &Arc<Token>,
    previous: Option<(&SchemeSettings, &SchemeTokens)>,
    endpoints: &Endpoints,
) -> bool {
    previous.is_none_or(|(earlier, tokens)| {
        let is_new = earlier
            .initial_token()
            .is_none_or(|initial| !Arc::ptr_eq(initial, token));
        is_new || tokens.endpoints == *endpoints && tokens.still_uses(token)
    })
}
