//! What a client is told before it is built.

mod given;
mod http;
mod setters;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ::http::HeaderMap;
use evergrant::origin::{Origin, PlaintextPolicy};
use evergrant::{BuildError, Secret};

pub(crate) use self::given::{Given, Scheme};
pub(crate) use self::http::HttpSource;
use crate::Core;
use crate::core::Shared;
use crate::describe::Api;

/// The settings of a client in the making. Schemes, servers, variables and headers are named by their index in the description.
#[derive(Clone)]
pub struct Settings {
    pub(crate) api: &'static Api,
    pub(crate) environment: usize,
    /// URLs in place of the environment's.
    pub(crate) servers: Vec<Option<String>>,
    pub(crate) variables: Vec<Option<String>>,
    pub(crate) schemes: Vec<Scheme>,
    pub(crate) timeout: Duration,
    pub(crate) headers: HeaderMap,
    pub(crate) described_headers: Vec<Option<Secret>>,
    pub(crate) http: Arc<HttpSource>,
    /// Origins that may be reached without encryption.
    pub(crate) plaintext: Vec<Origin>,
    /// Further origins that may receive credentials, not looked at yet.
    pub(crate) origins: Vec<String>,
    pub(crate) fallback: Fallback,
    pub(crate) renew_when: Option<Arc<RenewWhen>>,
    /// The client that these settings come from.
    previous: Option<Arc<Shared>>,
}

/// Which answers mean that the token is no longer good.
pub(crate) type RenewWhen = dyn Fn(&::http::response::Parts) -> bool + Send + Sync;

/// What happens when an alternative's token cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fallback {
    Off,
    On,
}

impl Settings {
    /// The defaults.
    #[must_use]
    pub fn new(api: &'static Api) -> Self {
        Self {
            api,
            environment: 0,
            servers: vec![None; api.servers.len()],
            variables: vec![None; api.variables.len()],
            schemes: vec![Scheme::default(); api.schemes.len()],
            timeout: Duration::from_secs(60),
            headers: HeaderMap::new(),
            described_headers: vec![None; api.headers.len()],
            http: Arc::new(HttpSource::Defaults),
            plaintext: Vec::new(),
            origins: Vec::new(),
            fallback: Fallback::Off,
            renew_when: None,
            previous: None,
        }
    }

    /// Builds the client. Nothing is sent.
    ///
    /// Where the settings are those of a [client](Core::settings), the new one shares its connections, unless the HTTP settings have
    /// changed, and all tokens whose credentials and endpoints are the same; token requests go over the connections that they have
    /// gone over so far.
    ///
    /// # Errors
    /// [`BuildError`] names the setting that cannot work.
    pub fn build(mut self) -> Result<Core, BuildError> {
        let previous = self.previous.take();
        let shared = Shared::build(self, previous.as_deref())?;
        Ok(Core::over(Arc::new(shared)))
    }

    /// The settings of a client that is to be changed.
    pub(crate) fn of(client: &Arc<Shared>) -> Self {
        let mut settings = client.settings.clone();
        settings.previous = Some(Arc::clone(client));
        settings
    }

    /// Whether the same origins may be reached without encryption.
    pub(crate) fn has_same_plaintext(&self, other: &Self) -> bool {
        let within = |one: &[Origin], other: &[Origin]| one.iter().all(|origin| other.contains(origin));
        within(&self.plaintext, &other.plaintext) && within(&other.plaintext, &self.plaintext)
    }

    pub(crate) fn plaintext_policy(&self) -> PlaintextPolicy {
        let mut policy = PlaintextPolicy::default();
        for origin in &self.plaintext {
            policy.danger_allow_http_to(origin.clone());
        }
        policy
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let schemes = self.api.schemes.iter().zip(&self.schemes);
        let configured = schemes.filter(|(_, scheme)| scheme.given.is_some());
        f.debug_struct("Settings")
            .field("api", &self.api.name)
            .field("environment", &self.api.environments.get(self.environment))
            .field(
                "configured",
                &configured.map(|(scheme, _)| scheme.name).collect::<Vec<_>>(),
            )
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
