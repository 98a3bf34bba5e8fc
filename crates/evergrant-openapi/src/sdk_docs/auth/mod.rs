//! Writes one page for each security scheme: credentials, settings, and examples.

mod assertions;
mod callbacks;
mod complete_example;
mod manual_mode;
mod oauth;
mod operations;
mod session;
mod settings_table;
mod static_credentials;
mod token_storage;

pub(super) use self::manual_mode::SIGN_IN_ANCHOR;
use super::code_snippet::Snippet;
use super::escape_text;
use crate::api::{Api, Scheme, SchemeKind};
use crate::names::{self, Names};
use crate::one_line_docs::code;

/// The paths of the pages, each with the index of its scheme.
pub(super) fn paths(api: &Api) -> Vec<(usize, String)> {
    let supported = |scheme: &Scheme| !matches!(scheme.kind, SchemeKind::Unsupported(_));
    let schemes = api.schemes.iter().enumerate().filter(|(_, scheme)| supported(scheme));
    // Different module names can become equal page names.
    let mut names = Names::default();
    schemes
        .map(|(index, scheme)| {
            let name = scheme.module.trim_matches('_').replace('_', "-");
            let name = names.take(names::file_stem(name));
            (index, format!("doc/auth/{name}.md"))
        })
        .collect()
}

pub(super) fn page(api: &Api, scheme: usize) -> String {
    let sections = match &api.schemes[scheme].kind {
        SchemeKind::OAuth(oauth) => oauth::sections(api, scheme, oauth),
        SchemeKind::Session(session) => session::sections(api, scheme, session),
        _ => static_credentials::sections(api, scheme),
    };
    let mut page = vec![head(&api.schemes[scheme])];
    page.extend(sections);
    page.push(operations::section(api, scheme));
    page.push(complete_example::program(api, scheme));
    format!("{}\n", page.join("\n").trim_end())
}

fn head(scheme: &Scheme) -> String {
    let mut head = format!(
        "# {}\n\nSecurity scheme {}. The README lists its [names in TypeScript and Python](../../README.md#coming-from-typescript-or-python).",
        scheme.title(),
        code(&scheme.name)
    );
    if let Some(description) = scheme
        .description
        .as_deref()
        .map(escape_text::block)
        .filter(|text| !text.is_empty())
    {
        head += &format!("\n\n{description}");
    }
    head + "\n"
}

/// A heading with its text and code.
fn section(title: &str, text: &str, snippet: Option<Snippet>) -> String {
    let code = snippet.map_or_else(String::new, |snippet| format!("\n{}", snippet.fenced()));
    format!("## {title}\n\n{text}\n{code}")
}

/// Introduces a scheme's credentials.
fn credentials_intro(scheme: &Scheme) -> String {
    format!(
        "Create `{}` and pass them to `{}` on the client builder.",
        scheme.credentials, scheme.setter
    )
}

/// How an application reads credentials back from a client.
fn read_back(scheme: &Scheme, getters: &[&str]) -> String {
    let Some(getter) = &scheme.getter else {
        return String::new();
    };
    let getters: Vec<String> = getters.iter().map(|name| format!("`{name}`")).collect();
    format!(
        "`client.{getter}()` returns the credentials. Read them with {}. Secrets and tokens cannot be read back.",
        getters.join(", ")
    )
}
