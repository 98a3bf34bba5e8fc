//! Cases about the engine's clock: it may be wrong, but it must be the same through all handles.

use std::time::Duration;

use crate::store::case_result::{CaseResult, ensure};
use crate::store::fixture::{Fixture, SLACK, local_now};

/// 2020 to 2500: wide enough for a wrong clock, narrow enough to detect seconds in place of milliseconds.
const PLAUSIBLE: std::ops::Range<Duration> = Duration::from_secs(1_577_836_800)..Duration::from_secs(16_725_225_600);

pub(super) async fn the_clock_shows_unix_time(fixture: Fixture) -> CaseResult {
    let key = fixture.key("a");
    for put in [false, true] {
        if put {
            fixture.put(&key, "first").await?;
        }
        for store in fixture.stores() {
            let now = store.load(&key).await?.now;
            ensure!(
                PLAUSIBLE.contains(&now),
                "the engine's clock shows {now:?} since 1970, which is implausible"
            );
        }
    }
    Ok(())
}

pub(super) async fn all_handles_share_one_clock(fixture: Fixture) -> CaseResult {
    let keys = ["a", "b"].map(|name| fixture.key(name));
    fixture.put(&keys[0], "first").await?;
    let before = local_now();
    let mut last = fixture.store(0).load(&keys[0]).await?.now;
    let first = last;
    for round in 0..20 {
        for store in fixture.stores() {
            let now = store.load(&keys[round % 2]).await?.now;
            let passed = local_now().elapsed_since(before);
            ensure!(
                now + SLACK >= last,
                "the engine's clock is {:?} behind through another handle, or runs backwards",
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

pub(super) async fn the_clock_runs_at_real_speed(fixture: Fixture) -> CaseResult {
    let key = fixture.key("a");
    let outer = local_now();
    let first = fixture.store(0).load(&key).await?.now;
    let inner = local_now();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let least = local_now().elapsed_since(inner);
    let second = fixture.store(1).load(&key).await?.now;
    let most = local_now().elapsed_since(outer);
    let passed = second.saturating_sub(first);
    ensure!(
        passed + SLACK >= least && passed <= most + SLACK,
        "the engine's clock advanced by {passed:?} within {least:?} to {most:?}"
    );
    Ok(())
}
