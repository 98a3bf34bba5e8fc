//! The start of the README: title, installation, and quick start.

use evergrant::GrantKind;

use super::escape_text;
use crate::api::Api;
use crate::one_line_docs::first_line;
use crate::sdk_docs::auth::{self, SIGN_IN_ANCHOR};
use crate::sdk_docs::client_code::{SampleCredentials, client_function, credentials, required_calls};
use crate::sdk_docs::code_snippet::Snippet;
use crate::sdk_docs::example_call::ExampleCall;

pub(super) fn title(api: &Api) -> String {
    let package = &api.package;
    let title = escape_text::line(&first_line(&package.title));
    let mut head = format!("# {}\n", if title.is_empty() { &package.name } else { &title });
    if let Some(description) = package
        .description
        .as_deref()
        .map(escape_text::block)
        .filter(|text| !text.is_empty())
    {
        head += &format!("\n{description}\n");
    }
    let has_tokens = api.schemes.iter().any(|scheme| scheme.oauth().is_some());
    let tokens = match has_tokens {
        true => {
            " The client handles authentication: all calls share one access token, which it fetches on demand, renews before it expires, and replaces when the API rejects it. Tokens and secrets never appear in error messages or logs."
        }
        false => " Secrets never appear in error messages or logs.",
    };
    format!(
        "{head}\nA typed Rust client for version {} of this API, generated from its OpenAPI description by [evergrant]({}).{}",
        package.version,
        env!("CARGO_PKG_REPOSITORY"),
        tokens
    )
}

pub(super) fn install(api: &Api) -> String {
    let (name, crate_name) = (&api.package.name, api.package.crate_name());
    format!(
        "## Installation\n\n```sh\ncargo add {name} --path path/to/{name}\ncargo add tokio --features macros,rt-multi-thread\n```\n\nThe crate is `{crate_name}` in code. It re-exports its dependencies, such as `http` and `reqwest`, in `{crate_name}::evergrant_sdk`."
    )
}

pub(super) fn first_call(api: &Api) -> Option<String> {
    let example = ExampleCall::easiest(api)?;
    let code = example.code(api);
    let mut snippet = Snippet::new(api);
    snippet.uses("Client");
    let samples: Vec<SampleCredentials<'_>> = example
        .needs
        .iter()
        .map(|need| SampleCredentials::for_need(api, need))
        .collect();
    let call = code.statements();
    match code.parameters.is_empty() {
        true => {
            let (statements, calls) = credentials(&samples, &mut snippet);
            let required = required_calls(api, 0);
            snippet.item(format!(
                "#[tokio::main]
                 async fn main() -> Result<(), Box<dyn std::error::Error>> {{
                     {statements} let client = Client::builder(){calls}{required}.build()?; {call} Ok(())
                 }}"
            ));
        }
        false => {
            let client = client_function(api, &samples, "", &mut snippet);
            snippet.item(client);
            snippet.item(format!(
                "async fn first_call({}) -> Result<(), Box<dyn std::error::Error>> {{ let client = client()?; {call} Ok(()) }}",
                code.parameters()
            ));
        }
    }
    Some(format!(
        "## Quick start\n\n{}\nCreate one client and clone it where needed: clones share connections and tokens.{}",
        snippet.fenced(),
        sign_in_note(api, &example)
    ))
}

/// A note for schemes that need a user to sign in.
fn sign_in_note(api: &Api, example: &ExampleCall<'_>) -> String {
    let needs_user = |index: usize| {
        let mut flows = api.schemes[index]
            .oauth()
            .into_iter()
            .flat_map(|oauth| &oauth.flows)
            .peekable();
        flows.peek().is_some() && flows.all(|flow| flow.grant == GrantKind::AuthorizationCode)
    };
    let scheme = example
        .needs
        .iter()
        .map(|need| need.scheme)
        .find(|scheme| needs_user(*scheme));
    let page = auth::paths(api).into_iter().find(|(index, _)| Some(*index) == scheme);
    page.map_or_else(String::new, |(_, path)| {
        format!(" A user has to [sign in]({path}#{SIGN_IN_ANCHOR}) before the call.")
    })
}
