//! Leases: one member at a time has the right to fetch, and each new one has a greater number.

use std::time::Duration;

use evergrant::runtime::{Timestamp, TokioRuntime};
use evergrant::store::{Lease, LeaseOutcome, LeaseRenewal, Ledger, StoreKey};
use tokio::task::JoinSet;

use crate::store::skew::Skewed;
use crate::store::verdict::{Stop, Verdict, ensure, fail};
use crate::store::world::{LONG, SHORT, SLACK, World, acquire, held, local_now, renew_token, token};

pub(super) async fn a_lease_is_one_members(world: World) -> Verdict {
    let key = world.key("a");
    acquire(&world.member(0, &key), LONG).await?;
    for number in 0..4 {
        let left = held(&world.member(number, &key), LONG).await?;
        ensure!(
            !left.is_zero() && left <= LONG,
            "{left:?} are left of a lease of {LONG:?}"
        );
    }
    acquire(&world.member(0, &world.key("b")), LONG).await.map(|_| ())
}

pub(super) async fn of_many_members_one_gets_the_lease(world: World) -> Verdict {
    let key = world.key("a");
    let mut tasks = JoinSet::new();
    for number in 0..12 {
        let member = world.member(number, &key);
        tasks.spawn(async move { member.acquire(LONG).await });
    }
    let mut owners = 0;
    while let Some(outcome) = tasks.join_next().await {
        let outcome = outcome.map_err(|error| Stop::Failed(format!("it panicked: {error}")))??;
        owners += usize::from(matches!(outcome, LeaseOutcome::Acquired(_)));
    }
    ensure!(owners == 1, "{owners} of 12 members got the lease");
    Ok(())
}

pub(super) async fn a_lease_that_has_run_out_is_taken_over(world: World) -> Verdict {
    let key = world.key("a");
    let first = brief(&world.member(0, &key)).await?;
    let number = fence(&world, &key).await?;
    taken_over(&first, &world.member(1, &key), LONG).await?;
    let next = fence(&world, &key).await?;
    ensure!(
        next > number,
        "the number of a lease that was taken over is {next}, after {number}"
    );
    held(&world.member(0, &key), LONG).await.map(|_| ())
}

pub(super) async fn a_renewal_extends_the_lease(world: World) -> Verdict {
    let key = world.key("a");
    let (owner, other) = (world.member(0, &key), world.member(1, &key));
    let lease = acquire(&owner, SHORT).await?;
    let renewal = owner.renew(&lease, LONG).await?;
    ensure!(
        renewal == LeaseRenewal::Extended,
        "a lease that nobody else took is lost"
    );
    let left = held(&other, LONG).await?;
    ensure!(
        left > SHORT && left <= LONG,
        "{left:?} are left of a lease that was extended to {LONG:?}"
    );
    tokio::time::sleep(SHORT + SLACK).await;
    held(&other, LONG).await?;
    // To less than was left, too.
    let since = local_now();
    owner.renew(&lease, SHORT).await?;
    taken_over(&Brief { lease, since }, &other, LONG).await
}

pub(super) async fn a_lease_that_was_taken_over_cannot_be_extended(world: World) -> Verdict {
    let key = world.key("a");
    let (first, second) = (world.member(0, &key), world.member(1, &key));
    let brief = brief(&first).await?;
    taken_over(&brief, &second, LONG).await?;
    let before = world.text(&key).await?;
    let renewal = first.renew(&brief.lease, LONG).await?;
    ensure!(
        renewal == LeaseRenewal::Lost,
        "a lease that another member has taken over was extended"
    );
    ensure!(
        world.text(&key).await? == before,
        "a renewal of a lost lease changes the record"
    );
    Ok(())
}

pub(super) async fn a_released_lease_is_free_at_once(world: World) -> Verdict {
    let key = world.key("a");
    let (first, second) = (world.member(0, &key), world.member(1, &key));
    let lease = acquire(&first, LONG).await?;
    let number = fence(&world, &key).await?;
    first.release(&lease).await?;
    acquire(&second, LONG).await?;
    let next = fence(&world, &key).await?;
    ensure!(next > number, "the number of the next lease is {next}, after {number}");
    let renewal = first.renew(&lease, LONG).await?;
    ensure!(renewal == LeaseRenewal::Lost, "a lease that was released was extended");
    Ok(())
}

pub(super) async fn a_late_release_changes_nothing(world: World) -> Verdict {
    let key = world.key("a");
    let (first, second) = (world.member(0, &key), world.member(1, &key));
    let brief = brief(&first).await?;
    taken_over(&brief, &second, LONG).await?;
    first.release(&brief.lease).await?;
    held(&world.member(2, &key), LONG).await.map(|_| ())
}

pub(super) async fn numbers_go_on_after_a_loss_of_the_record(world: World) -> Verdict {
    let key = world.key("a");
    let mut last = 0;
    for round in 0..3 {
        let member = world.member(round, &key);
        renew_token(&member, &token("not-a-real-token")).await?;
        let number = fence(&world, &key).await?;
        ensure!(number > last, "the number of a lease is {number}, after {last}");
        last = number;
        ensure!(member.clear().await?, "there was no record to remove");
        world.moment(&key).await?;
    }
    Ok(())
}

pub(super) async fn leases_go_by_the_engines_clock(world: World) -> Verdict {
    let runtime = TokioRuntime::new();
    let key = world.key("a");
    let right = world.member(0, &key);
    let ahead = world.member_on(1, &key, Skewed::Ahead(runtime.clone()));
    let behind = world.member_on(2, &key, Skewed::Behind(runtime));
    for (owner, others) in [
        (&ahead, [&right, &behind]),
        (&behind, [&ahead, &right]),
        (&right, [&behind, &ahead]),
    ] {
        let lease = acquire(owner, LONG).await?;
        for other in others {
            let left = held(other, LONG).await?;
            ensure!(
                left <= LONG,
                "{left:?} are left of a lease of {LONG:?} on a machine whose clock is wrong"
            );
        }
        owner.release(&lease).await?;
    }
    for (owner, other) in [(&ahead, &behind), (&behind, &ahead)] {
        let brief = brief(owner).await?;
        taken_over(&brief, other, Duration::from_millis(1)).await?;
        world.moment(&key).await?;
    }
    Ok(())
}

/// A lease that is about to run out.
struct Brief {
    lease: Lease,
    /// Just before it was asked for.
    since: Timestamp,
}

async fn brief(member: &Ledger) -> Verdict<Brief> {
    let since = local_now();
    let lease = acquire(member, SHORT).await?;
    Ok(Brief { lease, since })
}

/// Waits for another member's lease to run out, and takes it: not too early, and not too late.
async fn taken_over(brief: &Brief, member: &Ledger, term: Duration) -> Verdict {
    loop {
        let outcome = member.acquire(term).await?;
        let passed = local_now().elapsed_since(brief.since);
        match outcome {
            LeaseOutcome::Acquired(_) => {
                ensure!(
                    passed + SLACK >= SHORT,
                    "a lease of {SHORT:?} was taken over after {passed:?}"
                );
                return Ok(());
            }
            LeaseOutcome::Held { left, .. } => {
                ensure!(left <= SHORT, "{left:?} are left of a lease of {SHORT:?}");
                tokio::time::sleep(left).await;
            }
            outcome => fail!("an unknown outcome: {outcome:?}"),
        }
        ensure!(
            passed < SHORT + Duration::from_secs(10),
            "a lease of {SHORT:?} has not run out after {passed:?}"
        );
    }
}

async fn fence(world: &World, key: &StoreKey) -> Verdict<u64> {
    let record = world.json(key).await?;
    record["fence"]
        .as_u64()
        .ok_or_else(|| Stop::Failed("the record names no fencing number".to_owned()))
}
