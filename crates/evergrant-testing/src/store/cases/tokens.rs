//! Tokens: what is saved is everybody's, the newest wins, and a late writer never does.

use std::time::Duration;

use evergrant::runtime::{Runtime, TokioRuntime};
use evergrant::store::{LeaseOutcome, Ledger, SaveOutcome, StoredToken};
use evergrant::{Scopes, Token};
use tokio::task::JoinSet;

use crate::store::skew::Skewed;
use crate::store::verdict::{Stop, Verdict, ensure, fail};
use crate::store::world::{LONG, SHORT, SLACK, World, acquire, held, local_now, renew_token, save, token};

pub(super) async fn a_saved_token_is_everybodys(world: World) -> Verdict {
    let key = world.key("a");
    let json = r#"{"access_token":"not-a-real-token","instance_url":"https://api.example.com"}"#;
    let token = Token::from_json(json)
        .map_err(|error| Stop::Failed(error.to_string()))?
        .with_expires_in(LONG)
        .with_refresh_token("not-a-real-refresh-token")
        .with_scopes(Scopes::parse("books.read orders.read"));
    let generation = renew_token(&world.member(0, &key), &token).await?;
    for number in 0..world.stores().len() {
        let found = stored(&world.member(number, &key)).await?;
        ensure!(
            found.generation == generation && !found.rejected,
            "the generation that was saved is not the one that is found"
        );
        ensure!(
            found.token.access_token().expose() == "not-a-real-token"
                && found
                    .token
                    .refresh_token()
                    .is_some_and(|text| text.expose() == "not-a-real-refresh-token")
                && found.token.scopes().map(ToString::to_string) == token.scopes().map(ToString::to_string)
                && found
                    .token
                    .member("instance_url")
                    .is_some_and(|url| url.expose() == "https://api.example.com"),
            "a part of the token was lost on its way through the store: {:?}",
            found.token
        );
    }
    let summary = world.member(1, &key).summary().await?;
    let listed = summary.and_then(|summary| summary.token);
    ensure!(
        listed.is_some_and(|listed| listed.generation == generation),
        "the summary does not tell of the token"
    );
    Ok(())
}

pub(super) async fn a_save_ends_the_lease(world: World) -> Verdict {
    let key = world.key("a");
    renew_token(&world.member(0, &key), &token("not-a-real-token")).await?;
    acquire(&world.member(1, &key), LONG).await.map(|_| ())
}

pub(super) async fn a_late_writer_is_told_and_changes_nothing(world: World) -> Verdict {
    let key = world.key("a");
    let (late, new) = (world.member(0, &key), world.member(1, &key));
    let lease = acquire(&late, Duration::from_millis(1)).await?;
    let newer = run_out(&new).await?;
    save(&new, &newer, &token("not-a-real-token-2")).await?;
    superseded(&world, &late, &lease).await?;
    // Not when the next one fetches, either.
    acquire(&new, LONG).await?;
    superseded(&world, &late, &lease).await
}

pub(super) async fn a_late_writer_changes_nothing_before_the_new_owner_has_saved(world: World) -> Verdict {
    let key = world.key("a");
    let (late, new) = (world.member(0, &key), world.member(1, &key));
    let lease = acquire(&late, Duration::from_millis(1)).await?;
    let newer = run_out(&new).await?;
    superseded(&world, &late, &lease).await?;
    save(&new, &newer, &token("not-a-real-token-2")).await?;
    superseded(&world, &late, &lease).await?;
    let lost = world.key("b");
    let (late, new) = (world.member(0, &lost), world.member(1, &lost));
    let lease = acquire(&late, LONG).await?;
    late.clear().await?;
    world.moment(&lost).await?;
    acquire(&new, LONG).await?;
    superseded(&world, &late, &lease).await
}

pub(super) async fn generations_only_grow(world: World) -> Verdict {
    let key = world.key("a");
    let mut last = None;
    for round in 0..9 {
        let member = world.member(round, &key);
        let generation = renew_token(&member, &token("not-a-real-token")).await?;
        ensure!(
            Some(generation) > last,
            "after generation {}, a token was saved as {generation}",
            last.map(|last| last.to_string()).unwrap_or_default()
        );
        last = Some(generation);
        match round % 3 {
            1 => member.reject(generation).await?,
            2 => {
                ensure!(member.clear().await?, "there was no record to remove");
                ensure!(member.load().await?.is_none(), "a record that was removed is found");
                for _ in 0..3 {
                    world.moment(&key).await?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

pub(super) async fn a_rejection_marks_the_newest_generation_alone(world: World) -> Verdict {
    let key = world.key("a");
    let (first, second) = (world.member(0, &key), world.member(1, &key));
    let older = renew_token(&first, &token("not-a-real-token-1")).await?;
    let newer = renew_token(&second, &token("not-a-real-token-2")).await?;
    let before = world.text(&key).await?;
    first.reject(older).await?;
    ensure!(
        world.text(&key).await? == before,
        "the rejection of an older generation changes the record"
    );
    ensure!(
        !stored(&second).await?.rejected,
        "the rejection of an older generation marks the newest"
    );
    second.reject(newer).await?;
    for number in 0..world.stores().len() {
        ensure!(
            stored(&world.member(number, &key)).await?.rejected,
            "a rejection is not seen by another member"
        );
    }
    renew_token(&first, &token("not-a-real-token-3")).await?;
    ensure!(!stored(&second).await?.rejected, "a new token counts as rejected");
    Ok(())
}

pub(super) async fn a_token_outlives_its_lease_and_its_rejection(world: World) -> Verdict {
    let key = world.key("a");
    let (first, second) = (world.member(0, &key), world.member(1, &key));
    let generation = renew_token(&first, &token("not-a-real-token")).await?;
    let lease = acquire(&second, LONG).await?;
    ensure!(
        stored(&first).await?.generation == generation,
        "a lease ends the token that there was"
    );
    second.renew(&lease, LONG).await?;
    second.release(&lease).await?;
    first.reject(generation).await?;
    let found = stored(&second).await?;
    ensure!(
        found.generation == generation && found.rejected,
        "a lease or a rejection ends the token that there was"
    );
    let brief = Token::new("not-a-real-token-2").with_expires_in(Duration::from_millis(1));
    renew_token(&first, &brief).await?;
    world.moment(&key).await?;
    let found = stored(&second).await?.token;
    ensure!(
        found.access_token().expose() == "not-a-real-token-2",
        "a token that has expired is not found any more"
    );
    Ok(())
}

pub(super) async fn expiry_goes_by_the_engines_clock(world: World) -> Verdict {
    let life = Duration::from_secs(600);
    let tokio = TokioRuntime::new();
    let runtimes = [Skewed::Ahead(tokio.clone()), Skewed::Behind(tokio)];
    let key = world.key("a");
    for (number, writer) in runtimes.iter().enumerate() {
        let start = local_now();
        renew_token(
            &world.member_on(number, &key, writer.clone()),
            &token("not-a-real-token"),
        )
        .await?;
        for (number, reader) in runtimes.iter().enumerate() {
            let found = stored(&world.member_on(number + 1, &key, reader.clone())).await?;
            let now = reader.now().wall();
            let Some(expires) = found.token.expires_at() else {
                fail!("the token's expiry was lost")
            };
            let left = expires.duration_since(now).unwrap_or_default();
            let passed = local_now().elapsed_since(start);
            ensure!(
                left <= life && left + passed + SLACK >= life,
                "{left:?} are left of a token's {life:?}, {passed:?} after it was saved, between machines whose clocks are wrong"
            );
        }
    }
    Ok(())
}

/// Each member saves whenever it gets the lease; every save must be found in the order of generations.
pub(super) async fn many_members_renew_one_token_without_loss(world: World) -> Verdict {
    const EACH: usize = 5;
    let key = world.key("a");
    let mut tasks = JoinSet::new();
    for number in 0..4 {
        let member = world.member(number, &key);
        tasks.spawn(async move {
            let mut saved = Vec::new();
            while saved.len() < EACH {
                match member.acquire(LONG).await? {
                    LeaseOutcome::Acquired(lease) => {
                        let token = token(&format!("not-a-real-token-{number}"));
                        saved.push(save(&member, &lease, &token).await?);
                    }
                    LeaseOutcome::Held { .. } => tokio::time::sleep(Duration::from_millis(5)).await,
                    outcome => fail!("an unknown outcome: {outcome:?}"),
                }
            }
            Ok::<_, Stop>(saved)
        });
    }
    let mut generations = Vec::new();
    while let Some(outcome) = tasks.join_next().await {
        let saved = outcome.map_err(|error| Stop::Failed(format!("it panicked: {error}")))??;
        ensure!(saved.is_sorted(), "a member's own saves are out of order");
        generations.extend(saved);
    }
    generations.sort_unstable();
    let count = generations.len();
    generations.dedup();
    ensure!(generations.len() == count, "two saves have the same generation");
    let newest = stored(&world.member(0, &key)).await?.generation;
    ensure!(
        generations.last() == Some(&newest),
        "the newest token is not the one that was saved last"
    );
    Ok(())
}

async fn stored(member: &Ledger) -> Verdict<StoredToken> {
    match member.load().await? {
        Some(stored) => Ok(stored),
        None => fail!("a token that was saved is not found"),
    }
}

/// The lease of another member, once it has run out.
async fn run_out(member: &Ledger) -> Verdict<evergrant::store::Lease> {
    tokio::time::sleep(SHORT).await;
    acquire(member, LONG).await
}

async fn superseded(world: &World, late: &Ledger, lease: &evergrant::store::Lease) -> Verdict {
    let before = world.text(late.key()).await?;
    let outcome = late.save(lease, &token("not-a-real-token-1")).await?;
    ensure!(
        outcome == SaveOutcome::Superseded,
        "a token was saved though another member has taken the lease: {outcome:?}"
    );
    ensure!(
        world.text(late.key()).await? == before,
        "a save that came too late changes the record"
    );
    if before.is_some_and(|text| text.contains("\"lease\"")) {
        held(&world.member(2, late.key()), LONG).await?;
    }
    Ok(())
}
