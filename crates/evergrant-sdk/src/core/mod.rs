//! A built client: for each requirement and server a way to send calls, all over the same connections.

mod build;
mod check;
mod getters;
mod keys;
mod schemes;
mod servers;
mod session;
mod tokens;

use std::fmt;
use std::sync::{Arc, OnceLock};

use evergrant::{Authorizer, Scopes, TokenManager};
use http::{HeaderName, HeaderValue};

use self::servers::Servers;
use self::tokens::Tokens;
use crate::describe::{Need, Operation};
use crate::{Call, Error, Settings};

/// A built client, on which generated ones stand. A cheap clone.
#[derive(Clone)]
pub struct Core {
    shared: Arc<Shared>,
}

pub(crate) struct Shared {
    /// As given, without the client that they came from.
    pub(crate) settings: Settings,
    servers: Servers,
    /// A client without credentials for each server whose URL is known; all send over the same connections.
    clients: Vec<Option<evergrant_reqwest::Client>>,
    /// For each scheme that is configured and has tokens to look after.
    tokens: Vec<Option<Tokens>>,
    /// For each requirement.
    authorizers: Vec<Authorizer>,
    /// For each requirement and server, made when first used.
    lanes: Vec<OnceLock<evergrant_reqwest::Client>>,
}

impl Core {
    pub(crate) fn over(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Starts a call of an operation.
    pub fn request(&self, operation: &'static Operation) -> Call {
        Call::new(self.clone(), operation)
    }

    /// The settings that it was built with. A client that is built of them shares what they have in common.
    #[must_use]
    pub fn settings(&self) -> Settings {
        Settings::of(&self.shared)
    }

    /// The tokens of an OAuth scheme, or of a session that is opened by logging in, if it is configured.
    #[must_use]
    pub fn manager(&self, scheme: usize) -> Option<&TokenManager> {
        Some(self.shared.tokens.get(scheme)?.as_ref()?.manager())
    }

    /// Where calls to a server go, if that is known.
    #[must_use]
    pub fn server_url(&self, server: usize) -> Option<&str> {
        self.shared.servers.url(server).ok()
    }

    /// A header of every call.
    pub(crate) fn header(&self, name: &HeaderName) -> Option<&HeaderValue> {
        self.shared.settings.headers.get(name)
    }

    /// The client that sends an operation's calls.
    pub(crate) fn lane(&self, operation: &Operation) -> Result<&evergrant_reqwest::Client, Error> {
        let shared = &*self.shared;
        shared.servers.url(operation.server).map_err(Error::Request)?;
        let unknown = || Error::Request("its server or requirement is not in the description".to_owned());
        let (server, requirement) = (operation.server, operation.requirement);
        let client = shared
            .clients
            .get(server)
            .and_then(Option::as_ref)
            .ok_or_else(unknown)?;
        let authorizer = shared.authorizers.get(requirement).ok_or_else(unknown)?;
        let lane = requirement * shared.clients.len() + server;
        let lane = shared.lanes.get(lane).ok_or_else(unknown)?;
        Ok(lane.get_or_init(|| client.with_authorizer(authorizer.clone())))
    }

    /// The scopes that an operation needs, and that its tokens were not asked for with.
    pub(crate) fn lacking(&self, operation: &Operation) -> Scopes {
        let shared = &*self.shared;
        let is_configured = |need: &Need| {
            let scheme = shared.settings.schemes.get(need.scheme);
            scheme.is_some_and(|scheme| scheme.given.is_some())
        };
        let requirement = shared.settings.api.requirements.get(operation.requirement);
        let alternatives = requirement.map_or(&[][..], |requirement| requirement.alternatives);
        let used = alternatives.iter().find(|needs| needs.iter().all(is_configured));
        let mut lacking = Scopes::default();
        for need in used.into_iter().copied().flatten() {
            if let Some(Some(tokens)) = shared.tokens.get(need.scheme) {
                let needed: Scopes = need.scopes.iter().collect();
                lacking.extend(tokens.lacking(&needed).iter());
            }
        }
        lacking
    }
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core")
            .field("settings", &self.shared.settings)
            .field("servers", &self.shared.servers)
            .finish_non_exhaustive()
    }
}
