//! What it is, how to have it, and a first call.

use super::text;
use crate::api::{Api, Grant};
use crate::pages::auth;
use crate::pages::chosen::Chosen;
use crate::pages::setup::{Given, client_function, credentials, necessary};
use crate::pages::snippet::Snippet;
use crate::prose::first_line;

pub(super) fn title(api: &Api) -> String {
    let package = &api.package;
    let title = text::line(&first_line(&package.title));
    let mut head = format!("# {}\n", if title.is_empty() { &package.name } else { &title });
    if let Some(description) = package
        .description
        .as_deref()
        .map(text::block)
        .filter(|text| !text.is_empty())
    {
        head += &format!("\n{description}\n");
    }
    format!(
        "{head}\nA Rust client for version {} of this API, generated from its description by [evergrant]({}). Calls have types, and authentication looks after itself: tokens are fetched once however many calls need them, renewed before they expire, had anew when the API refuses them, and never shown in errors or logs.",
        package.version,
        env!("CARGO_PKG_REPOSITORY")
    )
}

pub(super) fn install(api: &Api) -> String {
    let (name, crate_name) = (&api.package.name, api.package.crate_name());
    format!(
        "## Install\n\n```sh\ncargo add {name} --path path/to/{name}\ncargo add tokio --features macros,rt-multi-thread\n```\n\nIn code, the crate is `{crate_name}`. What it stands on, such as `http` and `reqwest`, is to be had through `{crate_name}::evergrant_sdk`."
    )
}

pub(super) fn first_call(api: &Api) -> Option<String> {
    let chosen = Chosen::first(api)?;
    let sample = chosen.sample(api);
    let mut snippet = Snippet::new(api);
    snippet.uses("Client");
    let given: Vec<Given<'_>> = chosen.needs.iter().map(|need| Given::needed(api, need)).collect();
    let call = sample.statements();
    match sample.parameters.is_empty() {
        true => {
            let (statements, calls) = credentials(&given, &mut snippet);
            let necessary = necessary(api, 0);
            snippet.item(format!(
                "#[tokio::main]
                 async fn main() -> Result<(), Box<dyn std::error::Error>> {{
                     {statements} let client = Client::builder(){calls}{necessary}.build()?; {call} Ok(())
                 }}"
            ));
        }
        false => {
            let client = client_function(api, &given, "", &mut snippet);
            snippet.item(client);
            snippet.item(format!(
                "async fn first_call({}) -> Result<(), Box<dyn std::error::Error>> {{ let client = client()?; {call} Ok(()) }}",
                sample.parameters()
            ));
        }
    }
    Some(format!(
        "## A first call\n\n{}\nMake the client once, and clone it: clones share connections and tokens.{}",
        snippet.fenced(),
        sign_in_first(api, &chosen)
    ))
}

/// Where there is no token without a user.
fn sign_in_first(api: &Api, chosen: &Chosen<'_>) -> String {
    let for_users = |index: usize| {
        let mut flows = api.schemes[index]
            .oauth()
            .into_iter()
            .flat_map(|oauth| &oauth.flows)
            .peekable();
        flows.peek().is_some() && flows.all(|flow| flow.grant == Grant::AuthorizationCode)
    };
    let scheme = chosen
        .needs
        .iter()
        .map(|need| need.scheme)
        .find(|scheme| for_users(*scheme));
    let page = auth::paths(api).into_iter().find(|(index, _)| Some(*index) == scheme);
    page.map_or_else(String::new, |(_, path)| {
        format!(" A user has to [sign in]({path}#signing-a-user-in) before the call.")
    })
}
