//! One token for all: fetched by one, taken over by the others.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use evergrant::store::{Ledger, SharedStore};
use evergrant::{BuildError, ClientCredentials, Exchange, Password, Token, TokenState};
use evergrant_testing::{LogCapture, RefreshTokens};

use crate::support::{CLIENT, SECRET, World, WrongClock, ask, common, seconds, value};

#[tokio::test]
async fn a_cold_fleet_makes_one_request() {
    let world = World::new();
    let members = world.members(50);
    let hold = world.auth.hold();
    let asked = tokio::spawn({
        let members = members.clone();
        async move { common(&members).await }
    });
    world.auth.wait_for_token_requests(1).await;
    hold.release();
    asked.await.unwrap();
    assert_eq!(world.requests(), 1);
    let obtained: u64 = members.iter().map(|member| member.status().tokens_obtained).sum();
    let adopted: u64 = members.iter().map(|member| member.status().tokens_adopted).sum();
    assert_eq!((obtained, adopted), (1, 49));
}

#[tokio::test]
async fn a_whole_fleet_restarting_with_a_warm_store_sends_no_token_request() {
    let world = World::new();
    let first = common(&world.members(3)).await;
    // Close to its end, and still good.
    world.clock.advance(seconds(3500));
    let hold = world.auth.hold();
    assert_eq!(common(&world.members(20)).await, first);
    drop(hold);
    assert!(world.requests() <= 2, "the second one renews in the background");
}

#[tokio::test]
async fn a_fleet_restarting_in_the_first_part_of_a_tokens_life_sends_nothing_at_all() {
    let world = World::new();
    let first = common(&world.members(3)).await;
    world.clock.advance(seconds(2000));
    for _ in 0..3 {
        assert_eq!(common(&world.members(20)).await, first);
    }
    assert_eq!(world.requests(), 1);
}

#[tokio::test]
async fn past_the_soft_deadline_one_member_renews_and_the_others_follow_without_waiting() {
    let world = World::new();
    let members = world.members(20);
    let first = common(&members).await;
    world.clock.advance(seconds(3600 * 79 / 100));
    let hold = world.auth.hold();
    assert_eq!(common(&members).await, first, "nobody waits");
    world.auth.wait_for_token_requests(2).await;
    assert_eq!(common(&members).await, first);
    hold.release();
    world
        .until(|| {
            members.iter().for_each(|member| {
                member.authorize_now(&mut http::HeaderMap::new());
            });
            members.iter().all(|member| member.status().state == TokenState::Valid)
        })
        .await;
    assert_ne!(common(&members).await, first);
    assert_eq!(world.requests(), 2);
}

#[tokio::test]
async fn a_fleet_makes_one_request_per_renewal_interval_over_ten_lifetimes() {
    let world = World::new();
    let members = world.members(10);
    for _ in 0..(10 * 60) {
        for outcome in ask(&members).await {
            outcome.unwrap();
        }
        world.rest(&members).await;
        world.clock.advance(seconds(60));
    }
    // Ten hours, and a renewal after 45 minutes, or a little earlier: the first of ten draws within 5%.
    assert!((13..=16).contains(&world.requests()), "{}", world.requests());
}

#[tokio::test]
async fn settings_that_make_another_token_make_another_entry() {
    let world = World::new();
    let tokens = [
        world.builder(),
        world.builder().scopes(["books.read"]),
        world.builder().audience("https://api.example.com"),
        world.builder().store_namespace("staging"),
        world.builder().credential_label("blue"),
    ];
    let members: Vec<_> = tokens.into_iter().map(|builder| world.build(builder)).collect();
    let narrow = members[0].with_scopes(["books.read"]).unwrap();
    assert_eq!(narrow.store_key(), members[1].store_key());
    for outcome in ask(&members).await {
        outcome.unwrap();
    }
    assert_eq!(world.requests(), members.len());
    assert_eq!(
        value(&narrow.token().await.unwrap()),
        value(&members[1].token().await.unwrap())
    );
    assert_eq!(world.requests(), members.len());
}

#[tokio::test]
async fn a_member_whose_wall_clock_is_an_hour_off_knows_how_long_a_token_lasts() {
    let world = World::new();
    let first = common(&world.members(1)).await;
    world.clock.advance(seconds(1800));
    let wrong = WrongClock {
        clock: world.clock.clone(),
        ahead: seconds(3600),
    };
    let member = world.build(world.builder().runtime(wrong));
    assert_eq!(value(&member.token().await.unwrap()), first);
    let left = member.status().valid_for.unwrap();
    assert!((seconds(1780)..=seconds(1790)).contains(&left), "{left:?}");
    world.clock.advance(seconds(1795));
    assert_ne!(
        value(&member.token().await.unwrap()),
        first,
        "it is over for this member too"
    );
    // And the others know how long its own lasts.
    world.clock.advance(seconds(2000));
    let other = world.member();
    other.token().await.unwrap();
    let left = other.status().valid_for.unwrap();
    assert!((seconds(1580)..=seconds(1590)).contains(&left), "{left:?}");
    assert_eq!(world.requests(), 2);
}

#[tokio::test]
async fn an_expired_entry_counts_as_a_miss() {
    let world = World::new();
    let first = common(&world.members(2)).await;
    world.clock.advance(seconds(3600));
    assert_ne!(common(&world.members(5)).await, first);
    assert_eq!(world.requests(), 2);
}

#[tokio::test]
async fn a_token_that_must_last_longer_than_the_fleets_is_fetched_for_all() {
    let world = World::new();
    let members = world.members(2);
    let first = common(&members).await;
    world.clock.advance(seconds(1800));
    let longer = members[0].token_valid_for(seconds(3000)).await.unwrap();
    assert_ne!(value(&longer), first);
    world
        .until(|| {
            members[1].authorize_now(&mut http::HeaderMap::new()).is_some() && members[1].status().tokens_adopted == 2
        })
        .await;
    assert_eq!(world.requests(), 2);
}

#[tokio::test]
async fn the_update_callback_is_told_by_the_member_that_fetched_and_by_no_other() {
    let world = World::new();
    let told = Arc::new(AtomicUsize::new(0));
    let members: Vec<_> = (0..5)
        .map(|_| {
            let told = Arc::clone(&told);
            let count = move |_| {
                told.fetch_add(1, Ordering::SeqCst);
            };
            world.build(world.builder().on_token_update(count))
        })
        .collect();
    let mut updates: Vec<_> = members.iter().map(|member| member.subscribe()).collect();
    let token = common(&members).await;
    world.until(|| told.load(Ordering::SeqCst) > 0).await;
    assert_eq!(told.load(Ordering::SeqCst), 1);
    for updates in &mut updates {
        assert_eq!(
            value(&updates.next().await.unwrap()),
            token,
            "who wants to know of all tokens subscribes"
        );
    }
}

#[tokio::test]
async fn a_token_provider_is_asked_by_one_member_for_all() {
    let world = World::new();
    let asked = Arc::new(AtomicUsize::new(0));
    let members: Vec<_> = (0..10)
        .map(|_| {
            let asked = Arc::clone(&asked);
            let provide = move |_: Option<Token>, exchange: Exchange| {
                asked.fetch_add(1, Ordering::SeqCst);
                async move { exchange.fetch_token().await }
            };
            world.build(world.builder().token_provider(provide))
        })
        .collect();
    common(&members).await;
    assert_eq!((asked.load(Ordering::SeqCst), world.requests()), (1, 1));
}

#[tokio::test]
async fn a_refresh_token_goes_round_and_is_used_once() {
    let world = World::with(|server| {
        let server = server.user("jane", "not-a-real-password");
        server.refresh_tokens(RefreshTokens::Rotating)
    });
    let member = || {
        let password = Password::new("jane", "not-a-real-password").client(CLIENT, SECRET);
        world.build(world.configured(password))
    };
    let members = [member(), member(), member()];
    common(&members).await;
    for round in 0..4 {
        world.clock.advance(seconds(3600));
        // Another one each time.
        members[round % 3].token().await.unwrap();
        common(&members).await;
    }
    let grants: Vec<_> = world
        .auth
        .requests()
        .iter()
        .filter_map(|request| request.form_value("grant_type"))
        .collect();
    assert_eq!(
        grants,
        [
            "password",
            "refresh_token",
            "refresh_token",
            "refresh_token",
            "refresh_token"
        ]
    );
}

#[tokio::test]
async fn a_users_own_token_does_not_reach_the_store() {
    let world = World::with(|server| server.user("jane", "not-a-real-password"));
    let password = Password::new("jane", "not-a-real-password").client(CLIENT, SECRET);
    let members = world.build(world.configured(password));
    let token = Token::new("not-a-real-token").with_expires_in(seconds(60));
    let user = members.for_user(token, |_| {}).unwrap();
    assert_eq!(user.store_key(), None);
    world.clock.advance(seconds(3600));
    user.token().await.unwrap();
    assert_eq!(world.store.operations(), 0);
}

#[tokio::test]
async fn an_entry_that_was_put_under_another_key_is_a_miss_and_a_warning() {
    let world = World::new();
    let (ours, theirs) = (world.member(), world.build(world.builder().scopes(["orders.write"])));
    let other = value(&theirs.token().await.unwrap());
    let store = SharedStore::new(world.store.clone());
    let stolen = store.load(theirs.store_key().unwrap()).await.unwrap().record;
    let swap = evergrant::store::Swap::new(None, stolen, seconds(3600));
    store.swap(ours.store_key().unwrap(), swap).await.unwrap();
    let logs = LogCapture::new();
    let _installed = logs.install();
    let token = ours.token().await.unwrap();
    assert_ne!(value(&token), other);
    assert_eq!(logs.named("evergrant.store_entry_refused").len(), 1);
}

#[tokio::test]
async fn a_newer_versions_entry_is_left_alone_and_done_without() {
    let world = World::new();
    let member = world.member();
    let key = member.store_key().unwrap();
    let store = SharedStore::new(world.store.clone());
    let newer = format!(r#"{{"evergrant":2,"key":"{key}","everything":"else"}}"#);
    let swap = evergrant::store::Swap::new(None, Some(newer.clone().into()), seconds(100_000));
    store.swap(key, swap).await.unwrap();
    let asked = tokio::spawn({
        let member = member.clone();
        async move { member.token().await.map(|_| ()) }
    });
    world
        .pass_until(Duration::from_millis(50), || asked.is_finished())
        .await;
    asked.await.unwrap().unwrap();
    let left = store.load(key).await.unwrap().record.unwrap();
    assert_eq!(left.expose(), newer);
    let ledger = Ledger::new(store, key.clone());
    assert!(ledger.load().await.unwrap_err().to_string().contains("newer version"));
}

#[tokio::test]
async fn a_store_is_refused_where_it_makes_no_sense() {
    let world = World::new();
    let transport = evergrant_reqwest::Transport::default;
    let manual = world.builder().manual().build(transport());
    assert!(matches!(manual, Err(BuildError::StoreNotApplicable { .. })));
    let user = evergrant::AuthorizationCode::new(CLIENT, SECRET);
    let user = world.configured(user).build(transport());
    assert!(matches!(user, Err(BuildError::StoreNotApplicable { .. })));
    for builder in [
        world.builder().store_timeout(Duration::ZERO),
        world.builder().lease_term(Duration::from_millis(1)),
    ] {
        let error = builder.build(transport()).unwrap_err();
        assert!(matches!(error, BuildError::OutOfRange { .. }), "{error}");
    }
    // Without a store, they mean nothing.
    let bare = ClientCredentials::new(CLIENT, SECRET).token_url(world.auth.token_url());
    assert!(bare.lease_term(Duration::ZERO).build(transport()).is_ok());
}

#[tokio::test]
async fn a_new_member_whose_job_outlasts_the_fleets_token_fetches_one_that_does_not() {
    let world = World::new();
    common(&world.members(1)).await;
    world.clock.advance(seconds(1800));
    let late = world.member();
    let longer = late.token_valid_for(seconds(3000)).await.unwrap();
    assert_eq!(world.requests(), 2);
    assert_eq!(common(&world.members(2)).await, value(&longer));
    // What no token can do is not tried.
    late.token_valid_for(seconds(4000)).await.unwrap_err();
    world.member().token_valid_for(seconds(4000)).await.unwrap_err();
    assert_eq!(world.requests(), 2);
}

#[tokio::test]
async fn a_member_that_insists_on_its_scopes_takes_over_no_token_with_fewer() {
    let world = World::with(|server| server.grant_scopes(&["books.read"]));
    let scopes = ["books.read", "books.write"];
    let content = world.build(world.builder().scopes(scopes));
    let strict = world.build(world.builder().scopes(scopes).strict_scopes());
    strict.token().await.unwrap_err();
    let narrow = value(&content.token().await.unwrap());
    assert_eq!(world.requests(), 2, "its failure is its own");
    world.clock.advance(seconds(10));
    strict.token().await.unwrap_err();
    assert_eq!(value(&content.token().await.unwrap()), narrow);
}
