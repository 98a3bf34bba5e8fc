//! Cases about leases: one process at a time may fetch, and each new lease has a greater fencing number.

use std::time::Duration;

use evergrant::runtime::{Timestamp, TokioRuntime};
use evergrant::store::{Lease, LeaseOutcome, LeaseRenewal, LeasedRecord, StoreKey};
use tokio::task::JoinSet;

use crate::store::case_result::{CaseError, CaseResult, ensure, fail};
use crate::store::clock_skew::SkewedClock;
use crate::store::fixture::{Fixture, LONG, SHORT, SLACK, acquire, assert_held, local_now, renew_token, token};

pub(super) async fn a_lease_has_one_holder(fixture: Fixture) -> CaseResult {
    let key = fixture.key("a");
    acquire(&fixture.process(0, &key), LONG).await?;
    for number in 0..4 {
        let left = assert_held(&fixture.process(number, &key), LONG).await?;
        ensure!(!left.is_zero() && left <= LONG, "a lease of {LONG:?} has {left:?} left");
    }
    acquire(&fixture.process(0, &fixture.key("b")), LONG).await.map(|_| ())
}

pub(super) async fn one_of_concurrent_processes_acquires_the_lease(fixture: Fixture) -> CaseResult {
    let key = fixture.key("a");
    let mut tasks = JoinSet::new();
    for number in 0..12 {
        let process = fixture.process(number, &key);
        tasks.spawn(async move { process.acquire(LONG).await });
    }
    let mut holders = 0;
    while let Some(outcome) = tasks.join_next().await {
        let outcome = outcome.map_err(|error| CaseError::Failed(format!("a process panicked: {error}")))??;
        holders += usize::from(matches!(outcome, LeaseOutcome::Acquired(_)));
    }
    ensure!(holders == 1, "{holders} of 12 processes acquired the lease");
    Ok(())
}

pub(super) async fn an_expired_lease_is_taken_over(fixture: Fixture) -> CaseResult {
    let key = fixture.key("a");
    let first = short_lease(&fixture.process(0, &key)).await?;
    let number = fence(&fixture, &key).await?;
    take_over_when_expired(&first, &fixture.process(1, &key), LONG).await?;
    let next = fence(&fixture, &key).await?;
    ensure!(
        next > number,
        "a lease that was taken over has the fencing number {next} after {number}"
    );
    assert_held(&fixture.process(0, &key), LONG).await.map(|_| ())
}

pub(super) async fn a_renewal_extends_the_lease(fixture: Fixture) -> CaseResult {
    let key = fixture.key("a");
    let (holder, other) = (fixture.process(0, &key), fixture.process(1, &key));
    let lease = acquire(&holder, SHORT).await?;
    let renewal = holder.renew(&lease, LONG).await?;
    ensure!(
        renewal == LeaseRenewal::Extended,
        "a lease was lost although no other process acquired it"
    );
    let left = assert_held(&other, LONG).await?;
    ensure!(
        left > SHORT && left <= LONG,
        "a lease extended to {LONG:?} has {left:?} left"
    );
    tokio::time::sleep(SHORT + SLACK).await;
    assert_held(&other, LONG).await?;
    // A renewal may also shorten the lease.
    let since = local_now();
    holder.renew(&lease, SHORT).await?;
    take_over_when_expired(&ShortLease { lease, since }, &other, LONG).await
}

pub(super) async fn a_lost_lease_cannot_be_extended(fixture: Fixture) -> CaseResult {
    let key = fixture.key("a");
    let (first, second) = (fixture.process(0, &key), fixture.process(1, &key));
    let short = short_lease(&first).await?;
    take_over_when_expired(&short, &second, LONG).await?;
    let before = fixture.text(&key).await?;
    let renewal = first.renew(&short.lease, LONG).await?;
    ensure!(
        renewal == LeaseRenewal::Lost,
        "a lease that another process took over was extended"
    );
    ensure!(
        fixture.text(&key).await? == before,
        "the renewal of a lost lease changes the record"
    );
    Ok(())
}

pub(super) async fn a_released_lease_is_available_immediately(fixture: Fixture) -> CaseResult {
    let key = fixture.key("a");
    let (first, second) = (fixture.process(0, &key), fixture.process(1, &key));
    let lease = acquire(&first, LONG).await?;
    let number = fence(&fixture, &key).await?;
    first.release(&lease).await?;
    acquire(&second, LONG).await?;
    let next = fence(&fixture, &key).await?;
    ensure!(
        next > number,
        "the next lease has the fencing number {next} after {number}"
    );
    let renewal = first.renew(&lease, LONG).await?;
    ensure!(renewal == LeaseRenewal::Lost, "a released lease was extended");
    Ok(())
}

pub(super) async fn releasing_a_lost_lease_has_no_effect(fixture: Fixture) -> CaseResult {
    let key = fixture.key("a");
    let (first, second) = (fixture.process(0, &key), fixture.process(1, &key));
    let short = short_lease(&first).await?;
    take_over_when_expired(&short, &second, LONG).await?;
    first.release(&short.lease).await?;
    assert_held(&fixture.process(2, &key), LONG).await.map(|_| ())
}

pub(super) async fn fencing_numbers_increase_after_record_loss(fixture: Fixture) -> CaseResult {
    let key = fixture.key("a");
    let mut last = 0;
    for round in 0..3 {
        let process = fixture.process(round, &key);
        renew_token(&process, &token("not-a-real-token")).await?;
        let number = fence(&fixture, &key).await?;
        ensure!(number > last, "a lease has the fencing number {number} after {last}");
        last = number;
        ensure!(process.clear().await?, "no record was removed");
        fixture.wait_for_tick(&key).await?;
    }
    Ok(())
}

pub(super) async fn leases_use_the_engine_clock(fixture: Fixture) -> CaseResult {
    let runtime = TokioRuntime::new();
    let key = fixture.key("a");
    let right = fixture.process(0, &key);
    let ahead = fixture.process_on(1, &key, SkewedClock::Ahead(runtime.clone()));
    let behind = fixture.process_on(2, &key, SkewedClock::Behind(runtime));
    for (holder, others) in [
        (&ahead, [&right, &behind]),
        (&behind, [&ahead, &right]),
        (&right, [&behind, &ahead]),
    ] {
        let lease = acquire(holder, LONG).await?;
        for other in others {
            let left = assert_held(other, LONG).await?;
            ensure!(
                left <= LONG,
                "a lease of {LONG:?} has {left:?} left on a machine with a wrong clock"
            );
        }
        holder.release(&lease).await?;
    }
    for (holder, other) in [(&ahead, &behind), (&behind, &ahead)] {
        let short = short_lease(holder).await?;
        take_over_when_expired(&short, other, Duration::from_millis(1)).await?;
        fixture.wait_for_tick(&key).await?;
    }
    Ok(())
}

/// A lease that expires soon.
struct ShortLease {
    lease: Lease,
    /// The time just before it was requested.
    since: Timestamp,
}

async fn short_lease(process: &LeasedRecord) -> CaseResult<ShortLease> {
    let since = local_now();
    let lease = acquire(process, SHORT).await?;
    Ok(ShortLease { lease, since })
}

/// Waits for the lease of another process to expire and takes it over, neither too early nor too late.
async fn take_over_when_expired(short: &ShortLease, process: &LeasedRecord, term: Duration) -> CaseResult {
    loop {
        let outcome = process.acquire(term).await?;
        let passed = local_now().elapsed_since(short.since);
        match outcome {
            LeaseOutcome::Acquired(_) => {
                ensure!(
                    passed + SLACK >= SHORT,
                    "a lease of {SHORT:?} was taken over after {passed:?}"
                );
                return Ok(());
            }
            LeaseOutcome::Held { remaining: left, .. } => {
                ensure!(left <= SHORT, "a lease of {SHORT:?} has {left:?} left");
                tokio::time::sleep(left).await;
            }
            outcome => fail!("unknown outcome: {outcome:?}"),
        }
        ensure!(
            passed < SHORT + Duration::from_secs(10),
            "a lease of {SHORT:?} has not expired after {passed:?}"
        );
    }
}

async fn fence(fixture: &Fixture, key: &StoreKey) -> CaseResult<u64> {
    let record = fixture.json(key).await?;
    record["fence"]
        .as_u64()
        .ok_or_else(|| CaseError::Failed("the record has no fencing number".to_owned()))
}
