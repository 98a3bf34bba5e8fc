//! What each grant asks of a token request.

use serde_json::Value;

use super::super::Shared;
use super::super::credentials::Requester;
use super::super::registry::Entitlement;
use super::error::{OAuthError, error};
use super::{Form, scope};

/// RFC 6749 section 4.4.
pub(super) fn client_credentials(shared: &Shared, requester: &Requester, form: &Form) -> Result<Value, OAuthError> {
    let mut registry = shared.registry();
    let asked = scope::allowed(&registry, &requester.id, form)?;
    let entitlement = Entitlement {
        client_id: requester.id.clone(),
        scopes: registry.response.granted(&asked),
        grant_type: "client_credentials",
        consent: None,
    };
    Ok(registry.grant(entitlement, None, (shared.clock)()).into())
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
    if !registry.users.know(username, password) {
        return Err(invalid_grant("the username or the password is wrong"));
    }
    let entitlement = Entitlement {
        client_id: requester.id.clone(),
        scopes: scope::allowed(&registry, &requester.id, form)?,
        grant_type: "password",
        consent: Some(registry.users.consent(username)),
    };
    Ok(registry.grant_by_user(entitlement, (shared.clock)()).into())
}

/// RFC 6749 section 6.
pub(super) fn refresh_token(shared: &Shared, requester: &Requester, form: &Form) -> Result<Value, OAuthError> {
    let token = form.required("refresh_token", "refresh_token is missing")?;
    let asked = scope::asked(form)?;
    let mut registry = shared.registry();
    let entitlement = registry.refreshable(token, &requester.id).map_err(invalid_grant)?;
    if !asked.iter().all(|scope| entitlement.scopes.contains(scope)) {
        return Err(error(400, "invalid_scope", "a scope was not granted by the user"));
    }
    let scopes = if asked.is_empty() {
        entitlement.scopes.clone()
    } else {
        asked
    };
    let members = registry.refresh(token, entitlement, &scopes, (shared.clock)());
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
