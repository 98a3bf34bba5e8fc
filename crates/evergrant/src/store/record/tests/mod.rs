//! The format and the rules of records, without a store.

mod arbitrary_records;
mod json;
mod leases_and_generations;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::{Body, HeldLease, Record, SharedToken, StoreTime};
use crate::store::{StoreGeneration, StoreKey};

/// 2026-01-02 03:04:05 UTC.
const NOW: StoreTime = Duration::from_secs(1_767_323_045);
const TERM: Duration = Duration::from_secs(3);

fn key() -> StoreKey {
    StoreKey::builder("https://auth.example.com/token", "client-id").build()
}

fn token(generation: u64, expires: Option<StoreTime>) -> SharedToken {
    SharedToken {
        generation: StoreGeneration(generation),
        issued: NOW,
        expires,
        rejected: false,
        unproven: false,
        renewable: false,
        body: Body::Plain(r#"{"access_token":"not-a-real-token"}"#.into()),
    }
}

fn held_by(owner: &str, until: StoreTime) -> Record {
    Record {
        fence: 7,
        lease: Some(HeldLease {
            owner: owner.to_owned(),
            until,
            term: TERM,
        }),
        others: BTreeMap::from_iter([("added".to_owned(), Value::Bool(true))]),
        ..Record::default()
    }
}
