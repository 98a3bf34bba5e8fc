//! The SDK's pages: its README, and one for each way to authenticate.

use crate::api::Api;

/// What stands in the README between the marks of what is generated.
pub(crate) fn readme(api: &Api) -> String {
    format!("# {}\n", api.package.title)
}

/// `doc/auth/<scheme>.md` for each scheme, with its text.
pub(crate) fn auth(api: &Api) -> Vec<(String, String)> {
    let _ = api;
    Vec::new()
}
