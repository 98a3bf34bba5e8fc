//! Records that were replaced by older copies of themselves: whoever has seen a newer one does not believe them, and the next
//! token heals the fleet.

use evergrant::store::{Ledger, StoreGeneration};

use crate::store::verdict::{Verdict, ensure};
use crate::store::world::{LONG, World, acquire, renew_token, save, token};

pub(super) async fn an_older_record_that_is_put_back_is_not_believed_and_written_over(world: World) -> Verdict {
    let key = world.key("a");
    let [first, second] = [0, 1].map(|number| world.member(number, &key));
    renew_token(&first, &token("not-a-real-token-1")).await?;
    let old = world.text(&key).await?.unwrap_or_default();
    let newer = renew_token(&first, &token("not-a-real-token-2")).await?;
    is(&second, Some(newer), "a token that was saved is not found").await?;
    world.put(&key, &old).await?;
    for member in [&first, &second] {
        is(
            member,
            None,
            "an older record is believed by a member that has seen a newer one",
        )
        .await?;
    }
    let newest = renew_token(&second, &token("not-a-real-token-3")).await?;
    ensure!(
        newest > newer,
        "after generation {newer}, a token was saved over an older record as {newest}"
    );
    for number in 0..world.stores().len() {
        let member = world.member(number, &key);
        is(
            &member,
            Some(newest),
            "what was written over an older record is not believed",
        )
        .await?;
    }
    Ok(())
}

pub(super) async fn a_rejected_token_stays_rejected_when_an_older_record_is_put_back(world: World) -> Verdict {
    let key = world.key("a");
    let [first, second] = [0, 1].map(|number| world.member(number, &key));
    let generation = renew_token(&first, &token("not-a-real-token")).await?;
    let old = world.text(&key).await?.unwrap_or_default();
    first.reject(generation).await?;
    is(&second, Some(generation), "a rejected token is not found").await?;
    world.put(&key, &old).await?;
    for member in [&first, &second] {
        is(
            member,
            None,
            "a record from before a rejection is believed by a member that knows of the rejection",
        )
        .await?;
    }
    Ok(())
}

pub(super) async fn the_lease_of_an_older_record_holds_nobody_up(world: World) -> Verdict {
    let key = world.key("a");
    let [first, second] = [0, 1].map(|number| world.member(number, &key));
    let lease = acquire(&first, LONG).await?;
    let old = world.text(&key).await?.unwrap_or_default();
    let saved = save(&first, &lease, &token("not-a-real-token")).await?;
    is(&second, Some(saved), "a token that was saved is not found").await?;
    world.put(&key, &old).await?;
    let lease = acquire(&second, LONG).await?;
    save(&second, &lease, &token("not-a-real-token-2")).await.map(|_| ())
}

/// Which token a member finds.
async fn is(member: &Ledger, expected: Option<StoreGeneration>, problem: &str) -> Verdict {
    let found = member.load().await?.map(|stored| stored.generation);
    ensure!(found == expected, "{problem}");
    Ok(())
}
