//! Converts the names of client authentication methods (`auth`).

use evergrant::client_auth::ClientAuthMethod;

/// Returns the client authentication method with this name: `basic` or `client_secret_basic`, `raw`, `post` or
/// `client_secret_post`, `none`.
pub(crate) fn auth_method(name: &str) -> Option<ClientAuthMethod> {
    Some(match name {
        "basic" | "client_secret_basic" => ClientAuthMethod::Basic,
        "raw" => ClientAuthMethod::BasicRaw,
        "post" | "client_secret_post" => ClientAuthMethod::Post,
        "none" => ClientAuthMethod::None,
        _ => return None,
    })
}
