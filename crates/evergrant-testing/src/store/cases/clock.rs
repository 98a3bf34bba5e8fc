//! The engine's clock, compared with itself: it may be wrong, but it is one for all.

use std::time::Duration;

use crate::store::verdict::{Verdict, ensure};
use crate::store::world::{SLACK, World, local_now};

/// 2020 and 2500: no clock is so wrong, but seconds for milliseconds are.
const PLAUSIBLE: std::ops::Range<Duration> = Duration::from_secs(1_577_836_800)..Duration::from_secs(16_725_225_600);

pub(super) async fn the_clock_counts_from_1970(world: World) -> Verdict {
    let key = world.key("a");
    for put in [false, true] {
        if put {
            world.put(&key, "first").await?;
        }
        for store in world.stores() {
            let now = store.load(&key).await?.now;
            ensure!(
                PLAUSIBLE.contains(&now),
                "the engine's clock shows {now:?} since 1970, which is neither this century nor the next ones"
            );
        }
    }
    Ok(())
}

pub(super) async fn the_clock_is_the_same_through_all_handles(world: World) -> Verdict {
    let keys = ["a", "b"].map(|name| world.key(name));
    world.put(&keys[0], "first").await?;
    let before = local_now();
    let mut last = world.store(0).load(&keys[0]).await?.now;
    let first = last;
    for round in 0..20 {
        for store in world.stores() {
            let now = store.load(&keys[round % 2]).await?.now;
            let passed = local_now().elapsed_since(before);
            ensure!(
                now + SLACK >= last,
                "the engine's clock is {:?} behind through another handle, or goes back",
                last.saturating_sub(now)
            );
            ensure!(
                now <= first + passed + SLACK,
                "the engine's clock is {:?} ahead through another handle",
                now.saturating_sub(first + passed)
            );
            last = last.max(now);
        }
    }
    Ok(())
}

pub(super) async fn the_clock_runs_as_fast_as_time(world: World) -> Verdict {
    let key = world.key("a");
    let outer = local_now();
    let first = world.store(0).load(&key).await?.now;
    let inner = local_now();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let least = local_now().elapsed_since(inner);
    let second = world.store(1).load(&key).await?.now;
    let most = local_now().elapsed_since(outer);
    let passed = second.saturating_sub(first);
    ensure!(
        passed + SLACK >= least && passed <= most + SLACK,
        "{passed:?} passed by the engine's clock while {least:?} to {most:?} went by"
    );
    Ok(())
}
