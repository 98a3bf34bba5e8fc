//! A page for each security scheme: what it is, what it is given, and everything that is done with it.

mod basics;
mod callbacks;
mod complete;
mod fetching;
mod oauth;
mod session;
mod storing;
mod table;
mod uses;

use super::snippet::Snippet;
use super::text;
use crate::api::{Api, Scheme, SchemeKind};
use crate::names::{self, Names};
use crate::prose::code;

/// The pages' paths, with the schemes that they are of.
pub(super) fn paths(api: &Api) -> Vec<(usize, String)> {
    let supported = |scheme: &Scheme| !matches!(scheme.kind, SchemeKind::Unsupported(_));
    let schemes = api.schemes.iter().enumerate().filter(|(_, scheme)| supported(scheme));
    // Modules whose names differ have pages whose names need not.
    let mut names = Names::default();
    schemes
        .map(|(index, scheme)| {
            let name = scheme.module.trim_matches('_').replace('_', "-");
            let name = names.take(names::file(name));
            (index, format!("doc/auth/{name}.md"))
        })
        .collect()
}

pub(super) fn page(api: &Api, scheme: usize) -> String {
    let sections = match &api.schemes[scheme].kind {
        SchemeKind::OAuth(oauth) => oauth::sections(api, scheme, oauth),
        SchemeKind::Session(session) => session::sections(api, scheme, session),
        _ => basics::sections(api, scheme),
    };
    let mut page = vec![head(&api.schemes[scheme])];
    page.extend(sections);
    page.push(uses::operations(api, scheme));
    page.push(complete::program(api, scheme));
    format!("{}\n", page.join("\n").trim_end())
}

fn head(scheme: &Scheme) -> String {
    let mut head = format!("# {}\n\nThe scheme {}.", scheme.kind_shown(), code(&scheme.name));
    if let Some(description) = scheme
        .description
        .as_deref()
        .map(text::block)
        .filter(|text| !text.is_empty())
    {
        head += &format!("\n\n{description}");
    }
    head + "\n"
}

/// A heading, what is said under it, and the code.
fn section(title: &str, text: &str, snippet: Option<Snippet>) -> String {
    let code = snippet.map_or_else(String::new, |snippet| format!("\n{}", snippet.fenced()));
    format!("## {title}\n\n{text}\n{code}")
}

/// How an application reads credentials back.
fn read_back(scheme: &Scheme, getters: &[&str]) -> String {
    let Some(getter) = &scheme.getter else {
        return String::new();
    };
    let getters: Vec<String> = getters.iter().map(|name| format!("`{name}`")).collect();
    format!(
        "`client.{getter}()` gives them back, to be read with {}. Secrets and tokens are not readable.",
        getters.join(", ")
    )
}
