//! Sessions that a login operation opens.

use std::sync::Arc;
use std::time::Duration;

use evergrant::{BuildError, ClientCredentials, Exchange, Token};

use super::tokens::{Endpoints, Tokens, Workshop};
use super::{Core, Shared};
use crate::Settings;
use crate::credentials::{Login, Scoping, Start};
use crate::describe::SchemeKind;
use crate::settings::Given;

/// A login is a call like any other, and may have to wait for a token of its own.
const LONGEST_LOGIN: Duration = Duration::from_secs(30);

impl Workshop<'_> {
    /// The session tokens of a scheme, if it is a session scheme whose sessions are opened by logging in. `client` is the one to
    /// log in with: this one without its sessions.
    pub(super) fn sessions(&self, index: usize, client: &Arc<Shared>) -> Result<Option<Tokens>, BuildError> {
        let (described, scheme) = (&self.settings.api.schemes[index], &self.settings.schemes[index]);
        let Some(login) = login(self.settings, index) else {
            return Ok(None);
        };
        let earlier = self
            .previous
            .filter(|previous| previous.logs_in_like(client))
            .and_then(|previous| {
                let tokens = previous.tokens.get(index)?.as_ref()?;
                let earlier = previous.settings.schemes.get(index)?;
                earlier
                    .has_same_credentials(scheme)
                    .then_some((tokens, earlier.has_same_token(scheme)))
            });
        let manager = match earlier {
            Some((tokens, true)) => return Ok(Some(tokens.clone())),
            Some((tokens, false)) => tokens.manager().clone(),
            None => {
                let (login, core) = (Arc::clone(login), Core::over(Arc::clone(client)));
                // Named after the scheme and the API, which is what errors show; nothing is asked of a token endpoint.
                let url = self.servers.url(0).unwrap_or_default();
                let builder = ClientCredentials::public(described.name).token_url(url);
                let builder = builder.flight_timeout(LONGEST_LOGIN).max_wait(LONGEST_LOGIN);
                let builder = builder.token_provider(move |_: Option<Token>, _: Exchange| login(core.clone()));
                self.safely(builder).build(self.transport.clone())?
            }
        };
        let manager = match &scheme.token {
            Some(token) => manager.with_token((**token).clone())?,
            None => manager,
        };
        Ok(Some(Tokens::new(manager, Scoping::Union, Endpoints::default())))
    }
}

impl Shared {
    /// Whether a login is the same call with this client as with the other: to the same place with the same credentials.
    fn logs_in_like(&self, other: &Self) -> bool {
        let (one, two) = (&self.settings, &other.settings);
        let same_scheme = |index: usize| {
            is_session(one, index) || {
                let tokens = |shared: &Self| shared.tokens[index].as_ref().map(|tokens| tokens.endpoints.clone());
                one.schemes[index].is_same(&two.schemes[index]) && tokens(self) == tokens(other)
            }
        };
        let exposed = |settings: &Settings| -> Vec<Option<String>> {
            let headers = settings.described_headers.iter();
            headers
                .map(|header| header.as_ref().map(|value| value.expose().to_owned()))
                .collect()
        };
        self.servers == other.servers
            && one.headers == two.headers
            && exposed(one) == exposed(two)
            && one.origins == two.origins
            && one.fallback == two.fallback
            && (0..one.schemes.len()).all(same_scheme)
    }
}

fn is_session(settings: &Settings, index: usize) -> bool {
    matches!(settings.api.schemes[index].kind, SchemeKind::Session { .. })
}

fn login(settings: &Settings, index: usize) -> Option<&Login> {
    match &settings.schemes[index].given {
        Some(Given::Session(given)) if is_session(settings, index) => match &given.start {
            Start::LogIn(login) => Some(login),
            Start::Token(_) => None,
        },
        _ => None,
    }
}
