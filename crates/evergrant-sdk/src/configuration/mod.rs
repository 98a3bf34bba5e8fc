//! The configuration of a client.

mod credentials;
mod http;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ::http::HeaderMap;
use evergrant::origin::{Origin, PlaintextPolicy};
use evergrant::{ResponseHead, Secret};

pub(crate) use self::credentials::{SchemeCredentials, SchemeSettings};
pub(crate) use self::http::HttpSource;
use crate::metadata::Api;

/// The configuration of a client. Indexes of schemes, servers, variables and headers are those of the description.
#[derive(Clone)]
pub(crate) struct Configuration {
    pub(crate) api: &'static Api,
    pub(crate) environment: usize,
    /// URLs that replace those of the environment.
    pub(crate) servers: Vec<Option<String>>,
    pub(crate) variables: Vec<Option<String>>,
    pub(crate) schemes: Vec<SchemeSettings>,
    pub(crate) timeout: Duration,
    pub(crate) headers: HeaderMap,
    pub(crate) described_headers: Vec<Option<Secret>>,
    pub(crate) http: Arc<HttpSource>,
    /// Origins that accept unencrypted requests.
    pub(crate) plaintext: Vec<Origin>,
    /// Additional allowed origins, not parsed yet.
    pub(crate) origins: Vec<String>,
    pub(crate) fallback: Fallback,
    pub(crate) renew_when: Option<Arc<ResponseRule>>,
    pub(crate) keep_token_when: Option<Arc<ResponseRule>>,
}

/// A rule for responses.
pub(crate) type ResponseRule = dyn Fn(&ResponseHead<'_>) -> bool + Send + Sync;

/// Whether a call uses the next alternative when the token of one cannot be fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fallback {
    Off,
    On,
}

impl Configuration {
    /// Creates the default configuration.
    pub(crate) fn new(api: &'static Api) -> Self {
        Self {
            api,
            environment: 0,
            servers: vec![None; api.servers.len()],
            variables: vec![None; api.variables.len()],
            schemes: vec![SchemeSettings::default(); api.schemes.len()],
            timeout: Duration::from_secs(60),
            headers: HeaderMap::new(),
            described_headers: vec![None; api.headers.len()],
            http: Arc::new(HttpSource::Default),
            plaintext: Vec::new(),
            origins: Vec::new(),
            fallback: Fallback::Off,
            renew_when: None,
            keep_token_when: None,
        }
    }

    /// Returns whether both allow unencrypted requests to the same origins.
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

impl fmt::Debug for Configuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let schemes = self.api.schemes.iter().zip(&self.schemes);
        let configured = schemes.filter(|(_, scheme)| scheme.credentials.is_some());
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
