//! Cases about forged records, which must not block fetching for long or exhaust a counter.

use std::time::Duration;

use evergrant::store::{LeaseOutcome, StoreKey};
use serde_json::{Value, json};

use crate::store::case_result::{CaseResult, ensure};
use crate::store::fixture::{Fixture, renew_token, token};

/// The greatest integer that every JSON parser represents exactly.
const LARGEST: u64 = (1 << 53) - 1;
const TERM: Duration = Duration::from_secs(3);

pub(super) async fn a_forged_lease_has_a_bounded_duration(fixture: Fixture) -> CaseResult {
    let key = fixture.key("a");
    let process = fixture.process(0, &key);
    for far in [Duration::from_secs(60), Duration::from_secs(86_400 * 365)] {
        for term in [far, TERM, Duration::from_millis(LARGEST)] {
            let until = millis(fixture.store(0).load(&key).await?.now + far);
            poison(&fixture, &key, "lease", lease(until, millis(term))).await?;
            assert_bounded(&process.acquire(TERM).await?)?;
        }
    }
    for term in [millis(TERM), LARGEST, 0] {
        poison(&fixture, &key, "lease", lease(LARGEST, term)).await?;
        assert_bounded(&process.acquire(TERM).await?)?;
    }
    Ok(())
}

pub(super) async fn a_forged_failure_lasts_at_most_one_hour(fixture: Fixture) -> CaseResult {
    let key = fixture.key("a");
    for pause in [86_400_000, LARGEST] {
        let now = millis(fixture.store(0).load(&key).await?.now);
        for at in [now, LARGEST] {
            let failure = json!({
                "at": at, "pause": pause, "pause_without_token": pause, "count": u64::MAX, "message": "on purpose",
            });
            poison(&fixture, &key, "failure", failure).await?;
            let summary = fixture.process(0, &key).summary().await?;
            let left = summary.and_then(|summary| summary.failure).map(|(_, left)| left);
            ensure!(
                left.is_none_or(|left| left <= Duration::from_secs(3600)),
                "a forged failure lasts for another {left:?}"
            );
        }
    }
    Ok(())
}

pub(super) async fn counters_continue_after_the_maximum(fixture: Fixture) -> CaseResult {
    for number in [LARGEST - 2, LARGEST - 1, LARGEST, u64::MAX] {
        for name in ["fence", "revision", "token"] {
            let key = fixture.key(&format!("{name} {number}"));
            let value = match name {
                "token" => {
                    json!({ "generation": number, "issued": 1, "plain": token("not-a-real-token").expose_json() })
                }
                _ => json!(number),
            };
            poison(&fixture, &key, name, value).await?;
            for round in 0..6 {
                let process = fixture.process(round, &key);
                process.load().await?;
                let saved = renew_token(&process, &token("not-a-real-token-2")).await?;
                let found = fixture
                    .process(round, &key)
                    .load()
                    .await?
                    .map(|stored| stored.generation);
                ensure!(
                    found == Some(saved),
                    "after a `{name}` of {number}, a process does not find the token that it saved"
                );
            }
            let found = fixture.process(0, &key).load().await?;
            ensure!(
                found.is_some(),
                "after a `{name}` of {number}, a process does not find the token of another process"
            );
        }
    }
    Ok(())
}

/// Writes a record that is valid except for one member.
async fn poison(fixture: &Fixture, key: &StoreKey, name: &str, value: Value) -> CaseResult {
    let mut record = json!({ "evergrant": 1, "key": key.to_string(), "fence": 1 });
    record[name] = value;
    fixture.put_json(key, &record).await
}

fn lease(until: u64, term: u64) -> Value {
    json!({ "owner": "somebody", "until": until, "term": term })
}

fn assert_bounded(outcome: &LeaseOutcome) -> CaseResult {
    if let LeaseOutcome::Held { remaining: left, .. } = outcome {
        ensure!(
            *left <= 2 * TERM,
            "the lease of another process has {left:?} left where leases last {TERM:?}"
        );
    }
    Ok(())
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(LARGEST)
}
