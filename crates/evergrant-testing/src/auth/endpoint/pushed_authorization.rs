//! The endpoint for pushed authorization requests (RFC 9126).

use bytes::Bytes;
use http::Response;
use serde_json::json;

use super::super::Shared;
use super::super::users::PUSHED_LIFETIME;
use super::authorize::{challenge, validate_redirect};
use super::error::{OAuthError, error};
use super::{Form, authenticate_client, json_response, scope};
use crate::recorded_request::RecordedRequest;

pub(super) fn respond(shared: &Shared, request: &RecordedRequest) -> Response<Bytes> {
    match push(shared, request) {
        Ok(request_uri) => {
            let body = json!({"request_uri": request_uri, "expires_in": PUSHED_LIFETIME.as_secs()});
            json_response(201, &body)
        }
        Err(error) => error.into_response(),
    }
}

fn push(shared: &Shared, request: &RecordedRequest) -> Result<String, OAuthError> {
    let invalid = |description| error(400, "invalid_request", description);
    let form = Form::of(request)?;
    let requester = authenticate_client(shared, request, &form)?;
    let mut registry = shared.registry();
    if !registry.pushed_authorization_enabled() {
        return Err(invalid("pushed authorization requests are not enabled"));
    }
    if form.value("request_uri").is_some() {
        return Err(invalid("request_uri must not be pushed"));
    }
    if form.value("client_id") != Some(&*requester.id) {
        return Err(invalid("client_id is missing, or is not the authenticated client"));
    }
    validate_redirect(&registry, &form).map_err(invalid)?;
    challenge(&form)?;
    scope::allowed(&registry, &requester.id, &form)?;
    Ok(registry.push(&requester.id, form, (shared.clock)()))
}
