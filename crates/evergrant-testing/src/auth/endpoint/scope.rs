//! The scopes that a request asks for, in the grammar of RFC 6749 section 3.3.

use super::super::registry::Registry;
use super::Form;
use super::error::{OAuthError, error};

/// The scopes asked for, none if that is left to the server.
pub(super) fn asked(form: &Form) -> Result<Vec<String>, OAuthError> {
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

/// The same, if the client may have them.
pub(super) fn allowed(registry: &Registry, client_id: &str, form: &Form) -> Result<Vec<String>, OAuthError> {
    let scopes = asked(form)?;
    if scopes.iter().all(|scope| registry.allows(client_id, scope)) {
        Ok(scopes)
    } else {
        Err(error(
            400,
            "invalid_scope",
            "a scope is unknown, or not for this client",
        ))
    }
}
