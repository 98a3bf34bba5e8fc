//! Records that somebody wrote in order to do harm: they keep nobody from fetching for long, and no number ends all counting.

use std::time::Duration;

use evergrant::store::{LeaseOutcome, StoreKey};
use serde_json::{Value, json};

use crate::store::verdict::{Verdict, ensure};
use crate::store::world::{World, renew_token, token};

/// The greatest number that every reader of JSON can hold.
const LARGEST: u64 = (1 << 53) - 1;
const TERM: Duration = Duration::from_secs(3);

pub(super) async fn no_lease_lasts_for_longer_than_a_few_of_the_members_own(world: World) -> Verdict {
    let key = world.key("a");
    let member = world.member(0, &key);
    for far in [Duration::from_secs(60), Duration::from_secs(86_400 * 365)] {
        for term in [far, TERM, Duration::from_millis(LARGEST)] {
            let until = millis(world.store(0).load(&key).await?.now + far);
            poison(&world, &key, "lease", lease(until, millis(term))).await?;
            is_bounded(&member.acquire(TERM).await?)?;
        }
    }
    for term in [millis(TERM), LARGEST, 0] {
        poison(&world, &key, "lease", lease(LARGEST, term)).await?;
        is_bounded(&member.acquire(TERM).await?)?;
    }
    Ok(())
}

pub(super) async fn no_failure_is_remembered_for_longer_than_an_hour(world: World) -> Verdict {
    let key = world.key("a");
    for pause in [86_400_000, LARGEST] {
        let now = millis(world.store(0).load(&key).await?.now);
        for at in [now, LARGEST] {
            let failure = json!({
                "at": at, "pause": pause, "pause_without_token": pause, "count": u64::MAX, "message": "on purpose",
            });
            poison(&world, &key, "failure", failure).await?;
            let summary = world.member(0, &key).summary().await?;
            let left = summary.and_then(|summary| summary.failure).map(|(_, left)| left);
            ensure!(
                left.is_none_or(|left| left <= Duration::from_secs(3600)),
                "a failure is remembered for another {left:?}"
            );
        }
    }
    Ok(())
}

pub(super) async fn counting_goes_on_after_the_greatest_number(world: World) -> Verdict {
    for number in [LARGEST - 2, LARGEST - 1, LARGEST, u64::MAX] {
        for name in ["fence", "revision", "token"] {
            let key = world.key(&format!("{name} {number}"));
            let value = match name {
                "token" => {
                    json!({ "generation": number, "issued": 1, "plain": token("not-a-real-token").expose_json() })
                }
                _ => json!(number),
            };
            poison(&world, &key, name, value).await?;
            for round in 0..6 {
                let member = world.member(round, &key);
                member.load().await?;
                let saved = renew_token(&member, &token("not-a-real-token-2")).await?;
                let found = world.member(round, &key).load().await?.map(|stored| stored.generation);
                ensure!(
                    found == Some(saved),
                    "after a `{name}` of {number}, a token that was saved is not found by the member that has saved it"
                );
            }
            let found = world.member(0, &key).load().await?;
            ensure!(
                found.is_some(),
                "after a `{name}` of {number}, members do not find each other's tokens any more"
            );
        }
    }
    Ok(())
}

/// A record that is good but for one member.
async fn poison(world: &World, key: &StoreKey, member: &str, value: Value) -> Verdict {
    let mut record = json!({ "evergrant": 1, "key": key.to_string(), "fence": 1 });
    record[member] = value;
    world.put_json(key, &record).await
}

fn lease(until: u64, term: u64) -> Value {
    json!({ "owner": "somebody", "until": until, "term": term })
}

fn is_bounded(outcome: &LeaseOutcome) -> Verdict {
    if let LeaseOutcome::Held { left, .. } = outcome {
        ensure!(
            *left <= 2 * TERM,
            "{left:?} are left of another member's lease, where a lease lasts {TERM:?}"
        );
    }
    Ok(())
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(LARGEST)
}
