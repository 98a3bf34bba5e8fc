//! The JSON representation of a failure's cause. Processes with older versions of this library omit it, and use only
//! the message.

use http::StatusCode;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::error::{Hint, SharedCause, SharedFailureKind};
use crate::redact::Redactor;

#[derive(Serialize, Deserialize)]
struct Cause {
    #[serde(with = "Kind")]
    failure: SharedFailureKind,
    status: Option<u16>,
    code: Option<String>,
    #[serde(default)]
    hints: Vec<String>,
    #[serde(default = "yes")]
    retryable: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "SharedFailureKind", rename_all = "snake_case")]
enum Kind {
    #[serde(rename = "refused")]
    Rejected,
    UnusableResponse,
    Unreachable,
    #[serde(skip)]
    Unknown,
}

/// Maximum number of hints that are read.
const MAX_HINTS: usize = 8;

pub(super) fn is_unknown(cause: &SharedCause) -> bool {
    cause.kind == SharedFailureKind::Unknown
}

pub(super) fn serialize<S: Serializer>(cause: &SharedCause, serializer: S) -> Result<S::Ok, S::Error> {
    let cause = Cause {
        failure: cause.kind,
        status: cause.status.map(|status| status.as_u16()),
        code: cause.code.clone(),
        hints: cause.hints.iter().map(|hint| hint.name().to_owned()).collect(),
        retryable: cause.is_retryable,
    };
    cause.serialize(serializer)
}

/// Reads the cause leniently: one that cannot be read is [`SharedCause::unknown`].
pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SharedCause, D::Error> {
    let Ok(cause) = Cause::deserialize(Value::deserialize(deserializer)?) else {
        return Ok(SharedCause::unknown());
    };
    let hints = cause.hints.iter().take(MAX_HINTS);
    Ok(SharedCause {
        kind: cause.failure,
        status: cause.status.and_then(|status| StatusCode::from_u16(status).ok()),
        code: cause.code.map(|code| Redactor::new([]).line(&code, 300)),
        hints: hints.filter_map(|hint| Hint::from_name(hint)).collect(),
        is_retryable: cause.retryable,
    })
}

fn yes() -> bool {
    true
}
