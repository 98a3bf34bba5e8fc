//! The JSON format: round trips, and tolerance of unknown and damaged records.

use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::arbitrary_records::{members, record, times};
use super::{NOW, TERM, key, token};
use crate::store::record::json::RecordError;
use crate::store::record::record_limits::MAX_NUMBER;
use crate::store::record::{Body, DEFAULT_RETENTION, MAX_RECORD_SIZE, Record, StoreTime, Tagged, with_tag};
use crate::store::{StoreKey, Summary};

#[test]
fn version_1_is_read_in_its_first_form() {
    let text = json!({
        "evergrant": 1,
        "key": key().to_string(),
        "revision": 1_767_323_045_002_u64,
        "fence": 1_767_323_045_000_u64,
        "lease": { "owner": "42-00ff", "until": 1_767_323_048_000_u64, "term": 3000 },
        "token": {
            "generation": 1_767_323_045_001_u64,
            "issued": 1_767_323_045_000_u64,
            "expires": 1_767_326_645_000_u64,
            "rejected": true,
            "unproven": true,
            "renewable": true,
            "plain": "{\"access_token\":\"not-a-real-token\"}",
        },
        "failure": {
            "at": 1_767_323_045_000_u64,
            "pause": 2000,
            "pause_without_token": 1000,
            "count": 3,
            "message": "the server is down",
            "asked_for": true,
        },
        "refusals": { "until": 1_767_323_050_000_u64, "streak": 2 },
        "client": { "client_id": "client-id", "endpoint": "https://auth.example.com/token", "scopes": "books.read" },
    });
    let record = Record::read(&text.to_string().into(), &key()).unwrap();
    assert_eq!((record.revision, record.fence), (1_767_323_045_002, 1_767_323_045_000));
    assert_eq!(record.lease_remaining(NOW, TERM), Some(TERM));
    let token = record.token(NOW).unwrap();
    assert_eq!(token.generation.0, 1_767_323_045_001);
    assert_eq!(
        (token.issued, token.expires),
        (NOW, Some(NOW + Duration::from_secs(3600)))
    );
    assert!(token.rejected && token.unproven && token.renewable);
    assert!(matches!(&token.body, Body::Plain(text) if text.expose().contains("not-a-real-token")));
    let (failure, left) = record.failure(NOW, |pauses| pauses.without_token).unwrap();
    assert_eq!(
        (failure.count, &*failure.message, failure.server_requested),
        (3, "the server is down", true)
    );
    assert_eq!(left, Duration::from_secs(1));
    assert!(record.rejections_suppressed(NOW));
    assert_eq!(record.client.as_ref().unwrap().scopes, "books.read");
    assert!(record.others.is_empty());
    let written: Value = serde_json::from_str(record.write(&key()).expose()).unwrap();
    assert_eq!(written, text);
}

#[test]
fn a_record_needs_only_its_version_and_its_key() {
    let text = json!({ "evergrant": 1, "key": key().to_string(), "token": null });
    let record = Record::read(&text.to_string().into(), &key()).unwrap();
    assert_eq!((record.revision, record.fence), (0, 0));
    assert!(record.lease.is_none() && record.token.is_none());
}

#[test]
fn invalid_records_are_rejected_with_the_reason() {
    let other = StoreKey::builder("https://auth.example.com/token", "another").build();
    let read = |text: Value| Record::read(&text.to_string().into(), &key()).unwrap_err();
    assert_eq!(read(json!({ "evergrant": 2, "anything": "else" })), RecordError::Newer);
    assert_eq!(
        read(json!({ "evergrant": 1, "key": other.to_string() })),
        RecordError::OtherKey
    );
    assert_eq!(read(json!({ "evergrant": 1 })), RecordError::OtherKey);
    for damaged in [
        json!({}),
        json!({ "evergrant": "1" }),
        json!([]),
        json!(null),
        json!("text"),
        json!(1),
    ] {
        assert_eq!(read(damaged), RecordError::Damaged);
    }
    for (name, value) in [
        ("fence", json!(MAX_NUMBER)),
        ("fence", json!(u64::MAX)),
        ("revision", json!(MAX_NUMBER)),
        ("token", json!({ "generation": MAX_NUMBER, "issued": 1, "plain": "a" })),
        ("fence", json!(-1)),
        ("fence", json!(1.5)),
        ("lease", json!({ "owner": "a", "until": MAX_NUMBER + 1, "term": 1 })),
        ("token", json!({ "generation": 1, "issued": 1 })),
        (
            "token",
            json!({ "generation": 1, "issued": 1, "plain": "a", "sealed": "b" }),
        ),
        (
            "token",
            json!({ "generation": 1, "issued": 1, "expires": "never", "plain": "a" }),
        ),
        ("token", json!({ "generation": u64::MAX, "issued": 1, "plain": "a" })),
        ("failure", json!({ "message": "no time" })),
        ("refusals", json!([])),
        ("client", json!("client-id")),
    ] {
        let mut text = json!({ "evergrant": 1, "key": key().to_string() });
        text[name] = value;
        assert_eq!(read(text.clone()), RecordError::Damaged, "{text}");
    }
}

#[test]
fn a_record_that_is_too_long_is_rejected() {
    let record = |length: usize| {
        let mut text = json!({ "evergrant": 1, "key": key().to_string(), "added": "" }).to_string();
        let at = text.find(r#""added":""#).unwrap() + r#""added":""#.len();
        text.insert_str(at, &"a".repeat(length - text.len()));
        Record::read(&text.into(), &key())
    };
    record(MAX_RECORD_SIZE).unwrap();
    assert_eq!(record(MAX_RECORD_SIZE + 1).unwrap_err(), RecordError::TooLong);
}

#[test]
fn strings_for_display_are_shortened_and_sanitized() {
    let hostile = format!("\u{1b}[2Ja\nforged\r\u{202e}{}", "x".repeat(100_000));
    let text = json!({
        "evergrant": 1,
        "key": key().to_string(),
        "lease": { "owner": hostile, "until": 1_767_323_048_000_u64, "term": 3000 },
        "token": { "generation": 1, "issued": 1, "sealed": hostile },
        "failure": {
            "at": 1_767_323_045_000_u64,
            "pause": 2000,
            "pause_without_token": 1000,
            "count": 3,
            "message": hostile,
        },
        "client": { "client_id": hostile, "endpoint": hostile, "scopes": hostile },
    });
    let record = Record::read(&text.to_string().into(), &key()).unwrap();
    let summary = Summary::of(&record, NOW);
    let shown = [
        summary.client_id.unwrap(),
        summary.endpoint.unwrap(),
        summary.scopes.unwrap(),
        summary.lease.unwrap().owner,
        summary.failure.unwrap().0,
        summary.token.unwrap().key_name.unwrap(),
    ];
    for text in shown {
        assert!(text.chars().count() <= 2001, "{} characters", text.chars().count());
        assert!(!text.contains(['\n', '\r', '\u{1b}', '\u{202e}']), "{text}");
        // Shortening is stable: another process that writes the record changes nothing.
        assert!(text.ends_with('…'), "{text}");
    }
    let again = Record::read(&record.write(&key()), &key()).unwrap();
    assert_eq!(again.write(&key()).expose(), record.write(&key()).expose());
}

#[test]
fn a_tag_is_split_off_unchanged() {
    let record = r#"{"evergrant":1,"others":{"~tag":"a"}}"#;
    let tagged = with_tag(record, "key.AbC-_").unwrap();
    assert_eq!(tagged, r#"{"evergrant":1,"others":{"~tag":"a"},"~tag":"key.AbC-_"}"#);
    let split = Tagged::of(&tagged).unwrap();
    assert_eq!((split.record.as_str(), split.tag), (record, "key.AbC-_"));
    for plain in [
        record,
        "",
        "{}",
        r#"{"~tag":"a"}"#,
        r#"{"a":1,"~tag":"a" }"#,
        r#"{"a":1,"~tag":"a","b":1}"#,
    ] {
        assert_eq!(Tagged::of(plain), None, "{plain}");
    }
    for tag in ["a\"", "a\\", "a\n"] {
        assert_eq!(with_tag(record, tag), None, "{tag}");
    }
}

proptest! {
    #[test]
    fn records_survive_a_round_trip(record in record()) {
        let text = record.write(&key());
        let read = Record::read(&text, &key()).unwrap();
        prop_assert_eq!(shown(&read), shown(&record));
        let again = read.write(&key());
        prop_assert_eq!(again.expose(), text.expose());
    }

    #[test]
    fn no_text_causes_a_panic(text in any::<String>(), now in times(), term in any::<Duration>()) {
        exercise(&text, now, term);
    }

    #[test]
    fn no_json_causes_a_panic(members in members(), now in times(), term in any::<Duration>()) {
        let mut object = Map::from_iter(members);
        object.insert("evergrant".into(), 1.into());
        object.insert("key".into(), key().to_string().into());
        exercise(&Value::Object(object).to_string(), now, term);
    }

    #[test]
    fn no_damage_causes_a_panic(record in record(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = record.write(&key()).expose().as_bytes().to_vec();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        exercise(&String::from_utf8_lossy(&bytes), NOW, TERM);
        bytes.truncate(at);
        exercise(&String::from_utf8_lossy(&bytes), NOW, TERM);
    }
}

/// Performs all operations on a record.
fn exercise(text: &str, now: StoreTime, term: Duration) {
    let Ok(mut record) = Record::read(&text.into(), &key()) else {
        return;
    };
    let _ = format!("{:?}", Summary::of(&record, now));
    let _ = (
        record.ttl(now, DEFAULT_RETENTION),
        record.rejections_suppressed(now),
        record.token(now).is_some(),
    );
    let generation = record.next_generation(now);
    record.advance(now);
    if let Some(lease) = record.acquire_lease("process", now, term) {
        let _ = record.ttl(now, DEFAULT_RETENTION);
        assert!(record.extend_lease(&lease, now, term));
        assert!(record.release_lease(&lease));
        record.put(token(generation.0, None), &lease);
        assert!(record.reject(generation));
    }
    // The result is a valid record, whatever its numbers were.
    assert!(Record::read(&record.write(&key()), &key()).is_ok());
}

fn shown(record: &Record) -> String {
    let body = record.token.as_ref().map(|token| match &token.body {
        Body::Plain(text) => text.expose(),
        Body::Sealed(text) => text,
    });
    format!("{record:?} {body:?}")
}

#[test]
fn members_of_newer_versions_are_preserved_up_to_16_kib() {
    let preserved = |size: usize| {
        // Each member has a name of five bytes and a value with two quotes.
        let long = "x".repeat(size - 2 * (5 + 2));
        let text = json!({ "evergrant": 1, "key": key().to_string(), "added": "", "other": long });
        let record = Record::read(&text.to_string().into(), &key()).unwrap();
        record.others.len()
    };
    for (size, expected) in [(16 * 1024, 2), (16 * 1024 + 1, 0), (16 * 1024 + 2, 0)] {
        assert_eq!(preserved(size), expected, "{size}");
    }
}

#[test]
fn a_cause_without_the_member_is_retryable() {
    for (retryable, expected) in [(None, true), (Some(true), true), (Some(false), false)] {
        let mut cause = json!({ "failure": "refused", "status": 400 });
        if let Some(retryable) = retryable {
            cause["retryable"] = retryable.into();
        }
        let text = json!({
            "evergrant": 1,
            "key": key().to_string(),
            "failure": { "at": 0, "pause": 0, "pause_without_token": 0, "count": 1, "message": "", "cause": cause },
        });
        let record = Record::read(&text.to_string().into(), &key()).unwrap();
        assert_eq!(record.failure.unwrap().cause.is_retryable, expected, "{retryable:?}");
    }
}
