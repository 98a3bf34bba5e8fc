//! What else can be set on a client, and how it is tested without the API.

use crate::api::Api;
use crate::pages::setup::necessary;
use crate::pages::snippet::Snippet;
use crate::pages::text::{cell, code_cell};

pub(super) fn section(api: &Api) -> String {
    let mut snippet = Snippet::new(api);
    snippet.uses("Client");
    snippet.uses_std("std::time::Duration");
    snippet.uses_runtime("http::{HeaderName, HeaderValue}");
    snippet.uses_runtime("reqwest::Proxy");
    let necessary = necessary(api, 0);
    snippet.item(format!(
        "fn client() -> Result<Client, Box<dyn std::error::Error>> {{
            let proxy = Proxy::https(\"http://proxy.example.com:8080\")?;
            let client = Client::builder()
                .timeout(Duration::from_secs(10))
                .header(HeaderName::from_static(\"x-application\"), HeaderValue::from_static(\"reports\"))
                .http(move |http| http.proxy(proxy.clone())){necessary}.build()?;
            Ok(client)
        }}"
    ));
    let mut change = Snippet::new(api);
    change.uses("Client");
    change.uses("BuildError");
    change.uses_std("std::time::Duration");
    change.item(
        "/// For a report that takes its time; `client` itself stays as it is.
         fn patient(client: &Client) -> Result<Client, BuildError> {
             client.with_configuration(|builder| builder.timeout(Duration::from_secs(300)))
         }",
    );
    format!(
        "## Settings\n\nA call has 60 seconds unless told otherwise, on the client or on the call (`timeout`); streams that have begun have no limit. Headers are set on the client or on a call too (`header`), and never go to a token endpoint. Proxies and certificates are the HTTP client's: `http` changes it, for calls and token requests alike, and `danger_http_client` takes one that the application has made.\n\n{}\n{}Another client with other settings, which shares connections and tokens with the first:\n\n{}",
        snippet.fenced(),
        headers(api),
        change.fenced()
    )
}

/// Those of the description.
fn headers(api: &Api) -> String {
    if api.headers.is_empty() {
        return String::new();
    }
    let mut table =
        "Headers of every call, and of calls to the API alone:\n\n| Header | Set with | Description |\n|---|---|---|\n"
            .to_owned();
    for header in &api.headers {
        let description = header.description.as_deref().map(cell).unwrap_or_default();
        table += &format!(
            "| {} | `{}` | {description} |\n",
            code_cell(&header.name),
            header.setter
        )
        .replace("|  |", "| |");
    }
    table + "\n"
}

pub(super) fn testing() -> String {
    "## Tests without the API\n\nThe crate `evergrant-testing` has an authorization server and an API that run within a test: start them, give their addresses to `base_url` and `token_url`, and the client works against them, with faults on request (latency, refusals, outages, tokens that are revoked) and without the network.".to_owned()
}
