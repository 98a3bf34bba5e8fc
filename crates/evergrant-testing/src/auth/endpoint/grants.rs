//! Handles the token requests of each grant.

use serde_json::Value;

use super::super::Shared;
use super::super::client_authentication::Requester;
use super::super::registered_clients_and_tokens::Authorization;
use super::error::{OAuthError, error};
use super::{Form, scope};

/// RFC 6749 section 4.4.
pub(super) fn client_credentials(shared: &Shared, requester: &Requester, form: &Form) -> Result<Value, OAuthError> {
    let mut registry = shared.registry();
    let requested = scope::allowed(&registry, &requester.id, form)?;
    let authorization = Authorization {
        client_id: requester.id.clone(),
        scopes: registry.response.granted(&requested),
        grant_type: "client_credentials",
        consent: None,
        delegation: None,
    };
    Ok(registry.grant(authorization, None, (shared.clock)()).into())
}

/// RFC 6749 section 4.1.3, with RFC 7636 section 4.5.
pub(super) fn authorization_code(shared: &Shared, requester: &Requester, form: &Form) -> Result<Value, OAuthError> {
    let code = form.required("code", "code is missing")?;
    let verifier = form.value("code_verifier");
    if !verifier.is_none_or(is_verifier) {
        return Err(error(400, "invalid_request", "code_verifier is malformed"));
    }
    let (redirect_uri, now) = (form.value("redirect_uri"), (shared.clock)());
    let mut registry = shared.registry();
    let members = registry.redeem(code, &requester.id, redirect_uri, verifier, now);
    members.map(Value::from).map_err(invalid_grant)
}

/// RFC 6749 section 4.3.
pub(super) fn password(shared: &Shared, requester: &Requester, form: &Form) -> Result<Value, OAuthError> {
    let username = form.required("username", "username is missing")?;
    let password = form.required("password", "password is missing")?;
    let mut registry = shared.registry();
    if !registry.users.authenticate(username, password) {
        return Err(invalid_grant("the username or the password is wrong"));
    }
    let authorization = Authorization {
        client_id: requester.id.clone(),
        scopes: scope::allowed(&registry, &requester.id, form)?,
        grant_type: "password",
        consent: Some(registry.users.consent(username)),
        delegation: None,
    };
    Ok(registry.grant_by_user(authorization, (shared.clock)()).into())
}

/// RFC 6749 section 6.
pub(super) fn refresh_token(shared: &Shared, requester: &Requester, form: &Form) -> Result<Value, OAuthError> {
    let token = form.required("refresh_token", "refresh_token is missing")?;
    let requested = scope::requested(form)?;
    let mut registry = shared.registry();
    let authorization = registry.refreshable(token, &requester.id).map_err(invalid_grant)?;
    if !requested.iter().all(|scope| authorization.scopes.contains(scope)) {
        return Err(error(400, "invalid_scope", "the user did not grant a scope"));
    }
    let scopes = if requested.is_empty() {
        authorization.scopes.clone()
    } else {
        requested
    };
    let members = registry.refresh(token, authorization, &scopes, (shared.clock)());
    Ok(members.into())
}

fn invalid_grant(description: &'static str) -> OAuthError {
    error(400, "invalid_grant", description)
}

/// The grammar of RFC 7636 section 4.1.
fn is_verifier(text: &str) -> bool {
    (43..=128).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}
