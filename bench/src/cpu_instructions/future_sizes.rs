//! The sizes of the futures that an application stores for each concurrent call.

use anyhow::Result;
use evergrant_reqwest::Client;
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use url::Url;

use super::measured_clients::{authorizing_middleware, http_client};
use crate::measured_library::evergrant::Evergrant;
use crate::measured_library::{Setup, Subject as _};

/// The size of one future.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FutureSize {
    pub future: String,
    pub bytes: usize,
}

/// Returns the sizes without running the futures.
///
/// # Errors
/// Returns an error if a client cannot be built.
pub(super) fn all(url: &Url) -> Result<Vec<FutureSize>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let setup = Setup {
        token_url: url.join("token")?,
        scenario: None,
    };
    let tokens = runtime.block_on(Evergrant::new(&setup))?.tokens();
    let client = Client::builder(tokens.clone()).base_url(url.as_str()).build()?;
    let middleware = authorizing_middleware(tokens.clone(), url)?;
    let http = http_client()?;
    let bare_middleware = reqwest_middleware::ClientBuilder::new(http.clone()).build();
    let mut headers = HeaderMap::new();
    Ok(vec![
        size("reqwest: send", &http.get(url.as_str()).send()),
        size("evergrant-reqwest: send", &client.get("books").send()),
        size("evergrant-reqwest: send_ok", &client.get("books").send_ok()),
        size(
            "reqwest-middleware, bare: send",
            &bare_middleware.get(url.as_str()).send(),
        ),
        size(
            "evergrant-reqwest, as a middleware: send",
            &middleware.get(url.as_str()).send(),
        ),
        size("TokenManager::token", &tokens.token()),
        size("TokenManager::authorize", &tokens.authorize(&mut headers)),
    ])
}

fn size<F: Future>(name: &str, future: &F) -> FutureSize {
    FutureSize {
        future: name.to_owned(),
        bytes: size_of_val(future),
    }
}
