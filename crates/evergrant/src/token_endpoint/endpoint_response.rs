//! Reads the responses of other endpoints than the token endpoint.

use std::sync::Arc;

use bytes::Bytes;
use http::Response;
use serde_json::Value;

use super::Settings;
use super::received_response::ReceivedResponse;
use super::rejection::rejection;
use crate::error::{Error, TransportError, TransportErrorKind, UnreachableError};
use crate::redact::Redactor;
use crate::response_decoding;
use crate::token::JsonObject;
use crate::transport::MAX_RESPONSE_BYTES;

/// Reads a response whose status is the result, as of a revocation (RFC 7009 section 2.2).
pub(super) fn read_status(received: ReceivedResponse<'_>) -> Result<(), Error> {
    let body = Body::read(received.settings, received.redactor, received.response)?;
    body.check(received)
}

/// Reads a response whose body is a JSON object, as of an introspection (RFC 7662 section 2.2).
pub(super) fn read_object(received: ReceivedResponse<'_>) -> Result<JsonObject, Error> {
    let settings = received.settings;
    let body = Body::read(settings, received.redactor, received.response)?;
    body.check(received)?;
    match body.json {
        Some(Value::Object(object)) => Ok(object),
        _ => Err(settings.invalid_response("it is not a JSON object")),
    }
}

/// The body of a response.
struct Body {
    text: String,
    json: Option<Value>,
}

impl Body {
    fn read(settings: &Settings, redactor: &Redactor, response: &Response<Bytes>) -> Result<Self, Error> {
        let size = response.body().len();
        if size > MAX_RESPONSE_BYTES {
            let error = TransportError::new(TransportErrorKind::TooLarge, format!("{size} bytes"));
            let client = Arc::clone(&settings.client);
            return Err(Error::Unreachable(Arc::new(UnreachableError::new(client, error))));
        }
        let text = response_decoding::text(response.headers(), response.body(), redactor);
        let text = text.map_or_else(|problem| problem.to_string(), |text| text.into_owned());
        let json = serde_json::from_str(&text).ok();
        Ok(Self { text, json })
    }

    /// Returns the rejection that the response contains: another status than a success, or a success with an `error`.
    fn check(&self, received: ReceivedResponse<'_>) -> Result<(), Error> {
        let ReceivedResponse {
            settings,
            server,
            sent,
            redactor,
            response,
            requested_at,
            ..
        } = received;
        let code = self.json.as_ref().and_then(|json| json.get("error"));
        let has_error = code.and_then(Value::as_str).is_some_and(|code| !code.is_empty());
        if response.status().is_success() && !has_error {
            return Ok(());
        }
        let mut decoded = response.clone();
        *decoded.body_mut() = Bytes::copy_from_slice(self.text.as_bytes());
        let json = self.json.as_ref();
        let rejection = rejection(settings, &server.url, sent, redactor, &decoded, json, requested_at);
        Err(Error::OAuthProvider(Arc::new(rejection)))
    }
}
