//! The JSON form of what a failure was. Processes that know nothing of it leave it out, and read the message.

use http::StatusCode;
use serde_json::{Value, json};

use super::json::line;
use crate::error::{FleetFailure, Hint, SharedCause};

/// How many hints are read.
const MOST_HINTS: usize = 8;

/// Each kind of failure, and its name.
const NAMES: [(FleetFailure, &str); 3] = [
    (FleetFailure::Refused, "refused"),
    (FleetFailure::UnusableResponse, "unusable_response"),
    (FleetFailure::Unreachable, "unreachable"),
];

/// `None` when there is nothing to say.
pub(super) fn write(cause: &SharedCause) -> Option<Value> {
    let (_, name) = NAMES.iter().find(|(failure, _)| *failure == cause.failure)?;
    Some(json!({
        "failure": name,
        "status": cause.status.map(|status| status.as_u16()),
        "code": cause.code,
        "hints": cause.hints.iter().map(|hint| hint.name()).collect::<Vec<_>>(),
        "retryable": cause.is_retryable,
    }))
}

/// Lenient: what is not understood is unknown.
pub(super) fn read(value: &Value) -> SharedCause {
    let name = value["failure"].as_str();
    let known = NAMES.iter().find(|(_, known)| Some(*known) == name);
    let Some((failure, _)) = known else {
        return SharedCause::unknown();
    };
    let status = value["status"].as_u64().and_then(|status| u16::try_from(status).ok());
    let hints = value["hints"].as_array().into_iter().flatten().take(MOST_HINTS);
    SharedCause {
        failure: *failure,
        status: status.and_then(|status| StatusCode::from_u16(status).ok()),
        code: line(value, "code", 300),
        hints: hints.filter_map(|hint| Hint::named(hint.as_str()?)).collect(),
        is_retryable: value["retryable"] != Value::Bool(false),
    }
}
