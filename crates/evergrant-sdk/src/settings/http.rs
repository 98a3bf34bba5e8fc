//! Where the HTTP client comes from that calls and token requests go over.

use http::HeaderValue;

type Change = dyn Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + Sync;

pub(crate) enum HttpSource {
    Defaults,
    Changed(Box<Change>),
    Finished(reqwest::Client),
}

impl HttpSource {
    /// Puts it under a client of the API, which says who it is unless the application's own client says otherwise.
    pub(crate) fn under(
        &self,
        client: evergrant_reqwest::ClientBuilder,
        user_agent: &HeaderValue,
    ) -> evergrant_reqwest::ClientBuilder {
        let start = || reqwest::Client::builder().user_agent(user_agent);
        match self {
            Self::Defaults => client.http(start),
            Self::Changed(change) => client.http(|| change(start())),
            Self::Finished(finished) => client.danger_http_client(finished.clone()),
        }
    }
}
