//! Writes the documentation of an SDK: its README, and one page for each security scheme.
//!
//! Code on the pages contains only identifiers of the SDK. Text of the API description appears only as escaped prose.

mod auth;
mod call_code;
mod client_code;
mod code_snippet;
mod escape_text;
mod example_call;
mod readme;
#[cfg(test)]
mod tests;

use crate::api::Api;

/// The generated part of the README.
pub(crate) fn readme(api: &Api) -> String {
    escape_comments(&readme::page(api))
}

/// The path `doc/auth/<scheme>.md` of each supported scheme, with the index of the scheme.
pub(crate) fn auth_paths(api: &Api) -> Vec<(usize, String)> {
    auth::paths(api)
}

/// The page of each supported scheme, with its path.
pub(crate) fn auth(api: &Api) -> impl Iterator<Item = (String, String)> {
    let pages = auth::paths(api).into_iter();
    pages.map(|(scheme, path)| (path, escape_comments(&auth::page(api, scheme))))
}

/// Comments mark the generated part of a README, so text of the description must not contain any.
fn escape_comments(page: &str) -> String {
    page.replace("<!--", "<! --")
}
