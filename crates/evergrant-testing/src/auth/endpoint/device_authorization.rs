//! The device authorization endpoint, and the polling of its codes (RFC 8628).

use serde_json::{Value, json};

use super::super::Shared;
use super::super::client_authentication::Requester;
use super::error::{OAuthError, error};
use super::{Form, authenticate_client, origin, scope};
use crate::recorded_request::RecordedRequest;

/// RFC 8628 section 3.1.
pub(super) fn issue(shared: &Shared, request: &RecordedRequest) -> Result<Value, OAuthError> {
    let form = Form::of(request)?;
    let requester = authenticate_client(shared, request, &form)?;
    if !shared.registry().device_authorization_enabled() {
        return Err(error(400, "unauthorized_client", "device authorization is not enabled"));
    }
    let mut registry = shared.registry();
    let scopes = scope::allowed(&registry, &requester.id, &form)?;
    let issued = registry.issue_device_code(&requester.id, scopes, (shared.clock)());
    let verification_uri = format!("{}/device", origin(request));
    let mut response = json!({
        "device_code": issued.device_code,
        "user_code": issued.user_code,
        "verification_uri_complete": format!("{verification_uri}?user_code={}", issued.user_code),
        "verification_uri": verification_uri,
        "expires_in": issued.expires_in,
    });
    if let Some(interval) = issued.interval {
        response["interval"] = interval.into();
    }
    Ok(response)
}

/// RFC 8628 section 3.4.
pub(super) fn redeem(shared: &Shared, requester: &Requester, form: &Form) -> Result<Value, OAuthError> {
    let code = form.required("device_code", "device_code is missing")?;
    let now = (shared.clock)();
    let members = shared.registry().redeem_device_code(code, &requester.id, now);
    members
        .map(Value::from)
        .map_err(|(code, description)| error(400, code, description))
}
