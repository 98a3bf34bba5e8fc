//! A record's JSON form, version 1: shared by processes of different versions of this library, so it is read leniently where
//! it grew, and left alone where it is not understood. One without a revision is older than any that has one.

use std::fmt;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::bounds::{LARGEST, MAX_RECORD_SIZE, is_believed, millis};
use super::{Body, Failure, FleetRefusals, HeldLease, Pauses, Record, RecordClient, SharedToken, cause, tag};
use crate::Secret;
use crate::redact::Redactor;
use crate::store::{StoreGeneration, StoreKey};

/// What a reader must understand to use a record.
const VERSION: u64 = 1;

/// How much of what newer versions have added is kept, in bytes as JSON: with more, a record could grow until it cannot be written.
const LONGEST_OTHERS: usize = 16 * 1024;

/// Why a text is not a record that we can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RecordError {
    /// It may be overwritten: it is no use to anybody.
    Damaged,
    /// The same: it was written for another key.
    OtherKey,
    /// The same: we write none that long.
    TooLong,
    /// Newer processes use it, so it must be left as it is.
    Newer,
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Damaged => "it is no record of this library, or a damaged one",
            Self::OtherKey => "it was written for another key",
            Self::TooLong => "it is longer than any record of this library",
            Self::Newer => "a newer version of this library wrote it",
        })
    }
}

impl Record {
    /// What the text says; whether it is to be believed is another question.
    pub(crate) fn read(text: &Secret, key: &StoreKey) -> Result<Self, RecordError> {
        if text.expose().len() > MAX_RECORD_SIZE {
            return Err(RecordError::TooLong);
        }
        let Ok(Value::Object(mut object)) = serde_json::from_str(text.expose()) else {
            return Err(RecordError::Damaged);
        };
        match object.remove("evergrant").as_ref().and_then(Value::as_u64) {
            Some(VERSION) => {}
            Some(_) => return Err(RecordError::Newer),
            None => return Err(RecordError::Damaged),
        }
        if object.remove("key") != Some(Value::String(key.to_string())) {
            return Err(RecordError::OtherKey);
        }
        object.remove(tag::NAME);
        let record = Self {
            revision: take(&mut object, "revision", number)?.unwrap_or(0),
            fence: take(&mut object, "fence", number)?.unwrap_or(0),
            lease: take(&mut object, "lease", lease)?,
            token: take(&mut object, "token", token)?,
            failure: take(&mut object, "failure", failure)?,
            refusals: take(&mut object, "refusals", refusals)?,
            client: take(&mut object, "client", client)?,
            others: Map::new(),
        };
        Ok(Self {
            others: if size(&object) > LONGEST_OTHERS {
                Map::new()
            } else {
                object
            },
            ..record
        })
    }

    pub(crate) fn write(&self, key: &StoreKey) -> Secret {
        let mut object = self.others.clone();
        object.insert("evergrant".into(), VERSION.into());
        object.insert("key".into(), key.to_string().into());
        object.insert("revision".into(), self.revision.into());
        object.insert("fence".into(), self.fence.into());
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                object.insert(name.into(), value);
            }
        };
        put(
            "lease",
            self.lease
                .as_ref()
                .map(|lease| json!({ "owner": lease.owner, "until": millis(lease.until), "term": millis(lease.term) })),
        );
        put("token", self.token.as_ref().map(write_token));
        let failure = self.failure.as_ref();
        put(
            "failure",
            failure.map(|failure| {
                let mut object = json!({
                    "at": millis(failure.at),
                    "pause": millis(failure.pauses.with_token),
                    "pause_without_token": millis(failure.pauses.without_token),
                    "count": failure.count,
                    "message": failure.message,
                    "asked_for": failure.asked_for,
                });
                if let Some(cause) = cause::write(&failure.cause) {
                    object["cause"] = cause;
                }
                object
            }),
        );
        put(
            "refusals",
            self.refusals.map(|refusals| {
                json!({
                    "until": millis(refusals.until),
                    "streak": refusals.streak,
                })
            }),
        );
        put(
            "client",
            self.client.as_ref().map(|client| {
                json!({
                    "client_id": client.client_id,
                    "endpoint": client.endpoint,
                    "scopes": client.scopes,
                })
            }),
        );
        Value::Object(object).to_string().into()
    }
}

fn write_token(token: &SharedToken) -> Value {
    let mut object = Map::new();
    object.insert("generation".into(), token.generation.0.into());
    object.insert("issued".into(), millis(token.issued).into());
    if let Some(expires) = token.expires {
        object.insert("expires".into(), millis(expires).into());
    }
    for (name, holds) in [
        ("rejected", token.rejected),
        ("unproven", token.unproven),
        ("renewable", token.renewable),
    ] {
        if holds {
            object.insert(name.into(), true.into());
        }
    }
    let (name, body) = match &token.body {
        Body::Plain(text) => ("plain", text.expose()),
        Body::Sealed(text) => ("sealed", text.as_str()),
    };
    object.insert(name.into(), body.into());
    Value::Object(object)
}

/// How long members are as JSON.
fn size(object: &Map<String, Value>) -> usize {
    let member = |(name, value): (&String, &Value)| name.len() + value.to_string().len();
    object.iter().map(member).sum()
}

/// A member that is there must be understood.
fn take<T>(
    object: &mut Map<String, Value>,
    name: &str,
    read: impl FnOnce(&Value) -> Option<T>,
) -> Result<Option<T>, RecordError> {
    match object.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => read(&value).map(Some).ok_or(RecordError::Damaged),
    }
}

fn lease(value: &Value) -> Option<HeldLease> {
    Some(HeldLease {
        owner: line(value, "owner", 100)?,
        until: time(value, "until")?,
        term: time(value, "term")?,
    })
}

fn token(value: &Value) -> Option<SharedToken> {
    let holds = |name| value[name] == Value::Bool(true);
    Some(SharedToken {
        generation: StoreGeneration(number(&value["generation"])?),
        issued: time(value, "issued")?,
        expires: match &value["expires"] {
            Value::Null => None,
            _ => Some(time(value, "expires")?),
        },
        rejected: holds("rejected"),
        unproven: holds("unproven"),
        renewable: holds("renewable"),
        body: match (text(value, "plain"), text(value, "sealed")) {
            (Some(text), None) => Body::Plain(text.into()),
            (None, Some(text)) => Body::Sealed(text),
            _ => return None,
        },
    })
}

fn failure(value: &Value) -> Option<Failure> {
    Some(Failure {
        at: time(value, "at")?,
        pauses: Pauses {
            with_token: time(value, "pause")?,
            without_token: time(value, "pause_without_token")?,
        },
        count: u32::try_from(value["count"].as_u64()?).unwrap_or(u32::MAX),
        message: line(value, "message", 400)?,
        cause: cause::read(&value["cause"]),
        asked_for: value["asked_for"] == Value::Bool(true),
    })
}

fn refusals(value: &Value) -> Option<FleetRefusals> {
    Some(FleetRefusals {
        until: time(value, "until")?,
        streak: u32::try_from(value["streak"].as_u64()?).unwrap_or(u32::MAX),
    })
}

fn client(value: &Value) -> Option<RecordClient> {
    Some(RecordClient {
        client_id: line(value, "client_id", 400)?,
        endpoint: line(value, "endpoint", 2000)?,
        scopes: line(value, "scopes", 2000)?,
    })
}

fn text(value: &Value, name: &str) -> Option<String> {
    value[name].as_str().map(str::to_owned)
}

/// What a screen or a log may show: one line of so many characters at most, without controls.
pub(super) fn line(value: &Value, name: &str, limit: usize) -> Option<String> {
    let text = value[name].as_str()?;
    Some(Redactor::new([]).line(text, limit))
}

fn time(value: &Value, name: &str) -> Option<Duration> {
    let time = value[name].as_u64().filter(|millis| *millis <= LARGEST)?;
    Some(Duration::from_millis(time))
}

fn number(value: &Value) -> Option<u64> {
    value.as_u64().filter(|number| is_believed(*number))
}
