//! The configuration of the HTTP client for calls and token requests.

use http::HeaderValue;

type Change = dyn Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + Sync;

pub(crate) enum HttpSource {
    Default,
    Customized(Box<Change>),
    Provided(reqwest::Client),
}

impl HttpSource {
    /// Sets the HTTP client of an API client, with this `User-Agent` unless the provided client sets its own.
    pub(crate) fn apply_to(
        &self,
        client: evergrant_reqwest::ClientBuilder,
        user_agent: &HeaderValue,
    ) -> evergrant_reqwest::ClientBuilder {
        let start = || reqwest::Client::builder().user_agent(user_agent);
        match self {
            Self::Default => client.http(start),
            Self::Customized(change) => client.http(|| change(start())),
            Self::Provided(provided) => client.danger_http_client(provided.clone()),
        }
    }
}
