//! Routing and responses that are shared by the emulations.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use evergrant_testing::{ApiServer, MockResponse, RouteRequest};
use http::Method;
use serde_json::{Value, json};

/// The response of an operation; `Err` is a rejection.
pub(crate) type OperationResult = Result<MockResponse, MockResponse>;

/// Routes requests to an operation on the state of the API.
pub(crate) fn route<S: Send + Sync + 'static>(
    api: &ApiServer,
    state: &Arc<S>,
    method: Method,
    path: &str,
    operation: fn(&S, &RouteRequest<'_>) -> OperationResult,
) {
    let state = Arc::clone(state);
    api.route(method, path, move |request| {
        operation(&state, request).unwrap_or_else(|rejection| rejection)
    });
}

pub(crate) fn json(status: u16, body: &Value) -> MockResponse {
    MockResponse::new(status).json(&body.to_string())
}

/// Returns the JSON body of a request, or its problem.
pub(crate) fn body(request: &RouteRequest<'_>) -> Result<Value, &'static str> {
    let media_type = request.header("content-type").unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return Err("the body is not application/json");
    }
    serde_json::from_slice(&request.body).map_err(|_| "the body is not JSON")
}

/// Returns a member of a body if it is a non-empty string.
pub(crate) fn text<'a>(body: &'a Value, member: &str) -> Option<&'a str> {
    body[member].as_str().filter(|text| !text.is_empty())
}

/// Creates an error response of the M2M API.
pub(crate) fn m2m_error(status: u16, code: &str, message: &str) -> MockResponse {
    json(status, &json!({"errorCode": code, "errorMessage": message}))
}

/// Verifies the user name and password of a login.
pub(crate) fn check_login(request: &RouteRequest<'_>, username: &str, password: &str) -> Result<(), MockResponse> {
    let body = body(request).map_err(|problem| m2m_error(400, "INPUT_INVALID", problem))?;
    if body["username"] == username && body["password"] == password {
        Ok(())
    } else {
        let message = "the username or the password is wrong";
        Err(m2m_error(401, "REQUEST_FAILED.UnknownUser", message))
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
