//! Grants with assertions: JWT bearer, token exchange, and the sources of their assertions.

mod assertion_sources;
mod google_cloud;
mod jwt_bearer;
mod no_secrets_in_output;
mod requests_from_platform_documentation;
mod store_keys;
mod subject_managers;
mod token_exchange;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use evergrant::Secret;
use evergrant_testing::AuthServerBuilder;

use crate::support::Fixture;

const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ASSERTION: &str = "not.a.real.assertion";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

/// Starts a server that accepts assertions of two subjects.
fn fixture() -> Fixture {
    Fixture::with(enable)
}

fn enable(server: AuthServerBuilder) -> AuthServerBuilder {
    server
        .jwt_bearer()
        .token_exchange()
        .assertion(ASSERTION, "jane")
        .assertion("not.a.real.assertion.of.john", "john")
}

/// Returns what the server knows about an access token.
fn issued(fixture: &Fixture, token: &evergrant::Token) -> evergrant_testing::IssuedToken {
    fixture.auth.introspect(token.access_token().expose()).unwrap()
}

fn sent(fixture: &Fixture, name: &str) -> Option<String> {
    fixture.auth.last_token_request().form_value(name)
}

/// A source that returns another assertion for each call: `assertion-1`, `assertion-2`, and so on.
fn numbered() -> impl Fn() -> std::future::Ready<Result<Secret, evergrant::Error>> + Send + Sync + 'static {
    let count = Arc::new(AtomicUsize::new(0));
    move || {
        let number = count.fetch_add(1, Ordering::SeqCst) + 1;
        std::future::ready(Ok(Secret::new(format!("assertion-{number}"))))
    }
}

/// A temporary folder, which is removed at the end of the test.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("evergrant-assertion-{name}-{}", std::process::id()));
        std::fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    fn file(&self) -> std::path::PathBuf {
        self.0.join("assertion")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
