//! The README sections about client configuration and testing.

use crate::api::Api;
use crate::sdk_docs::client_code::required_calls;
use crate::sdk_docs::code_snippet::Snippet;
use crate::sdk_docs::escape_text::{cell, code_cell};

pub(super) fn section(api: &Api) -> String {
    let mut snippet = Snippet::new(api);
    snippet.uses("Client");
    snippet.uses_std("std::time::Duration");
    snippet.uses_runtime("http::{HeaderName, HeaderValue}");
    snippet.uses_runtime("reqwest::Proxy");
    let required = required_calls(api, 0);
    snippet.item(format!(
        "fn client() -> Result<Client, Box<dyn std::error::Error>> {{
            let proxy = Proxy::https(\"http://proxy.example.com:8080\")?;
            let client = Client::builder()
                .timeout(Duration::from_secs(10))
                .header(HeaderName::from_static(\"x-application\"), HeaderValue::from_static(\"reports\"))
                .http(move |http| http.proxy(proxy.clone())){required}.build()?;
            Ok(client)
        }}"
    ));
    let mut change = Snippet::new(api);
    change.uses("Client");
    change.uses("BuildError");
    change.uses_std("std::time::Duration");
    change.item(
        "/// Returns a client with a longer timeout. The original client does not change.
         fn with_long_timeout(client: &Client) -> Result<Client, BuildError> {
             client.with_configuration(|builder| builder.timeout(Duration::from_secs(300)))
         }",
    );
    format!(
        "## Client configuration\n\n- **Timeouts**: a call times out after 60 seconds. Set another limit with `timeout` on the client builder or on a call. An open stream has no limit.\n- **Headers**: add headers with `header` on the client builder or on a call. They are never sent to a token endpoint.\n- **Proxies and certificates**: `http` changes the HTTP client, for calls and token requests alike. `danger_http_client` uses an existing one.\n\n{}\n{}`with_configuration` returns a client with changed settings. It shares connections and tokens with the original client:\n\n{}",
        snippet.fenced(),
        headers(api),
        change.fenced()
    )
}

/// The headers that the API description lists for all calls.
fn headers(api: &Api) -> String {
    if api.headers.is_empty() {
        return String::new();
    }
    let mut table =
        "Headers on every call to the API:\n\n| Header | Client builder method | Description |\n|---|---|---|\n"
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
    "## Testing\n\nThe crate `evergrant-testing` runs an authorization server and an API inside a test, without network access. Start them and pass their addresses to `base_url` and `token_url`. They can simulate faults: latency, rejected requests, outages, and revoked tokens.".to_owned()
}
