//! What it is, how to have it, and a first call.

use super::text;
use crate::api::Api;
use crate::pages::chosen::Chosen;
use crate::pages::setup::{Given, credentials, necessary};
use crate::pages::snippet::Snippet;
use crate::prose::{code, first_line};

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
    let name = &api.package.name;
    format!(
        "## Install\n\n```sh\ncargo add {name} --path path/to/{name}\ncargo add tokio --features macros,rt-multi-thread\n```\n\nIn code, the crate is {}. What it stands on, such as `http` and `reqwest`, is to be had through the crate `evergrant-sdk`.",
        code(&api.package.crate_name())
    )
}

pub(super) fn first_call(api: &Api) -> Option<String> {
    let chosen = Chosen::first(api)?;
    let sample = chosen.sample(api);
    let mut snippet = Snippet::new(api);
    snippet.uses("Client");
    let given: Vec<Given<'_>> = chosen.needs.iter().map(|need| Given::needed(api, need)).collect();
    let (statements, calls) = credentials(&given, &mut snippet);
    let client = format!(
        "{statements} let client = Client::builder(){calls}{}.build()?;",
        necessary(api, 0)
    );
    let call = sample.statements();
    snippet.item(match sample.parameters.is_empty() {
        true => format!(
            "#[tokio::main]
             async fn main() -> Result<(), Box<dyn std::error::Error>> {{ {client} {call} Ok(()) }}"
        ),
        false => {
            let parameters: Vec<String> = sample.parameters.iter().map(|(name, ty)| format!("{name}: {ty}")).collect();
            let parameters = parameters.join(", ");
            format!("async fn first_call({parameters}) -> Result<(), Box<dyn std::error::Error>> {{ {client} {call} Ok(()) }}")
        }
    });
    Some(format!(
        "## A first call\n\n{}\nMake the client once, and clone it: clones share connections and tokens.",
        snippet.fenced()
    ))
}
