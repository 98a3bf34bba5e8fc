//! The tokens of OAuth schemes: made for this client, or taken over from the one that it came from.

use std::sync::Arc;

use evergrant::SharedTransport;
use evergrant::{BuildError, ClientAuth, ScopedTokens, Scopes, Token, TokenManager, TokenManagerBuilder};

use super::Shared;
use super::servers::Servers;
use crate::credentials::{Client, Scoping};
use crate::describe::{self, Grant, OAuth, SchemeKind};
use crate::settings::{Given, Scheme};
use crate::{OAuthCredentials, Settings};

#[derive(Clone)]
pub(super) struct Tokens {
    manager: TokenManager,
    scoping: Scoping,
    scoped: ScopedTokens,
    pub(super) endpoints: Endpoints,
    /// What the manager started from.
    start: Option<Arc<Token>>,
}

/// Where the tokens come from.
#[derive(Clone, PartialEq, Default)]
pub(super) struct Endpoints {
    token_url: Option<String>,
    authorization_url: Option<String>,
}

impl Tokens {
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
            start: None,
        }
    }

    fn starting_from(mut self, token: Option<Arc<Token>>) -> Self {
        self.start = token;
        self
    }

    /// Whether it started from this token, and has asked for no other since.
    fn is_still_at(&self, token: &Arc<Token>) -> bool {
        let status = self.manager.status();
        let started = self.start.as_ref().is_some_and(|start| Arc::ptr_eq(start, token));
        started && status.tokens_obtained + status.tokens_adopted == 0 && !status.fetching
    }

    pub(super) fn manager(&self) -> &TokenManager {
        &self.manager
    }

    /// One token for everything is asked for with what the application says, whatever an operation needs.
    pub(super) fn for_scopes(&self, scopes: &[&str]) -> Result<TokenManager, BuildError> {
        match self.scoping {
            Scoping::Union => Ok(self.manager.clone()),
            Scoping::LeastPrivilege => self.scoped.for_scopes(scopes),
        }
    }

    pub(super) fn lacking(&self, needed: &Scopes) -> Scopes {
        match self.scoping {
            Scoping::Union => needed.missing_from(self.manager.scopes()),
            Scoping::LeastPrivilege => Scopes::default(),
        }
    }
}

/// What tokens of this client are made with.
pub(super) struct Workshop<'a> {
    pub(super) settings: &'a Settings,
    pub(super) servers: &'a Servers,
    pub(super) transport: SharedTransport,
    /// The client that this one came from.
    pub(super) before: Option<&'a Shared>,
    /// The same, if both go over the same HTTP client and send unencrypted to the same origins.
    pub(super) previous: Option<&'a Shared>,
}

impl Workshop<'_> {
    /// Those of a scheme, if it is an OAuth scheme that is configured.
    pub(super) fn tokens(&self, index: usize) -> Result<Option<Tokens>, BuildError> {
        let (described, scheme) = (&self.settings.api.schemes[index], &self.settings.schemes[index]);
        let (SchemeKind::OAuth(oauth), Some(Given::OAuth(credentials))) = (&described.kind, &scheme.given) else {
            return Ok(None);
        };
        let endpoints = self.endpoints(oauth, credentials)?;
        let before = self.before.and_then(|before| {
            let tokens = before.tokens.get(index)?.as_ref()?;
            Some((before.settings.schemes.get(index)?, tokens))
        });
        let same = before.filter(|(earlier, tokens)| {
            // Over whichever connections: a token is not had twice, nor a refresh token used twice, for those.
            earlier.has_same_credentials(scheme) && tokens.endpoints == endpoints
        });
        let (manager, start) = match same {
            Some((earlier, tokens)) if earlier.has_same_token(scheme) => return Ok(Some(tokens.clone())),
            Some((_, tokens)) => match &scheme.token {
                Some(token) => (tokens.manager.with_token((**token).clone())?, Some(Arc::clone(token))),
                None => (tokens.manager.clone(), tokens.start.clone()),
            },
            None => {
                let start = scheme.start().filter(|token| is_good(token, before, &endpoints));
                let manager = self.build(oauth, credentials, &endpoints, start)?;
                (manager, start.cloned())
            }
        };
        let tokens = Tokens::new(manager, credentials.scoping(), endpoints);
        Ok(Some(tokens.starting_from(start)))
    }

    fn endpoints(&self, oauth: &OAuth, credentials: &OAuthCredentials) -> Result<Endpoints, BuildError> {
        let flow = oauth.flows.iter().find(|flow| flow.grant == credentials.grant);
        let resolve = |setting, own: &Option<String>, described: Option<&str>| match (own, described) {
            (Some(url), _) => Ok(Some(url.clone())),
            (None, Some(url)) => self.servers.endpoint(self.settings, setting, url).map(Some),
            (None, None) => Ok(None),
        };
        let token_url = flow.map(|flow| flow.token_url);
        let authorization_url = flow.and_then(|flow| flow.authorization_url);
        Ok(Endpoints {
            token_url: resolve("token_url", &credentials.token_url, token_url)?,
            authorization_url: match credentials.grant {
                Grant::AuthorizationCode => {
                    resolve("authorization_url", &credentials.authorization_url, authorization_url)?
                }
                _ => credentials.authorization_url.clone(),
            },
        })
    }

    fn build(
        &self,
        oauth: &OAuth,
        credentials: &OAuthCredentials,
        endpoints: &Endpoints,
        start: Option<&Arc<Token>>,
    ) -> Result<TokenManager, BuildError> {
        let builder = credentials.builder(|mut builder| {
            if let Some(token) = start {
                builder = builder.token((**token).clone());
            }
            if credentials.client == Client::Confidential {
                builder = builder.client_auth(match oauth.client_auth {
                    describe::ClientAuth::Basic => ClientAuth::Basic,
                    describe::ClientAuth::BasicRaw => ClientAuth::BasicRaw,
                    describe::ClientAuth::Post => ClientAuth::Post,
                });
            }
            if let Some(url) = &endpoints.token_url {
                builder = builder.token_url(url);
            }
            if let Some(url) = &endpoints.authorization_url {
                builder = builder.authorization_url(url);
            }
            oauth.params.iter().fold(builder, |builder, (name, value)| match *name {
                "audience" => builder.audience(*value),
                "resource" => builder.resource(*value),
                name => builder.param(name, *value),
            })
        });
        self.safely(builder).build(self.transport.clone())
    }

    /// With the origins that may be reached without encryption.
    pub(super) fn safely(&self, builder: TokenManagerBuilder) -> TokenManagerBuilder {
        let origins = self.settings.plaintext.iter().cloned();
        origins.fold(builder, TokenManagerBuilder::danger_allow_http_to)
    }
}

/// Whether a token may be started from: one that the client before had as well is good for the same endpoints alone, and, as its
/// refresh token may be spent, only as long as there is no newer one.
fn is_good(token: &Arc<Token>, before: Option<(&Scheme, &Tokens)>, endpoints: &Endpoints) -> bool {
    before.is_none_or(|(earlier, tokens)| {
        let is_new = earlier.start().is_none_or(|had| !Arc::ptr_eq(had, token));
        is_new || tokens.endpoints == *endpoints && tokens.is_still_at(token)
    })
}
