//! Notifications, where the engine has them.

use std::time::Duration;

use evergrant::store::{ChangeListener, StoreKey, Swap};

use crate::store::verdict::{Stop, Verdict, ensure, fail};
use crate::store::world::{KEEP, World, local_now};

pub(super) async fn an_announced_swap_is_heard_of_elsewhere(world: World) -> Verdict {
    let key = world.key("a");
    for (number, listener) in listeners(&world, &key)?.into_iter().enumerate() {
        // A handle announces what the next one is to hear of.
        hears(&world, number + 1, &key, &listener, true).await?;
    }
    Ok(())
}

pub(super) async fn an_announced_removal_is_heard_of_elsewhere(world: World) -> Verdict {
    let key = world.key("a");
    for (number, listener) in listeners(&world, &key)?.into_iter().enumerate() {
        hears(&world, number + 1, &key, &listener, false).await?;
    }
    Ok(())
}

fn listeners(world: &World, key: &StoreKey) -> Verdict<Vec<ChangeListener>> {
    let listeners = world.stores().iter().map(|store| Some(store.changes()?.listen(key)));
    let listeners: Vec<_> = listeners.collect();
    if listeners.iter().all(Option::is_none) {
        return Err(Stop::Skipped("the store has no notifications".to_owned()));
    }
    let Some(listeners) = listeners.into_iter().collect() else {
        fail!("some handles have notifications, and others have none")
    };
    Ok(listeners)
}

/// Announces again and again, as a notification may be lost, and those before the subscription is in place are.
async fn hears(world: &World, from: usize, key: &StoreKey, listener: &ChangeListener, put: bool) -> Verdict {
    let start = local_now();
    let limit = world.patience().notice;
    for round in 0_u64.. {
        if !put {
            world.put(key, "first").await?;
        }
        let store = world.store(from);
        let record = put.then(|| format!("record {round}").into());
        let expected = store.load(key).await?.record;
        let seen = listener.count();
        store.swap(key, Swap::new(expected, record, KEEP).announced()).await?;
        if tokio::time::timeout(Duration::from_millis(500), listener.more_than(seen))
            .await
            .is_ok()
        {
            return Ok(());
        }
        ensure!(
            local_now().elapsed_since(start) < limit,
            "of {} announced swaps through another handle within {limit:?}, none was heard of",
            round + 1
        );
    }
    Ok(())
}
