//! Token introspection (RFC 7662) and revocation (RFC 7009).

use serde_json::{Map, Value, json};

use super::super::Shared;
use super::super::token_response::unix_seconds;
use super::error::{OAuthError, error};
use super::{Form, authenticate_client};
use crate::recorded_request::RecordedRequest;

pub(super) fn introspect(shared: &Shared, request: &RecordedRequest) -> Result<Value, OAuthError> {
    let form = Form::of(request)?;
    if authenticate_client(shared, request, &form)?.public {
        return Err(error(401, "invalid_client", "a public client may not introspect"));
    }
    let token = form.required("token", "token is missing")?;
    let registry = shared.registry();
    let Some(issued) = registry.valid(token, (shared.clock)()) else {
        return Ok(json!({"active": false}));
    };
    let mut description = json!({
        "active": true,
        "client_id": issued.authorization.client_id,
        "scope": issued.authorization.scopes.join(" "),
        "iat": unix_seconds(issued.issued_at),
        "exp": unix_seconds(issued.expires_at),
        "token_type": "Bearer",
    });
    if let Some(username) = issued.authorization.username() {
        description["username"] = username.into();
    }
    Ok(description)
}

pub(super) fn revoke(shared: &Shared, request: &RecordedRequest) -> Result<Value, OAuthError> {
    let form = Form::of(request)?;
    let requester = authenticate_client(shared, request, &form)?;
    let token = form.required("token", "token is missing")?;
    let mut registry = shared.registry();
    if registry.owner(token).is_some_and(|owner| owner != requester.id) {
        return Err(error(400, "invalid_grant", "the token was issued to another client"));
    }
    registry.revoke(token);
    Ok(Value::Object(Map::new()))
}
