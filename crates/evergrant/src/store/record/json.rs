//! The JSON format of records, version 1. Processes with different versions of this library share records: additions
//! are read leniently, and newer formats are left unchanged. A record without a revision is older than any record with
//! one.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize as _, Serialize};
use serde_json::{Map, Value};

use super::record_limits::MAX_RECORD_SIZE;
use super::{Record, authentication_tag};
use crate::Secret;
use crate::store::StoreKey;

/// The format version that a reader must understand.
const VERSION: u64 = 1;

/// Maximum size of preserved members of newer versions, in bytes of JSON: without a limit, a record could grow until it
/// cannot be written.
const MAX_UNKNOWN_MEMBERS_SIZE: usize = 16 * 1024;

/// The reason why a record cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RecordError {
    /// Damaged; may be overwritten.
    Damaged,
    /// Written for another key; may be overwritten.
    OtherKey,
    /// Longer than any record of this library; may be overwritten.
    TooLong,
    /// Written by a newer version and in use, so it must be left unchanged.
    Newer,
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Damaged => "it is not a record of this library, or it is damaged",
            Self::OtherKey => "it was written for another key",
            Self::TooLong => "it is longer than the maximum of 1 MiB",
            Self::Newer => "it was written by a newer version of this library",
        })
    }
}

/// A record with its version and key.
#[derive(Serialize)]
struct Envelope<'a> {
    evergrant: u64,
    key: String,
    #[serde(flatten)]
    record: &'a Record,
}

impl Record {
    /// Parses the text, without deciding whether it is trusted.
    pub(crate) fn read(text: &Secret, key: &StoreKey) -> Result<Self, RecordError> {
        if text.expose().len() > MAX_RECORD_SIZE {
            return Err(RecordError::TooLong);
        }
        let mut members: Map<String, Value> = serde_json::from_str(text.expose()).map_err(|_| RecordError::Damaged)?;
        match members.remove("evergrant").as_ref().and_then(Value::as_u64) {
            Some(VERSION) => {}
            Some(_) => return Err(RecordError::Newer),
            None => return Err(RecordError::Damaged),
        }
        if members.remove("key") != Some(Value::String(key.to_string())) {
            return Err(RecordError::OtherKey);
        }
        members.remove(authentication_tag::NAME);
        let mut record = Self::deserialize(Value::Object(members)).map_err(|_| RecordError::Damaged)?;
        if size(&record.others) > MAX_UNKNOWN_MEMBERS_SIZE {
            record.others = BTreeMap::new();
        }
        Ok(record)
    }

    pub(crate) fn write(&self, key: &StoreKey) -> Secret {
        let envelope = Envelope {
            evergrant: VERSION,
            key: key.to_string(),
            record: self,
        };
        // Cannot fail: all names are strings, and no member has a fallible serialization.
        serde_json::to_string(&envelope).unwrap_or_default().into()
    }
}

/// The size of the members as JSON.
fn size(object: &BTreeMap<String, Value>) -> usize {
    let member = |(name, value): (&String, &Value)| name.len() + value.to_string().len();
    object.iter().map(member).sum()
}
