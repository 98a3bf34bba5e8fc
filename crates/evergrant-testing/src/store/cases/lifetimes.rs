//! How long a record is kept. The engine's own clock says how late it is, so that a slow machine fails nothing.

use std::time::Duration;

use evergrant::store::{StoreKey, Swap, SwapOutcome};

use crate::store::verdict::{Stop, Verdict, ensure, fail};
use crate::store::world::{KEEP, SLACK, World, local_now};

const BRIEF: Duration = Duration::from_millis(300);

pub(super) async fn a_record_is_kept_for_as_long_as_asked(world: World) -> Verdict {
    let key = world.key("a");
    let start = world.store(0).load(&key).await?.now;
    put(&world, &key, None, "first", BRIEF * 2).await?;
    loop {
        let loaded = world.store(1).load(&key).await?;
        if loaded.now + SLACK >= start + BRIEF * 2 {
            return Ok(());
        }
        ensure!(
            loaded.record.is_some(),
            "a record to be kept for {:?} was gone {:?} after it was put",
            BRIEF * 2,
            loaded.now.saturating_sub(start)
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

pub(super) async fn a_record_is_kept_for_as_long_as_its_last_swap_asked(world: World) -> Verdict {
    let names = ["extended", "shortened and extended", "left alone"];
    let [extended, wavering, left_alone] = names.map(|name| world.key(name));
    let start = world.store(0).load(&extended).await?.now;
    put(&world, &left_alone, None, "first", KEEP).await?;
    let other = Swap::new(Some("other".into()), Some("second".into()), BRIEF);
    ensure!(
        world.store(1).swap(&left_alone, other).await? == SwapOutcome::Conflict,
        "a swap that expects another text is done"
    );
    put_in_turn(&world, &extended, &[BRIEF, KEEP]).await?;
    put_in_turn(&world, &wavering, &[2 * KEEP, BRIEF, KEEP]).await?;
    while world.store(0).load(&extended).await?.now < start + BRIEF * 2 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for key in [&extended, &wavering, &left_alone] {
        let late = world.store(0).load(key).await?.now > start + KEEP;
        ensure!(
            late || world.text(key).await?.is_some(),
            "a record is gone at the time that an earlier swap of it, or one that conflicted, has asked for"
        );
    }
    Ok(())
}

pub(super) async fn the_longest_time_to_keep_is_possible(world: World) -> Verdict {
    let year = Duration::from_secs(365 * 24 * 3600);
    for keep in [year, 400 * year, Duration::from_millis(u64::MAX), Duration::MAX] {
        let key = world.key(&format!("{keep:?}"));
        put(&world, &key, None, "first", keep).await?;
        ensure!(
            world.text(&key).await?.is_some(),
            "a record to be kept for {keep:?} is gone"
        );
        put(&world, &key, Some("first"), "second", keep).await?;
    }
    Ok(())
}

pub(super) async fn a_record_is_dropped_in_the_end(world: World) -> Verdict {
    let key = world.key("a");
    put(&world, &key, None, "first", BRIEF).await?;
    let limit = BRIEF + world.patience().drop;
    let start = local_now();
    while world.text(&key).await?.is_some() {
        if local_now().elapsed_since(start) > limit {
            return Err(Stop::Skipped(format!(
                "a record to be kept for {BRIEF:?} was still there after {limit:?}"
            )));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for store in world.stores() {
        ensure!(
            store.load(&key).await?.record.is_none(),
            "a record that was dropped is back"
        );
        ensure!(
            !store.keys().await?.contains(&key),
            "the key of a record that was dropped is listed"
        );
    }
    put(&world, &key, None, "second", KEEP).await
}

/// One record after the other, each with its time to keep; from the start again if one has gone as it should, before the next.
async fn put_in_turn(world: &World, key: &StoreKey, keep: &[Duration]) -> Verdict {
    for _ in 0..20 {
        let mut last = world.store(0).load(key).await?.record;
        let mut outcome = SwapOutcome::Done;
        for (number, keep) in keep.iter().enumerate() {
            let record = Some(format!("record {number}").into());
            let swap = Swap::new(last, record.clone(), *keep);
            outcome = world.store(0).swap(key, swap).await?;
            last = record;
            if outcome == SwapOutcome::Conflict {
                break;
            }
        }
        if outcome == SwapOutcome::Done {
            return Ok(());
        }
    }
    fail!("a record to be kept for {BRIEF:?} is gone as soon as it was put")
}

async fn put(world: &World, key: &StoreKey, expected: Option<&str>, record: &str, keep: Duration) -> Verdict {
    let swap = Swap::new(expected.map(Into::into), Some(record.into()), keep);
    let outcome = world.store(0).swap(key, swap).await?;
    ensure!(
        outcome == SwapOutcome::Done,
        "a swap conflicts though nobody else writes"
    );
    Ok(())
}
