//! The libraries under test: one adapter per library, which uses it as its documentation recommends.

pub mod aliri_tokens;
pub mod aws_smithy;
pub mod azure_core;
pub mod evergrant;
pub mod gcp_auth;
pub mod google_cloud_auth;
pub mod huskarl;
pub mod middle_crate;
pub mod oauth2_rwlock;
pub mod object_store;
mod token_source;

use std::future::Future;
use std::time::Duration;

use anyhow::Result;
use http::{HeaderMap, HeaderValue, header};
use url::Url;

use crate::scenario_names::Scenario;

/// Client id of all subjects.
pub const CLIENT_ID: &str = "bench-client";
/// Client secret of all subjects.
pub const CLIENT_SECRET: &str = "not-a-real-secret";

/// The configuration of a subject.
#[derive(Debug, Clone)]
pub struct Setup {
    pub token_url: Url,
    /// The scenario; `None` for the hot-path and scale benchmarks.
    pub scenario: Option<Scenario>,
}

impl Setup {
    /// Whether the scenario requires one attempt per fetch, where the subject supports it.
    pub fn retries_disabled(&self) -> bool {
        self.scenario == Some(Scenario::T2)
    }
}

/// How a subject gets a token that is valid but due for renewal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StaleToken {
    /// A token with this lifetime is due at once, because the subject renews a fixed time before expiry. At most 240 s.
    /// For a subject that never renews early: 240 s without effect.
    ShortLived(Duration),
    /// A token with this `lifetime` is due at `age`, which [`Subject::advance_time`] reaches.
    Aged { lifetime: Duration, age: Duration },
}

/// A library under test: one instance of its client or cache for one client id. Clones share the instance.
///
/// If a library fetches tokens with application code, the adapter sends the request with one shared `reqwest::Client`.
pub trait Subject: Clone + Send + Sync + Sized + 'static {
    /// The library's name in its registry.
    const NAME: &'static str;
    /// The library's version.
    const VERSION: &'static str;

    /// Identifies the token of a request when the API rejects it; `()` if the library does not need it.
    type TokenId: Clone + Send + Sync;

    /// Sets up the library without fetching a token.
    fn new(setup: &Setup) -> impl Future<Output = Result<Self>> + Send;

    /// Adds a valid token to a request's headers as the library's documentation describes.
    fn authorize(&self, headers: &mut HeaderMap) -> impl Future<Output = Result<Self::TokenId>> + Send;

    /// Reports a 401 response to a request with this token, as the library's documentation describes. Called only if
    /// [`Subject::unsupported`] does not exclude T5.
    fn report_rejection(&self, token: &Self::TokenId) -> impl Future<Output = Result<()>> + Send;

    /// Returns how the subject gets a token that is due for renewal.
    fn stale_token() -> StaleToken;

    /// Advances the subject's clock, or waits if that is not possible. For [`StaleToken::Aged`].
    fn advance_time(&self, _by: Duration) {}

    /// Returns the reason why a scenario does not apply to this library, if any.
    fn unsupported(_scenario: Scenario) -> Option<&'static str> {
        None
    }
}

/// A library that sends authorized calls with its own client or middleware, or documents how to send them.
pub trait ApiCalls: Subject {
    /// The client of an API.
    type Client;

    /// Sets up the client for calls to `books`.
    fn client(&self, books: &Url) -> impl Future<Output = Result<Self::Client>>;

    /// Sends a GET request to `books`, and reads the response.
    fn call(client: &Self::Client) -> impl Future<Output = Result<()>>;
}

/// Adds a token as a sensitive bearer header.
fn add_bearer(headers: &mut HeaderMap, token: &str) -> Result<()> {
    let mut value = HeaderValue::try_from(format!("Bearer {token}"))?;
    value.set_sensitive(true);
    headers.insert(header::AUTHORIZATION, value);
    Ok(())
}
