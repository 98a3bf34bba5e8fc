//! What all emulations answer with: operations that have a state, JSON, and the errors of the M2M API.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use evergrant_testing::{Answer, ApiServer, RouteRequest};
use http::Method;
use serde_json::{Value, json};

/// An operation's answer, or its refusal.
pub(crate) type Answered = Result<Answer, Answer>;

/// Serves an operation on what the API keeps.
pub(crate) fn serve<S: Send + Sync + 'static>(
    api: &ApiServer,
    state: &Arc<S>,
    method: Method,
    path: &str,
    operation: fn(&S, &RouteRequest<'_>) -> Answered,
) {
    let state = Arc::clone(state);
    api.route(method, path, move |request| {
        operation(&state, request).unwrap_or_else(|refusal| refusal)
    });
}

pub(crate) fn json(status: u16, body: &Value) -> Answer {
    Answer::new(status).json(&body.to_string())
}

/// A request's JSON body, or what is wrong with it.
pub(crate) fn body(request: &RouteRequest<'_>) -> Result<Value, &'static str> {
    let media_type = request.header("content-type").unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return Err("the body is not application/json");
    }
    serde_json::from_slice(&request.body).map_err(|_| "the body is not JSON")
}

/// A member of a body that is text, and not empty.
pub(crate) fn text<'a>(body: &'a Value, member: &str) -> Option<&'a str> {
    body[member].as_str().filter(|text| !text.is_empty())
}

/// A refusal of the M2M API.
pub(crate) fn m2m(status: u16, code: &str, message: &str) -> Answer {
    json(status, &json!({"errorCode": code, "errorMessage": message}))
}

/// The user's name and password of a login, which begins a session when they are right.
pub(crate) fn is_log_in(request: &RouteRequest<'_>, username: &str, password: &str) -> Result<(), Answer> {
    let body = body(request).map_err(|why| m2m(400, "INPUT_INVALID", why))?;
    if body["username"] == username && body["password"] == password {
        Ok(())
    } else {
        let message = "the username or the password is wrong";
        Err(m2m(401, "REQUEST_FAILED.UnknownUser", message))
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
