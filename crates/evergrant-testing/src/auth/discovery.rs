//! The metadata of the authorization server (RFC 8414, OpenID Connect Discovery): its URLs, and what a test changes.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::{AuthServer, AuthServerBuilder};
use crate::fault::Fault;
use crate::recorded_request::RecordedRequest;
use crate::scheduled_faults::{HoldGuard, Script};

/// A URL at which an [`AuthServer`] may serve its metadata. The examples are those of the issuer
/// `https://idp.example.com/realms/a`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MetadataLocation {
    /// `https://idp.example.com/.well-known/oauth-authorization-server/realms/a` (RFC 8414 section 3).
    OAuth,
    /// `https://idp.example.com/realms/a/.well-known/openid-configuration` (OpenID Connect Discovery section 4).
    OpenId,
    /// `https://idp.example.com/.well-known/openid-configuration/realms/a` (RFC 8414 section 5).
    OpenIdInserted,
    /// `https://idp.example.com/realms/a/.well-known/oauth-authorization-server`, as some servers do.
    OAuthAppended,
}

impl MetadataLocation {
    fn path(self, issuer_path: &str) -> String {
        match self {
            Self::OAuth => format!("/.well-known/oauth-authorization-server{issuer_path}"),
            Self::OpenId => format!("{issuer_path}/.well-known/openid-configuration"),
            Self::OpenIdInserted => format!("/.well-known/openid-configuration{issuer_path}"),
            Self::OAuthAppended => format!("{issuer_path}/.well-known/oauth-authorization-server"),
        }
    }
}

/// The settings of the metadata documents.
pub(super) struct Metadata {
    pub(super) issuer_path: String,
    state: Mutex<State>,
    pub(super) script: Script,
}

struct State {
    locations: Vec<MetadataLocation>,
    /// Members to set, or to omit.
    members: BTreeMap<String, Option<Value>>,
    cache_control: Option<String>,
}

impl Default for Metadata {
    fn default() -> Self {
        Self {
            issuer_path: String::new(),
            state: Mutex::new(State {
                locations: vec![MetadataLocation::OAuth, MetadataLocation::OpenId],
                members: BTreeMap::new(),
                cache_control: None,
            }),
            script: Script::default(),
        }
    }
}

impl Metadata {
    pub(super) fn is_served_at(&self, path: &str) -> bool {
        let state = self.lock();
        let mut locations = state.locations.iter();
        locations.any(|location| location.path(&self.issuer_path) == path)
    }

    /// Applies the changes of the test.
    pub(super) fn change(&self, metadata: &mut Value) {
        for (name, value) in &self.lock().members {
            match (metadata.as_object_mut(), value) {
                (Some(members), Some(value)) => drop(members.insert(name.clone(), value.clone())),
                (Some(members), None) => drop(members.remove(name)),
                (None, _) => {}
            }
        }
    }

    pub(super) fn cache_control(&self) -> Option<String> {
        self.lock().cache_control.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns whether this is a request for metadata, with or without a document at its path.
pub(super) fn is_metadata_request(request: &RecordedRequest) -> bool {
    request.path.contains("/.well-known/")
}

impl AuthServerBuilder {
    /// Sets the path of the server's [issuer](AuthServer::issuer) URL. The default is an empty path.
    ///
    /// ```
    /// use evergrant_testing::AuthServer;
    ///
    /// let auth = AuthServer::builder().issuer_path("/realms/a").start();
    /// assert!(auth.issuer().ends_with("/realms/a"));
    /// ```
    ///
    /// # Panics
    /// Panics if `path` does not start with `/`.
    pub fn issuer_path(mut self, path: &str) -> Self {
        self.metadata.issuer_path = super::builder::absolute(path);
        self
    }
}

/// # Metadata
impl AuthServer {
    /// Returns the issuer identifier of this server.
    #[must_use]
    pub fn issuer(&self) -> String {
        self.url(&self.shared().metadata.issuer_path)
    }

    /// Sets the locations at which the server serves its metadata. Other locations respond with 404. The default is
    /// [`MetadataLocation::OAuth`] and [`MetadataLocation::OpenId`].
    pub fn serve_metadata_at(&self, locations: &[MetadataLocation]) {
        self.shared().metadata.lock().locations = locations.to_vec();
    }

    /// Sets the member `name` of the server's metadata to a JSON value, such as another `issuer`, or an endpoint on
    /// another host.
    ///
    /// ```
    /// use evergrant_testing::AuthServer;
    ///
    /// let auth = AuthServer::builder().start();
    /// auth.metadata_with("issuer", "\"https://elsewhere.example.net\"");
    /// auth.metadata_with("token_endpoint_auth_methods_supported", "[\"private_key_jwt\"]");
    /// ```
    ///
    /// # Panics
    /// Panics if `json` is not valid JSON.
    pub fn metadata_with(&self, name: &str, json: &str) {
        let value = serde_json::from_str(json).unwrap_or_else(|_| panic!("{json:?} is not JSON"));
        let members = &mut self.shared().metadata.lock().members;
        members.insert(name.to_owned(), Some(value));
    }

    /// Omits the member `name` from the server's metadata.
    pub fn metadata_without(&self, name: &str) {
        let members = &mut self.shared().metadata.lock().members;
        members.insert(name.to_owned(), None);
    }

    /// Sets the header `Cache-Control` of metadata responses. By default, they have no such header.
    pub fn metadata_cache_control(&self, value: &str) {
        self.shared().metadata.lock().cache_control = Some(value.to_owned());
    }

    /// Injects `fault` into every further request for the server's metadata, at any URL, until
    /// [`recover_metadata`](Self::recover_metadata) is called.
    pub fn metadata_always(&self, fault: impl Into<Fault>) {
        self.shared().metadata.script.always(fault.into());
    }

    /// Injects `fault` into the next request for metadata, at any URL, that has no scheduled fault yet.
    pub fn metadata_next(&self, fault: impl Into<Fault>) {
        self.shared().metadata.script.next(1, &fault.into());
    }

    /// Removes all scheduled faults of requests for the server's metadata.
    pub fn recover_metadata(&self) {
        self.shared().metadata.script.recover();
    }

    /// Holds all requests for the server's metadata until the returned guard is released: the server responds after the
    /// release.
    pub fn hold_metadata(&self) -> HoldGuard {
        self.shared().metadata.script.hold()
    }

    /// Returns the number of requests for the server's metadata, at any URL.
    #[must_use]
    pub fn metadata_requests(&self) -> usize {
        self.shared().records.count(is_metadata_request)
    }

    /// Waits until the server has recorded at least `count` requests for its metadata, including those without a
    /// response yet.
    ///
    /// # Panics
    /// Panics if this takes longer than 20 seconds of real time.
    pub async fn wait_for_metadata_requests(&self, count: usize) {
        self.shared().records.wait(count, is_metadata_request).await;
    }

    /// Moves the token endpoint to another path. From now on, the metadata contains the new path, and the old path
    /// responds with 404.
    ///
    /// # Panics
    /// Panics if `path` does not start with `/`.
    pub fn move_token_endpoint(&self, path: &str) {
        self.shared().paths().token = super::builder::absolute(path);
    }
}
