//! Records that are not what they should be.

use evergrant::store::{Ledger, StoreError, StoreErrorKind, StoreGeneration};
use serde_json::{Value, json};

use crate::store::verdict::{Verdict, ensure};
use crate::store::world::{LONG, World, acquire, is_sealed, renew_token, save, token};

pub(super) async fn a_record_of_another_key_is_a_miss(world: World) -> Verdict {
    let [key, other] = ["a", "b"].map(|name| world.key(name));
    renew_token(&world.member(0, &other), &token("not-a-real-token-of-another")).await?;
    let copy = world.text(&other).await?.unwrap_or_default();
    world.put(&key, &copy).await?;
    unusable_and_replaced(&world, &world.member(0, &key)).await
}

pub(super) async fn a_damaged_record_is_a_miss_and_is_written_over(world: World) -> Verdict {
    let key = world.key("a");
    let member = world.member(0, &key);
    renew_token(&member, &token("not-a-real-token")).await?;
    let whole = world.text(&key).await?.unwrap_or_default();
    let mut damaged = vec![
        "".to_owned(),
        "{}".to_owned(),
        "[1]".to_owned(),
        "nonsense \u{1f511}".to_owned(),
    ];
    damaged.push(whole[..whole.len() / 2].to_owned());
    damaged.push(format!("{whole}{whole}"));
    damaged.push("[".repeat(10_000));
    for (member, value) in [
        ("token", json!("not an object")),
        ("token", json!({ "generation": 1, "issued": 1 })),
        ("fence", json!(-1)),
        ("lease", json!({ "until": "tomorrow" })),
        ("key", json!(null)),
        ("evergrant", json!("1")),
    ] {
        let mut record = world.json(&key).await?;
        record[member] = value;
        damaged.push(record.to_string());
    }
    for text in damaged {
        world.put(&key, &text).await?;
        unusable_and_replaced(&world, &member).await?;
    }
    Ok(())
}

pub(super) async fn a_newer_versions_record_is_left_alone(world: World) -> Verdict {
    let key = world.key("a");
    let member = world.member(0, &key);
    let lease = acquire(&member, LONG).await?;
    let generation = save(&member, &lease, &token("not-a-real-token")).await?;
    let mut record = world.json(&key).await?;
    record["evergrant"] = json!(2);
    record["token"] = json!({ "of": "another form" });
    let text = record.to_string();
    world.put(&key, &text).await?;
    for number in 0..2 {
        let member = world.member(number, &key);
        unusable("load", member.load().await)?;
        unusable("summary", member.summary().await)?;
        unusable("acquire", member.acquire(LONG).await)?;
        unusable("renew", member.renew(&lease, LONG).await)?;
        unusable("save", member.save(&lease, &token("not-a-real-token-2")).await)?;
        unusable("release", member.release(&lease).await)?;
        unusable("reject", member.reject(generation).await)?;
        ensure!(
            world.text(&key).await?.as_deref() == Some(&text),
            "a newer version's record was changed"
        );
    }
    ensure!(member.clear().await?, "a newer version's record cannot be removed");
    renew_token(&member, &token("not-a-real-token-3")).await.map(|_| ())
}

pub(super) async fn what_newer_versions_have_added_survives(world: World) -> Verdict {
    let key = world.key("a");
    let member = world.member(0, &key);
    let generation = renew_token(&member, &token("not-a-real-token-1")).await?;
    let mut record = world.json(&key).await?;
    let added = json!({ "since": "version 9", "list": [1, null, { "a": "\u{1f511}" }] });
    record["added"] = added.clone();
    world.put_json(&key, &record).await?;
    if is_sealed(&member).await? {
        // Nobody but a newer version with the keys could have added it.
        return missed_and_replaced(&world, &member).await;
    }
    let survives = async |edit: &str| {
        let found: Value = world.json(&key).await?;
        ensure!(
            found["added"] == added,
            "what a newer version has added to a record is lost by `{edit}`"
        );
        Ok(())
    };
    ensure!(
        member
            .load()
            .await?
            .is_some_and(|stored| stored.generation == generation),
        "a record with a member of a newer version is a miss"
    );
    let lease = acquire(&world.member(1, &key), LONG).await?;
    survives("acquire").await?;
    let member = world.member(2, &key);
    member.reject(generation).await?;
    survives("reject").await?;
    save(&member, &lease, &token("not-a-real-token-2")).await?;
    survives("save").await?;
    let lease = acquire(&member, LONG).await?;
    member.renew(&lease, 2 * LONG).await?;
    survives("renew").await?;
    member.release(&lease).await?;
    survives("release").await
}

/// Nothing is found, and the next token takes the place of whatever is there.
async fn unusable_and_replaced(world: &World, member: &Ledger) -> Verdict {
    unusable("summary", member.summary().await)?;
    missed_and_replaced(world, member).await
}

async fn missed_and_replaced(world: &World, member: &Ledger) -> Verdict {
    let before = world.text(member.key()).await?.unwrap_or_default();
    let before: String = before.chars().take(60).collect();
    ensure!(
        member.load().await?.is_none(),
        "there is a token in a record that cannot be used: {before}.."
    );
    let generation: StoreGeneration = renew_token(member, &token("not-a-real-token-2")).await?;
    let found = world.member(1, member.key()).load().await?;
    ensure!(
        found.is_some_and(|found| found.generation == generation),
        "a record that cannot be used was not written over: {before}.."
    );
    Ok(())
}

fn unusable<T>(operation: &str, outcome: Result<T, StoreError>) -> Verdict {
    let kind = outcome.err().map(|error| error.kind());
    ensure!(
        kind == Some(StoreErrorKind::Unusable),
        "`{operation}` of a record that cannot be used ends with {kind:?}"
    );
    Ok(())
}
