//! Requested scopes, in the grammar of RFC 6749 section 3.3.

use super::super::registered_clients_and_tokens::Registry;
use super::Form;
use super::error::{OAuthError, error};

/// Returns the requested scopes; empty if the request has no `scope`.
pub(super) fn requested(form: &Form) -> Result<Vec<String>, OAuthError> {
    let Some(text) = form.value("scope") else {
        return Ok(Vec::new());
    };
    let well_formed = |scope: &str| {
        !scope.is_empty()
            && scope
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && !b"\"\\".contains(&byte))
    };
    if !text.split(' ').all(well_formed) {
        return Err(error(400, "invalid_scope", "the scope is malformed"));
    }
    Ok(text.split(' ').map(str::to_owned).collect())
}

/// Returns the requested scopes if the client may request all of them.
pub(super) fn allowed(registry: &Registry, client_id: &str, form: &Form) -> Result<Vec<String>, OAuthError> {
    let scopes = requested(form)?;
    if scopes.iter().all(|scope| registry.allows(client_id, scope)) {
        Ok(scopes)
    } else {
        Err(error(
            400,
            "invalid_scope",
            "a scope is unknown or not allowed for this client",
        ))
    }
}
