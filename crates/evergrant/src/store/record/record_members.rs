//! The members of a record, and their JSON representation. Strings from other processes are shortened and sanitized for
//! display.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::failure_cause;
use super::json_values::{self, time};
use crate::Secret;
use crate::error::SharedCause;
use crate::token_generation::StoreGeneration;

/// A time on the engine's clock, since 1970.
pub(crate) type StoreTime = Duration;

/// The shared state of one token.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Record {
    /// Increases with each write, so that older copies are recognized.
    #[serde(default, deserialize_with = "json_values::number")]
    pub(crate) revision: u64,
    /// The fencing number of the newest lease. Each new one is greater, even if the engine lost the record in between.
    #[serde(default, deserialize_with = "json_values::number")]
    pub(crate) fence: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lease: Option<HeldLease>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) token: Option<SharedToken>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) failure: Option<Failure>,
    #[serde(rename = "refusals", skip_serializing_if = "Option::is_none")]
    pub(crate) rejection_pause: Option<RejectionPause>,
    /// The client, for operators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) client: Option<RecordClient>,
    /// Members that newer versions of this library have added; preserved unchanged. Sorted, so that all writers agree
    /// on the text, whatever features `serde_json` is built with.
    #[serde(flatten)]
    pub(crate) others: BTreeMap<String, Value>,
}

/// The lease of the process that fetches.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct HeldLease {
    #[serde(deserialize_with = "json_values::line::<100, _>")]
    pub(crate) owner: String,
    #[serde(with = "time")]
    pub(crate) until: StoreTime,
    /// The duration from its last extension.
    #[serde(with = "time")]
    pub(crate) term: Duration,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SharedToken {
    #[serde(with = "Generation")]
    pub(crate) generation: StoreGeneration,
    #[serde(with = "time")]
    pub(crate) issued: StoreTime,
    #[serde(default, with = "time", skip_serializing_if = "Option::is_none")]
    pub(crate) expires: Option<StoreTime>,
    /// An API has rejected it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) rejected: bool,
    /// It replaced a token that an API rejected.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) unproven: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) renewable: bool,
    #[serde(flatten)]
    pub(crate) body: Body,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "StoreGeneration")]
struct Generation(#[serde(deserialize_with = "json_values::number")] u64);

/// The token itself, as JSON.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", try_from = "Bodies")]
pub(crate) enum Body {
    Plain(#[serde(serialize_with = "json_values::exposed")] Secret),
    Sealed(String),
}

/// Both forms of a token. A record has exactly one.
#[derive(Deserialize)]
struct Bodies {
    plain: Option<String>,
    sealed: Option<String>,
}

/// A failed fetch that all processes respect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Failure {
    #[serde(with = "time")]
    pub(crate) at: StoreTime,
    #[serde(flatten)]
    pub(crate) pauses: Pauses,
    /// Number of consecutive failures.
    #[serde(deserialize_with = "json_values::count")]
    pub(crate) count: u32,
    #[serde(deserialize_with = "json_values::line::<400, _>")]
    pub(crate) message: String,
    #[serde(
        default = "SharedCause::unknown",
        with = "failure_cause",
        skip_serializing_if = "failure_cause::is_unknown"
    )]
    pub(crate) cause: SharedCause,
    /// Whether the server itself requested this pause.
    #[serde(rename = "asked_for", default)]
    pub(crate) server_requested: bool,
}

/// How long processes do not fetch after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pauses {
    #[serde(rename = "pause", with = "time")]
    pub(crate) with_token: Duration,
    /// For processes without a token, which is more urgent.
    #[serde(rename = "pause_without_token", with = "time")]
    pub(crate) without_token: Duration,
}

/// APIs reject fresh tokens too: until this time, rejections start no renewal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RejectionPause {
    #[serde(with = "time")]
    pub(crate) until: StoreTime,
    #[serde(deserialize_with = "json_values::count")]
    pub(crate) streak: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RecordClient {
    #[serde(deserialize_with = "json_values::line::<400, _>")]
    pub(crate) client_id: String,
    #[serde(deserialize_with = "json_values::line::<2000, _>")]
    pub(crate) endpoint: String,
    #[serde(deserialize_with = "json_values::line::<2000, _>")]
    pub(crate) scopes: String,
}

impl TryFrom<Bodies> for Body {
    type Error = &'static str;

    fn try_from(bodies: Bodies) -> Result<Self, Self::Error> {
        match (bodies.plain, bodies.sealed) {
            (Some(text), None) => Ok(Self::Plain(text.into())),
            (None, Some(text)) => Ok(Self::Sealed(text)),
            _ => Err("a token is either plain or sealed"),
        }
    }
}
