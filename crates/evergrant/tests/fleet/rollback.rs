//! The record is replaced by an older copy of itself, or is lost: nobody believes what it knows to be old, and the fleet heals.

use evergrant::{Rejection, TokenManager};
use evergrant_testing::LogCapture;
use http::HeaderMap;

use crate::keys::{Keys, process};
use crate::support::{World, common, seconds, value};
use crate::writer::Writer;

/// Every test is made with encryption and without: copies of a process's own records are authentic.
async fn both_ways(test: impl AsyncFn(World, Writer, Option<Keys>)) {
    for keys in [None, Some(Keys::new())] {
        let world = World::new();
        let writer = Writer::new(&world);
        test(world, writer, keys).await;
    }
}

fn processes(world: &World, keys: Option<&Keys>, count: usize) -> Vec<TokenManager> {
    std::iter::repeat_with(|| process(world, keys)).take(count).collect()
}

/// The one token that all of them have, once they have heard of it.
async fn agreed(world: &World, members: &[TokenManager], token: &str) {
    let has = |member: &TokenManager| {
        let mut headers = HeaderMap::new();
        member.authorize_now(&mut headers).is_some() && headers["authorization"] == format!("Bearer {token}")
    };
    world
        .until(|| members.iter().filter(|member| !has(member)).count() == 0)
        .await;
    assert_eq!(common(members).await, token);
}

/// An API refuses the token that the member has, which it has accepted for a while.
fn reject(world: &World, member: &TokenManager) {
    world.clock.advance(seconds(10));
    let generation = member.authorize_now(&mut HeaderMap::new()).unwrap();
    assert_eq!(member.reject(generation), Rejection::Accepted);
}

#[tokio::test]
async fn a_record_from_before_a_rejection_does_not_bring_the_token_back() {
    both_ways(async |world, writer, keys| {
        let members = processes(&world, keys.as_ref(), 5);
        let first = common(&members).await;
        let old = writer.text().await;
        reject(&world, &members[0]);
        let second = value(&members[0].token().await.unwrap());
        agreed(&world, &members, &second).await;
        writer.put(&old).await;
        for _ in 0..3 {
            assert_eq!(common(&members).await, second, "what they have is good");
            world.rest(&members).await;
        }
        reject(&world, &members[1]);
        let third = value(&members[1].token().await.unwrap());
        assert!(third != first && third != second);
        agreed(&world, &members, &third).await;
        assert_eq!(world.requests(), 3);
    })
    .await;
}

#[tokio::test]
async fn a_rejection_is_remembered_though_its_mark_is_taken_back_before_the_next_token() {
    both_ways(async |world, writer, keys| {
        let member = process(&world, keys.as_ref());
        let first = value(&member.token().await.unwrap());
        let old = writer.text().await;
        let hold = world.auth.hold();
        reject(&world, &member);
        let asked = tokio::spawn({
            let member = member.clone();
            async move { member.token().await }
        });
        world.auth.wait_for_token_requests(2).await;
        writer.put(&old).await;
        hold.release();
        assert_ne!(value(&asked.await.unwrap().unwrap()), first);
        // What it has saved is newer than the copy, for whoever comes.
        let others = processes(&world, keys.as_ref(), 3);
        assert_ne!(common(&others).await, first);
        assert_eq!(world.requests(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_token_that_was_rejected_while_the_store_was_away_is_not_taken_from_it_later() {
    use crate::support::Mood;

    both_ways(async |world, writer, keys| {
        let member = process(&world, keys.as_ref());
        let first = value(&member.token().await.unwrap());
        world.store.is(Mood::Failing);
        reject(&world, &member);
        writer.until_fetched(&member).await;
        assert_eq!(world.requests(), 2);
        world.store.is(Mood::Well);
        world.clock.advance(seconds(60));
        reject(&world, &member);
        writer.until_fetched(&member).await;
        let third = value(&member.token().await.unwrap());
        assert_ne!(third, first, "it knows that an API has refused that one");
        assert_eq!(world.requests(), 3);
    })
    .await;
}

#[tokio::test]
async fn a_record_from_before_a_newer_token_is_written_over_at_the_next_renewal() {
    both_ways(async |world, writer, keys| {
        let members = processes(&world, keys.as_ref(), 5);
        let first = common(&members).await;
        let old = writer.text().await;
        world.clock.advance(seconds(1800));
        reject(&world, &members[0]);
        let second = value(&members[0].token().await.unwrap());
        agreed(&world, &members, &second).await;
        writer.put(&old).await;
        let logs = LogCapture::new();
        let installed = logs.install();
        assert_eq!(common(&members).await, second);
        world.rest(&members).await;
        drop(installed);
        let warnings = logs.named("evergrant.store_entry_refused");
        assert!(!warnings.is_empty());
        for warning in warnings {
            assert!(warning.fields["problem"].contains("older than one"), "{warning:?}");
        }
        world.clock.advance(seconds(3600 * 79 / 100));
        for _ in 0..5 {
            for member in &members {
                member.token().await.unwrap();
            }
            world.rest(&members).await;
            world.clock.advance(seconds(1));
        }
        let third = common(&members).await;
        assert!(third != first && third != second);
        // A process that knows nothing is shown what the others have.
        assert_eq!(common(&processes(&world, keys.as_ref(), 3)).await, third);
        assert_eq!(world.requests(), 3);
    })
    .await;
}

#[tokio::test]
async fn a_record_that_was_lost_or_restored_costs_a_fleet_one_request_and_no_call() {
    both_ways(async |world, writer, keys| {
        let members = processes(&world, keys.as_ref(), 10);
        let mut last = common(&members).await;
        let backup = writer.text().await;
        for (round, restored) in [false, true, false, true].into_iter().enumerate() {
            match restored {
                true => writer.put(&backup).await,
                false => writer.remove().await,
            }
            assert_eq!(common(&members).await, last, "what they have is good");
            world.rest(&members).await;
            world.clock.advance(seconds(3600 * 79 / 100));
            for _ in 0..5 {
                for member in &members {
                    member.authorize_now(&mut HeaderMap::new()).expect("no call waits");
                }
                world.rest(&members).await;
                world.clock.advance(seconds(1));
            }
            let next = common(&members).await;
            assert_ne!(next, last);
            last = next;
            assert_eq!(world.requests(), 2 + round);
        }
    })
    .await;
}

#[tokio::test]
async fn a_copy_that_is_put_back_again_and_again_makes_each_process_fetch_for_itself() {
    both_ways(async |world, writer, keys| {
        let members: Vec<_> = (0..3).map(|_| writer.process(keys.as_ref())).collect();
        let first = common(&members).await;
        let old = writer.text().await;
        reject(&world, &members[0]);
        let second = value(&members[0].token().await.unwrap());
        agreed(&world, &members, &second).await;
        for member in &members {
            reject(&world, member);
            let waited = writer.until_fetched_while(member, |_| old.clone()).await;
            assert!(waited <= seconds(5), "{waited:?}");
            assert_ne!(value(&member.token().await.unwrap()), first);
        }
        assert_eq!(writer.requests(), 2 + members.len());
    })
    .await;
}

#[tokio::test]
async fn a_flag_that_was_changed_makes_an_encrypted_record_a_miss_for_a_process_that_starts_anew() {
    let world = World::new();
    let (writer, keys) = (Writer::new(&world), Keys::new());
    let member = process(&world, Some(&keys));
    let first = value(&member.token().await.unwrap());
    let hold = world.auth.hold();
    reject(&world, &member);
    let asked = tokio::spawn({
        let member = member.clone();
        async move { member.token().await }
    });
    world.auth.wait_for_token_requests(2).await;
    let marked = writer.text().await;
    assert!(marked.contains(r#""rejected":true,"#), "{marked}");
    hold.release();
    asked.await.unwrap().unwrap();
    writer.put(&marked.replace(r#""rejected":true,"#, "")).await;
    let anew = process(&world, Some(&keys));
    assert_ne!(value(&anew.token().await.unwrap()), first);
    assert_eq!(world.requests(), 3);
}

#[tokio::test]
async fn processes_with_other_keys_see_who_fetches_and_believe_nothing_else() {
    let world = World::new();
    let (old, new) = (
        process(&world, Some(&Keys::named("old"))),
        process(&world, Some(&Keys::named("new"))),
    );
    let hold = world.auth.hold();
    let asking = tokio::spawn({
        let new = new.clone();
        async move { new.token().await }
    });
    world.auth.wait_for_token_requests(1).await;
    let asked = tokio::spawn({
        let old = old.clone();
        async move { old.token().await }
    });
    world.clock.advance(seconds(2));
    world.clock.settle().await;
    assert_eq!(world.requests(), 1, "another process fetches");
    hold.release();
    let first = value(&asking.await.unwrap().unwrap());
    world
        .pass_until(std::time::Duration::from_millis(100), || asked.is_finished())
        .await;
    assert_ne!(value(&asked.await.unwrap().unwrap()), first);
    assert_eq!(world.requests(), 2);
}
