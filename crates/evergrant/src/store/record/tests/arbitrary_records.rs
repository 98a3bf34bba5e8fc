//! Strategies for arbitrary records and JSON that resembles one.

use std::collections::BTreeMap;
use std::time::Duration;

use http::StatusCode;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::{Map, Value};

use crate::error::{Hint, SharedCause, SharedFailureKind};
use crate::store::StoreGeneration;
use crate::store::record::record_limits::MAX_NUMBER;
use crate::store::record::{
    Body, Failure, HeldLease, Pauses, Record, RecordClient, RejectionPause, SharedToken, StoreTime,
};

pub(super) fn times() -> impl Strategy<Value = StoreTime> {
    let usual = 0..=MAX_NUMBER;
    prop_oneof![
        Just(Duration::ZERO),
        usual.prop_map(Duration::from_millis),
        Just(Duration::MAX)
    ]
}

fn number() -> impl Strategy<Value = u64> {
    0..MAX_NUMBER
}

/// A string for display.
fn line() -> impl Strategy<Value = String> {
    "[a-z0-9:/.-]{0,20}"
}

fn time() -> impl Strategy<Value = StoreTime> {
    (0..=MAX_NUMBER).prop_map(Duration::from_millis)
}

fn cause() -> impl Strategy<Value = SharedCause> {
    let kinds = [
        SharedFailureKind::Rejected,
        SharedFailureKind::UnusableResponse,
        SharedFailureKind::Unreachable,
    ];
    let hints = vec(
        prop::sample::select(vec![Hint::CheckClient, Hint::NoScopeSent, Hint::ServerFailing]),
        0..3,
    );
    let status = option::of((100_u16..1000).prop_filter_map("no status", |status| StatusCode::from_u16(status).ok()));
    let kind = prop::sample::select(Vec::from(kinds));
    let known = (kind, status, option::of(line()), hints, any::<bool>()).prop_map(
        |(kind, status, code, hints, is_retryable)| SharedCause {
            kind,
            status,
            code,
            hints,
            is_retryable,
        },
    );
    prop_oneof![known, Just(SharedCause::unknown())]
}

pub(super) fn record() -> impl Strategy<Value = Record> {
    let lease = (line(), time(), time()).prop_map(|(owner, until, term)| HeldLease { owner, until, term });
    let body = prop_oneof![
        any::<String>().prop_map(|text| Body::Plain(text.into())),
        any::<String>().prop_map(Body::Sealed),
    ];
    let token = (number(), time(), option::of(time()), any::<[bool; 3]>(), body).prop_map(
        |(generation, issued, expires, [rejected, unproven, renewable], body)| SharedToken {
            generation: StoreGeneration(generation),
            issued,
            expires,
            rejected,
            unproven,
            renewable,
            body,
        },
    );
    let failure = (time(), time(), time(), any::<u32>(), line(), cause(), any::<bool>()).prop_map(
        |(at, with_token, without_token, count, message, cause, server_requested)| Failure {
            at,
            pauses: Pauses {
                with_token,
                without_token,
            },
            count,
            message,
            cause,
            server_requested,
        },
    );
    let rejection_pause = (time(), any::<u32>()).prop_map(|(until, streak)| RejectionPause { until, streak });
    let client = (line(), line(), line()).prop_map(|(client_id, endpoint, scopes)| RecordClient {
        client_id,
        endpoint,
        scopes,
    });
    let others = vec(("added [a-z]{0,3}", value()), 0..3).prop_map(BTreeMap::from_iter);
    let parts = (
        number(),
        number(),
        option::of(lease),
        option::of(token),
        option::of(failure),
        option::of(rejection_pause),
        option::of(client),
        others,
    );
    parts.prop_map(
        |(revision, fence, lease, token, failure, rejection_pause, client, others)| Record {
            revision,
            fence,
            lease,
            token,
            failure,
            rejection_pause,
            client,
            others,
        },
    )
}

/// Known names with arbitrary values.
pub(super) fn members() -> impl Strategy<Value = Vec<(String, Value)>> {
    let names = vec![
        "revision", "fence", "lease", "token", "failure", "refusals", "client", "added",
    ];
    vec((prop::sample::select(names).prop_map(str::to_owned), value()), 0..7)
}

fn value() -> impl Strategy<Value = Value> {
    let numbers = vec![0, 1, MAX_NUMBER - 1, MAX_NUMBER, MAX_NUMBER + 1, u64::MAX];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        prop::sample::select(numbers).prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<i32>().prop_map(|number| Value::from(f64::from(number) / 2.0)),
        "[a-z.]{0,8}".prop_map(Value::from),
    ];
    let names = [
        "owner",
        "until",
        "term",
        "generation",
        "issued",
        "expires",
        "rejected",
        "plain",
        "sealed",
        "at",
        "pause",
        "pause_without_token",
        "count",
        "message",
        "asked_for",
        "streak",
        "client_id",
        "endpoint",
        "scopes",
    ];
    leaf.prop_recursive(2, 24, 8, move |inner| {
        let name = prop::sample::select(names.to_vec()).prop_map(str::to_owned);
        prop_oneof![
            4 => vec((name, inner.clone()), 0..8).prop_map(|members| Value::Object(Map::from_iter(members))),
            1 => vec(inner, 0..3).prop_map(Value::from),
        ]
    })
}
