//! The SDK's pages: its README, and one for each way to authenticate. Read off the API; names in code are identifiers that the
//! SDK has, and what the description says stands in prose alone, where it can do no harm.

mod auth;
mod chosen;
mod readme;
mod sample;
mod setup;
mod snippet;
#[cfg(test)]
mod tests;
mod text;

use crate::api::Api;

/// What stands in the README between the marks of what is generated.
pub(crate) fn readme(api: &Api) -> String {
    without_comments(&readme::page(api))
}

/// `doc/auth/<scheme>.md` for each scheme that is supported, with the scheme.
pub(crate) fn auth_paths(api: &Api) -> Vec<(usize, String)> {
    auth::paths(api)
}

/// These pages, one by one.
pub(crate) fn auth(api: &Api) -> impl Iterator<Item = (String, String)> {
    let pages = auth::paths(api).into_iter();
    pages.map(|(scheme, path)| (path, without_comments(&auth::page(api, scheme))))
}

/// What marks the generated part of a README are comments, which a description must not be able to write.
fn without_comments(page: &str) -> String {
    page.replace("<!--", "<! --")
}
