//! Converts a response with an error status to an error.

use bytes::Bytes;
use evergrant::ApiError;
use reqwest::Response;

use crate::Error;

/// Maximum number of bytes to read from the body of an error response.
const MAX_BODY_BYTES: usize = 1024 * 1024;

/// Reads the error response. If the connection breaks, the error contains the part of the body that was read.
pub(super) async fn api_error(mut response: Response, call: String) -> Error {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_BODY_BYTES {
            body.truncate(MAX_BODY_BYTES);
            break;
        }
    }
    let headers = std::mem::take(response.headers_mut());
    let error = ApiError::new(response.status(), headers, Bytes::from(body)).for_call(call);
    Error::Api(Box::new(error))
}
