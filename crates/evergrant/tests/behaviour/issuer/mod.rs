//! An issuer in place of URLs: where its metadata is, how it is cached, and what is checked.

mod metadata_cache;
mod metadata_checks;
mod metadata_urls;
mod moved_token_endpoint;
mod protected_resource;
mod providers;
mod sign_in;
mod store_key;

use evergrant::error::{DiscoveryError, DiscoveryProblem};
use evergrant::{ClientCredentials, Error, TokenManager, TokenManagerBuilder};
use evergrant_reqwest::Transport;
use evergrant_testing::AuthServerBuilder;

use crate::support::{CLIENT, Fixture, SECRET};

const REALM: &str = "/realms/a";

fn realm(server: AuthServerBuilder) -> AuthServerBuilder {
    server.issuer_path(REALM)
}

fn builder(fixture: &Fixture) -> TokenManagerBuilder {
    builder_at(fixture, &fixture.auth.issuer())
}

fn builder_at(fixture: &Fixture, issuer: &str) -> TokenManagerBuilder {
    ClientCredentials::builder(CLIENT, SECRET)
        .issuer(issuer)
        .runtime(fixture.clock.clone())
        .retries(0)
}

fn tokens(fixture: &Fixture) -> TokenManager {
    builder(fixture).build(Transport::default()).unwrap()
}

/// Returns the error of a fetch whose metadata is missing or cannot be used.
async fn failure(tokens: &TokenManager) -> DiscoveryError {
    match tokens.token().await.unwrap_err() {
        Error::Issuer(error) => error.discovery().clone(),
        other => panic!("{other}"),
    }
}

/// Returns the problem with the metadata, and the error's message.
async fn problem(tokens: &TokenManager) -> (DiscoveryProblem, String) {
    let error = failure(tokens).await;
    (error.problem().clone(), error.to_string())
}

/// Returns the paths of the requests for metadata.
fn metadata_paths(fixture: &Fixture) -> Vec<String> {
    let mut requests = fixture.auth.requests();
    requests.retain(|request| request.path.contains("/.well-known/"));
    requests.into_iter().map(|request| request.path).collect()
}
