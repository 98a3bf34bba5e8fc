//! The token endpoint (RFC 6749 section 3.2): finds the grant, and lets it decide.

use serde_json::Value;

use super::super::Shared;
use super::super::credentials::Requester;
use super::error::{OAuthError, error};
use super::{Form, client};
use crate::record::RecordedRequest;

/// Decides on one grant type's requests, and words the response.
type Grant = fn(&Shared, &Requester, &Form) -> Result<Value, OAuthError>;

/// The grant types on offer, by their `grant_type`.
pub(super) const GRANTS: &[(&str, Grant)] = &[("client_credentials", client_credentials)];

pub(super) fn respond(shared: &Shared, request: &RecordedRequest) -> Result<Value, OAuthError> {
    let form = Form::of(request)?;
    let requester = client(shared, request, &form)?;
    let grant_type = form.required("grant_type", "grant_type is missing")?;
    let (_, grant) = GRANTS.iter().find(|(name, _)| *name == grant_type).ok_or(error(
        400,
        "unsupported_grant_type",
        "this grant type is not offered",
    ))?;
    grant(shared, &requester, &form)
}

/// RFC 6749 section 4.4.
fn client_credentials(shared: &Shared, requester: &Requester, form: &Form) -> Result<Value, OAuthError> {
    let scopes = scopes(form)?;
    let mut registry = shared.registry();
    if !scopes.iter().all(|scope| registry.allows(&requester.id, scope)) {
        return Err(error(
            400,
            "invalid_scope",
            "a scope is unknown, or not for this client",
        ));
    }
    let response = registry.grant(&requester.id, &scopes, (shared.clock)());
    Ok(Value::Object(response))
}

/// The scopes asked for, in the grammar of RFC 6749 section 3.3.
fn scopes(form: &Form) -> Result<Vec<String>, OAuthError> {
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
