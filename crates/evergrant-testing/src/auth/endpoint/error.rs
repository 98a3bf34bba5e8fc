//! Error responses (RFC 6749 section 5.2).

use bytes::Bytes;
use http::header::WWW_AUTHENTICATE;
use http::{HeaderValue, Response};
use serde_json::json;

use super::json_response;

pub(in crate::auth) struct OAuthError {
    status: u16,
    pub(super) code: &'static str,
    pub(super) description: &'static str,
}

pub(in crate::auth) const fn error(status: u16, code: &'static str, description: &'static str) -> OAuthError {
    OAuthError {
        status,
        code,
        description,
    }
}

impl OAuthError {
    pub(super) fn into_response(self) -> Response<Bytes> {
        let body = json!({"error": self.code, "error_description": self.description});
        let mut response = json_response(self.status, &body);
        if self.status == 401 {
            let challenge = HeaderValue::from_static("Basic realm=\"test\"");
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
