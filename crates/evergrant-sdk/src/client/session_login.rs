//! Sessions that a login operation opens.

use std::sync::Arc;
use std::time::Duration;

use evergrant::TimeLimits;
use evergrant::client_auth::PublicClient;
use evergrant::{BuildError, ClientCredentials, Token, TokenEndpoint, TokenManagerBuilder};

use super::Shared;
use super::token_managers::{Endpoints, SchemeTokens, SchemeTokensBuilder};
use crate::call::Dispatcher;
use crate::configuration::{Configuration, SchemeCredentials};
use crate::credentials::{Login, Scoping, SessionSource};
use crate::metadata::SchemeKind;

/// Time limit of a login, including the wait for the token of the login call.
const LOGIN_TIMEOUT: Duration = Duration::from_secs(30);

impl SchemeTokensBuilder<'_> {
    /// Creates the tokens of a session scheme with a login; `None` for other schemes. Logins are sent with `client`,
    /// which is this client without its sessions.
    pub(super) fn sessions(&self, index: usize, client: &Arc<Shared>) -> Result<Option<SchemeTokens>, BuildError> {
        let (described, scheme) = (
            &self.configuration.api.schemes[index],
            &self.configuration.schemes[index],
        );
        let Some(login) = login(self.configuration, index) else {
            return Ok(None);
        };
        let earlier = self
            .previous_on_same_connections
            .filter(|previous| previous.has_same_login(client))
            .and_then(|previous| {
                let tokens = previous.tokens.get(index)?.as_ref()?;
                let earlier = previous.configuration.schemes.get(index)?;
                earlier
                    .has_same_credentials(scheme)
                    .then_some((tokens, earlier.has_same_token(scheme)))
            });
        let manager = match earlier {
            Some((tokens, true)) => return Ok(Some(tokens.clone())),
            Some((tokens, false)) => tokens.manager().clone(),
            None => {
                let login = Arc::clone(login);
                let dispatcher = Dispatcher::new(Arc::<Shared>::clone(client));
                // Errors show the client id and the URL, which are therefore the scheme and the API. There is no token
                // endpoint.
                let url = self.servers.url(0).unwrap_or_default();
                let builder = ClientCredentials::builder(described.name, PublicClient).token_url(url);
                let builder = builder.time_limits(TimeLimits::new().fetch(LOGIN_TIMEOUT).wait(LOGIN_TIMEOUT));
                let builder =
                    builder.token_provider(move |_: Option<Token>, _: TokenEndpoint| login(dispatcher.clone()));
                let plaintext = self.configuration.plaintext.iter().cloned();
                plaintext
                    .fold(builder, TokenManagerBuilder::danger_allow_http_to)
                    .build(self.transport.clone())?
            }
        };
        let manager = match &scheme.token {
            Some(token) => manager.with_token((**token).clone())?,
            None => manager,
        };
        Ok(Some(SchemeTokens::new(manager, Scoping::Union, Endpoints::default())))
    }
}

impl Shared {
    /// Returns whether both clients send the same login: to the same server with the same credentials.
    fn has_same_login(&self, other: &Self) -> bool {
        let (one, two) = (&self.configuration, &other.configuration);
        let same_scheme = |index: usize| {
            is_session(one, index) || {
                let tokens = |shared: &Self| shared.tokens[index].as_ref().map(|tokens| tokens.endpoints.clone());
                one.schemes[index].is_same(&two.schemes[index]) && tokens(self) == tokens(other)
            }
        };
        let described_headers = |configuration: &Configuration| -> Vec<Option<String>> {
            let headers = configuration.described_headers.iter();
            headers
                .map(|header| header.as_ref().map(|value| value.expose().to_owned()))
                .collect()
        };
        self.servers == other.servers
            && one.headers == two.headers
            && described_headers(one) == described_headers(two)
            && one.origins == two.origins
            && one.fallback == two.fallback
            && (0..one.schemes.len()).all(same_scheme)
    }
}

fn is_session(configuration: &Configuration, index: usize) -> bool {
    matches!(configuration.api.schemes[index].kind, SchemeKind::Session { .. })
}

fn login(configuration: &Configuration, index: usize) -> Option<&Login> {
    match &configuration.schemes[index].credentials {
        Some(SchemeCredentials::Session(credentials)) if is_session(configuration, index) => {
            match &credentials.source {
                SessionSource::LogIn(login) => Some(login),
                SessionSource::Token(_) => None,
            }
        }
        _ => None,
    }
}
