//! What is compared: one adapter a library, driven as that library's documentation recommends.

pub mod aliri_tokens;
pub mod aws_smithy;
pub mod azure_core;
pub mod by_hand;
pub mod evergrant;
pub mod gcp_auth;
pub mod google_cloud_auth;
pub mod huskarl;
pub mod middle;
pub mod object_store;
mod source;

use std::future::Future;
use std::time::Duration;

use anyhow::Result;
use http::{HeaderMap, HeaderValue, header};
use url::Url;

use crate::scenario::Scenario;

/// Client credentials that every subject uses.
pub const CLIENT_ID: &str = "bench-client";
/// Obviously not a secret.
pub const CLIENT_SECRET: &str = "not-a-real-secret";

/// What a subject is set up with.
#[derive(Debug, Clone)]
pub struct Setup {
    pub token_url: Url,
    /// Which scenario it is for; `None` for the benchmarks of the hot path and of scale.
    pub scenario: Option<Scenario>,
}

impl Setup {
    /// Whether the subject is to make one attempt a fetch, where it can be told so.
    pub fn retries_off(&self) -> bool {
        self.scenario == Some(Scenario::T2)
    }
}

/// How a subject comes to hold a token that is valid, and that it wants renewed all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stale {
    /// A token that is issued for this long is one from the start: the subject renews a fixed time before expiry.
    /// At most 240 s. For a subject that never renews early: 240 s, and nothing happens.
    IssuedFor(Duration),
    /// A token issued for `lifetime` is one when `age` of it has passed; the subject's clock can be moved ([`Subject::age`]).
    Aged { lifetime: Duration, age: Duration },
}

/// One library, one instance of its client or cache for one client id. Clones share it.
///
/// Where a library takes its tokens from a source that the application writes, the adapter's source asks the token
/// endpoint with one `reqwest::Client` that is built once: what an application would write.
pub trait Subject: Clone + Send + Sync + Sized + 'static {
    /// The library's name, as on its registry.
    const NAME: &'static str;
    /// Its version.
    const VERSION: &'static str;

    /// What the library wants back when the API refuses a request: `()` where it wants nothing.
    type Receipt: Clone + Send + Sync;

    /// Sets it up; asks for no token yet.
    fn new(setup: &Setup) -> impl Future<Output = Result<Self>> + Send;

    /// Puts a valid token into a request's headers, the way the library's documentation says.
    fn authorize(&self, headers: &mut HeaderMap) -> impl Future<Output = Result<Self::Receipt>> + Send;

    /// The API answered 401 to a request that `authorize` gave this receipt for: tells the library, as its
    /// documentation says. Called only where [`Subject::cannot`] does not rule T5 out.
    fn rejected(&self, receipt: &Self::Receipt) -> impl Future<Output = Result<()>> + Send;

    /// How it comes to hold a token that it wants renewed.
    fn stale() -> Stale;

    /// Moves its clock forward, for [`Stale::Aged`].
    fn age(&self, _by: Duration) {}

    /// Why a scenario says nothing about this library, if so: one sentence.
    fn cannot(_scenario: Scenario) -> Option<&'static str> {
        None
    }
}

/// What an application does with a token that a library gives as text.
fn bearer(headers: &mut HeaderMap, token: &str) -> Result<()> {
    let mut value = HeaderValue::try_from(format!("Bearer {token}"))?;
    value.set_sensitive(true);
    headers.insert(header::AUTHORIZATION, value);
    Ok(())
}
