//! What an API refuses, for one member and so for all.

use evergrant::store::SharedStore;
use evergrant::{Rejection, ReplayOutcome, TokenManager};
use evergrant_testing::LogCapture;

use crate::support::{Mood, World, common, seconds, value};

fn generation(member: &TokenManager) -> evergrant::Generation {
    member.authorize_now(&mut http::HeaderMap::new()).unwrap()
}

#[tokio::test]
async fn a_refusal_that_all_members_see_costs_one_request() {
    let world = World::new();
    let members = world.members(20);
    let first = common(&members).await;
    for member in &members {
        assert_eq!(member.reject(generation(member)), Rejection::Accepted);
    }
    assert_ne!(common(&members).await, first);
    assert_eq!(world.requests(), 2);
}

#[tokio::test]
async fn a_refusal_reaches_members_who_have_not_seen_it() {
    let world = World::new();
    let members = world.members(10);
    let first = common(&members).await;
    members[0].reject(generation(&members[0]));
    let second = value(&members[0].token().await.unwrap());
    assert_ne!(second, first);
    world
        .until(|| {
            members.iter().for_each(|member| {
                member.authorize_now(&mut http::HeaderMap::new());
            });
            members[1..].iter().all(|member| member.status().tokens_adopted == 2)
        })
        .await;
    assert_eq!(common(&members).await, second);
    assert_eq!(world.requests(), 2);
}

#[tokio::test]
async fn a_late_refusal_of_an_old_token_costs_nothing() {
    let world = World::new();
    let members = world.members(3);
    common(&members).await;
    let old = generation(&members[1]);
    members[0].reject(generation(&members[0]));
    members[0].token().await.unwrap();
    members[1].reject(old);
    members[1].token().await.unwrap();
    for _ in 0..50 {
        assert_eq!(members[1].reject(old), Rejection::Superseded);
        members[1].token().await.unwrap();
    }
    assert_eq!(world.requests(), 2);
}

#[tokio::test]
async fn an_api_that_refuses_fresh_tokens_too_does_not_make_the_fleet_renew_in_turns() {
    let world = World::new();
    let members = world.members(20);
    common(&members).await;
    // Ten seconds of calls to an endpoint that refuses everybody.
    for _ in 0..100 {
        for member in &members {
            member.token().await.unwrap();
            let refused = generation(member);
            if member.reject(refused) == Rejection::Accepted {
                member.token().await.unwrap();
                member.replayed(generation(member), ReplayOutcome::Refused);
                world.clock.settle().await;
            }
        }
        world.clock.advance(std::time::Duration::from_millis(100));
    }
    assert!(world.requests() <= 4, "{} requests", world.requests());
    // The pause ends.
    world.clock.advance(seconds(200));
    members[0].reject(generation(&members[0]));
    let before = world.requests();
    members[0].token().await.unwrap();
    assert_eq!(world.requests(), before + 1);
}

#[tokio::test]
async fn a_refused_token_whose_saving_went_unanswered_is_not_taken_for_another_one() {
    let world = World::new();
    let member = world.member();
    let hold = world.auth.hold();
    let asked = tokio::spawn({
        let member = member.clone();
        async move { member.token().await }
    });
    world.auth.wait_for_token_requests(1).await;
    world.store.is(Mood::Deaf);
    hold.release();
    let first = value(&asked.await.unwrap().unwrap());
    world.store.is(Mood::Well);
    world.clock.advance(seconds(10));
    member.reject(generation(&member));
    assert_ne!(value(&member.token().await.unwrap()), first);
    assert_eq!(world.requests(), 2);
}

#[tokio::test]
async fn the_end_of_a_pause_that_the_engines_clock_has_moved_away_is_not_waited_for() {
    let world = World::new();
    let members = world.members(2);
    common(&members).await;
    members[0].replayed(generation(&members[0]), ReplayOutcome::Refused);
    world.clock.settle().await;
    let store = SharedStore::new(world.store.clone());
    let key = members[0].store_key().unwrap();
    let record = || async { store.load(key).await.unwrap().record.unwrap().expose().to_owned() };
    let until = |record: &str| {
        let record: serde_json::Value = serde_json::from_str(record).unwrap();
        record["refusals"]["until"].as_u64().unwrap()
    };
    let before = until(&record().await);
    world.clock.step_wall_back(seconds(3600));
    members[1].replayed(generation(&members[1]), ReplayOutcome::Refused);
    world.clock.settle().await;
    assert!(until(&record().await) < before);
}

#[tokio::test]
async fn a_member_that_drops_its_token_for_anothers_refusal_says_so() {
    let world = World::new();
    let members = world.members(2);
    common(&members).await;
    let logs = LogCapture::new();
    let _installed = logs.install();
    let hold = world.auth.hold();
    members[0].reject(generation(&members[0]));
    let asked = tokio::spawn({
        let member = members[0].clone();
        async move { member.token().await }
    });
    world.auth.wait_for_token_requests(2).await;
    world
        .until(|| members[1].authorize_now(&mut http::HeaderMap::new()).is_none())
        .await;
    assert_eq!(logs.named("evergrant.rejected").len(), 2);
    hold.release();
    asked.await.unwrap().unwrap();
}

#[tokio::test]
async fn in_a_pause_a_refused_token_is_no_new_one_and_whoever_insists_has_another() {
    let world = World::new();
    let members = world.members(2);
    let first = common(&members).await;
    members[0].replayed(generation(&members[0]), ReplayOutcome::Refused);
    world.clock.settle().await;
    // One that knows nothing of the pause, and one that learns of it with the token.
    let refused = generation(&members[1]);
    assert_eq!(members[1].reject(refused), Rejection::Accepted);
    let same = members[1].token().await.unwrap();
    assert_eq!((value(&same), same.generation()), (first.clone(), refused));
    assert_eq!(members[1].reject(refused), Rejection::Suppressed);
    let late = world.member();
    assert_eq!(value(&late.token().await.unwrap()), first);
    assert_eq!(late.reject(generation(&late)), Rejection::Suppressed);
    assert_eq!(world.requests(), 1);

    let mut last = first;
    for count in 2..5 {
        let another = value(&late.replace(generation(&late)).await.unwrap());
        assert_ne!(another, last);
        assert_eq!(world.requests(), count);
        last = another;
    }
    assert_eq!(value(&world.member().token().await.unwrap()), last);
}
