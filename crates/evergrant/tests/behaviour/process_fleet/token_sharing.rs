//! One process fetches a token, and the others adopt it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use evergrant::store::{LeasedRecord, SharedStore};
use evergrant::{BuildError, Password, Token, TokenEndpoint, TokenState};
use evergrant_testing::{LogCapture, RefreshTokens};

use super::support::{CLIENT, Fixture, SECRET, SkewedClock, common_token, request_tokens, seconds, value};

#[tokio::test]
async fn a_cold_fleet_makes_one_request() {
    let fixture = Fixture::new();
    let processes = fixture.processes(50);
    let hold = fixture.auth.hold();
    let call = tokio::spawn({
        let processes = processes.clone();
        async move { common_token(&processes).await }
    });
    fixture.auth.wait_for_token_requests(1).await;
    hold.release();
    call.await.unwrap();
    assert_eq!(fixture.requests(), 1);
    let obtained: u64 = processes.iter().map(|process| process.status().tokens_fetched).sum();
    let adopted: u64 = processes.iter().map(|process| process.status().tokens_adopted).sum();
    assert_eq!((obtained, adopted), (1, 49));
}

/// The futures of a fetch must not need the 2 MiB that threads of Tokio and of the standard library have: an
/// application needs some itself. In debug builds, each future is copied into those that contain it.
#[test]
fn a_fetch_needs_less_than_half_the_stack_of_a_thread() {
    const STACK_SIZE: usize = 1024 * 1024;
    let fetch = || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let fixture = Fixture::new();
            common_token(&fixture.processes(2)).await
        })
    };
    let thread = std::thread::Builder::new().stack_size(STACK_SIZE).spawn(fetch);
    thread.unwrap().join().unwrap();
}

#[tokio::test]
async fn a_fleet_restarting_near_expiry_adopts_the_stored_token() {
    let fixture = Fixture::new();
    let first = common_token(&fixture.processes(3)).await;
    // Close to expiry, but still valid.
    fixture.clock.advance(seconds(3500));
    let hold = fixture.auth.hold();
    assert_eq!(common_token(&fixture.processes(20)).await, first);
    drop(hold);
    assert!(fixture.requests() <= 2, "the second request is a background renewal");
}

#[tokio::test]
async fn a_fleet_restarting_with_a_fresh_token_sends_no_request() {
    let fixture = Fixture::new();
    let first = common_token(&fixture.processes(3)).await;
    fixture.clock.advance(seconds(2000));
    for _ in 0..3 {
        assert_eq!(common_token(&fixture.processes(20)).await, first);
    }
    assert_eq!(fixture.requests(), 1);
}

#[tokio::test]
async fn after_the_soft_deadline_one_process_renews_in_the_background() {
    let fixture = Fixture::new();
    let processes = fixture.processes(20);
    let first = common_token(&processes).await;
    fixture.clock.advance(seconds(3600 * 79 / 100));
    let hold = fixture.auth.hold();
    assert_eq!(common_token(&processes).await, first, "no call waits");
    fixture.auth.wait_for_token_requests(2).await;
    assert_eq!(common_token(&processes).await, first);
    hold.release();
    fixture
        .wait_until(|| {
            processes.iter().for_each(|process| {
                process.authorize_now(&mut http::HeaderMap::new());
            });
            processes
                .iter()
                .all(|process| process.status().state == TokenState::Valid)
        })
        .await;
    assert_ne!(common_token(&processes).await, first);
    assert_eq!(fixture.requests(), 2);
}

#[tokio::test]
async fn a_fleet_makes_one_request_per_renewal_interval() {
    let fixture = Fixture::new();
    let processes = fixture.processes(10);
    for _ in 0..(10 * 60) {
        for outcome in request_tokens(&processes).await {
            outcome.unwrap();
        }
        fixture.settle(&processes).await;
        fixture.clock.advance(seconds(60));
    }
    // Ten hours with a renewal after 45 minutes, less up to 5% of random jitter in ten processes.
    assert!((13..=16).contains(&fixture.requests()), "{}", fixture.requests());
}

#[tokio::test]
async fn settings_that_change_the_token_change_the_store_key() {
    let fixture = Fixture::new();
    let tokens = [
        fixture.builder(),
        fixture.builder().scopes(["books.read"]),
        fixture.builder().audience("https://api.example.com"),
        fixture.builder().store(fixture.sharing().namespace("staging")),
        fixture.builder().store(fixture.sharing().credential_label("blue")),
    ];
    let processes: Vec<_> = tokens.into_iter().map(|builder| fixture.build(builder)).collect();
    let narrow = processes[0].with_scopes(["books.read"]).unwrap();
    assert_eq!(narrow.store_key(), processes[1].store_key());
    for outcome in request_tokens(&processes).await {
        outcome.unwrap();
    }
    assert_eq!(fixture.requests(), processes.len());
    assert_eq!(
        value(&narrow.token().await.unwrap()),
        value(&processes[1].token().await.unwrap())
    );
    assert_eq!(fixture.requests(), processes.len());
}

#[tokio::test]
async fn a_wrong_wall_clock_does_not_change_token_lifetimes() {
    let fixture = Fixture::new();
    let first = common_token(&fixture.processes(1)).await;
    fixture.clock.advance(seconds(1800));
    let skewed = SkewedClock {
        clock: fixture.clock.clone(),
        ahead: seconds(3600),
    };
    let process = fixture.build(fixture.builder().runtime(skewed));
    assert_eq!(value(&process.token().await.unwrap()), first);
    let left = process.status().valid_for.unwrap();
    assert!((seconds(1780)..=seconds(1790)).contains(&left), "{left:?}");
    fixture.clock.advance(seconds(1795));
    assert_ne!(
        value(&process.token().await.unwrap()),
        first,
        "the token expires for this process too"
    );
    // Other processes know the lifetime of its token.
    fixture.clock.advance(seconds(2000));
    let other = fixture.process();
    other.token().await.unwrap();
    let left = other.status().valid_for.unwrap();
    assert!((seconds(1580)..=seconds(1590)).contains(&left), "{left:?}");
    assert_eq!(fixture.requests(), 2);
}

#[tokio::test]
async fn an_expired_record_is_a_miss() {
    let fixture = Fixture::new();
    let first = common_token(&fixture.processes(2)).await;
    fixture.clock.advance(seconds(3600));
    assert_ne!(common_token(&fixture.processes(5)).await, first);
    assert_eq!(fixture.requests(), 2);
}

#[tokio::test]
async fn a_token_fetched_for_a_longer_lifetime_is_shared() {
    let fixture = Fixture::new();
    let processes = fixture.processes(2);
    let first = common_token(&processes).await;
    fixture.clock.advance(seconds(1800));
    let longer = processes[0].token_valid_for(seconds(3000)).await.unwrap();
    assert_ne!(value(&longer), first);
    fixture
        .wait_until(|| {
            processes[1].authorize_now(&mut http::HeaderMap::new()).is_some()
                && processes[1].status().tokens_adopted == 2
        })
        .await;
    assert_eq!(fixture.requests(), 2);
}

#[tokio::test]
async fn only_the_fetching_process_calls_the_update_callback() {
    let fixture = Fixture::new();
    let notifications = Arc::new(AtomicUsize::new(0));
    let processes: Vec<_> = (0..5)
        .map(|_| {
            let notifications = Arc::clone(&notifications);
            let count = move |_| {
                notifications.fetch_add(1, Ordering::SeqCst);
            };
            fixture.build(fixture.builder().on_token_update(count))
        })
        .collect();
    let mut updates: Vec<_> = processes.iter().map(|process| process.subscribe()).collect();
    let token = common_token(&processes).await;
    fixture.wait_until(|| notifications.load(Ordering::SeqCst) > 0).await;
    assert_eq!(notifications.load(Ordering::SeqCst), 1);
    for updates in &mut updates {
        assert_eq!(
            value(&updates.next().await.unwrap()),
            token,
            "subscribers receive adopted tokens too"
        );
    }
}

#[tokio::test]
async fn a_token_provider_is_called_by_one_process() {
    let fixture = Fixture::new();
    let provider_calls = Arc::new(AtomicUsize::new(0));
    let processes: Vec<_> = (0..10)
        .map(|_| {
            let provider_calls = Arc::clone(&provider_calls);
            let provide = move |_: Option<Token>, endpoint: TokenEndpoint| {
                provider_calls.fetch_add(1, Ordering::SeqCst);
                async move { endpoint.fetch_token().await }
            };
            fixture.build(fixture.builder().token_provider(provide))
        })
        .collect();
    common_token(&processes).await;
    assert_eq!((provider_calls.load(Ordering::SeqCst), fixture.requests()), (1, 1));
}

#[tokio::test]
async fn a_shared_refresh_token_is_used_once() {
    let fixture = Fixture::with(|server| {
        let server = server.user("jane", "not-a-real-password");
        server.refresh_tokens(RefreshTokens::Rotating)
    });
    let process = || {
        let password = Password::new("jane", "not-a-real-password").builder(CLIENT, SECRET);
        fixture.build(fixture.configured(password))
    };
    let processes = [process(), process(), process()];
    common_token(&processes).await;
    for round in 0..4 {
        fixture.clock.advance(seconds(3600));
        // A different process each time.
        processes[round % 3].token().await.unwrap();
        common_token(&processes).await;
    }
    let grants: Vec<_> = fixture
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
async fn tokens_of_derived_user_managers_are_not_stored() {
    let fixture = Fixture::with(|server| server.user("jane", "not-a-real-password"));
    let password = Password::new("jane", "not-a-real-password").builder(CLIENT, SECRET);
    let processes = fixture.build(fixture.configured(password));
    let token = Token::new("not-a-real-token").with_expires_in(seconds(60));
    let user = processes.for_user(token, |_| {}).unwrap();
    assert_eq!(user.store_key(), None);
    fixture.clock.advance(seconds(3600));
    user.token().await.unwrap();
    assert_eq!(fixture.store.operations(), 0);
}

#[tokio::test]
async fn a_record_of_another_key_is_a_miss_with_a_warning() {
    let fixture = Fixture::new();
    let (own, foreign) = (
        fixture.process(),
        fixture.build(fixture.builder().scopes(["orders.write"])),
    );
    let other = value(&foreign.token().await.unwrap());
    let store = SharedStore::new(fixture.store.clone());
    let copied = store.load(foreign.store_key().unwrap()).await.unwrap().record;
    let swap = evergrant::store::Swap::new(None, copied, seconds(3600));
    store.swap(own.store_key().unwrap(), swap).await.unwrap();
    let logs = LogCapture::new();
    let _guard = logs.install();
    let token = own.token().await.unwrap();
    assert_ne!(value(&token), other);
    assert_eq!(logs.by_name("evergrant.store_record_ignored").len(), 1);
}

#[tokio::test]
async fn a_record_of_a_newer_version_is_not_changed() {
    let fixture = Fixture::new();
    let process = fixture.process();
    let key = process.store_key().unwrap();
    let store = SharedStore::new(fixture.store.clone());
    let newer = format!(r#"{{"evergrant":2,"key":"{key}","everything":"else"}}"#);
    let swap = evergrant::store::Swap::new(None, Some(newer.clone().into()), seconds(100_000));
    store.swap(key, swap).await.unwrap();
    let call = tokio::spawn({
        let process = process.clone();
        async move { process.token().await.map(|_| ()) }
    });
    fixture
        .advance_until(Duration::from_millis(50), || call.is_finished())
        .await;
    call.await.unwrap().unwrap();
    let current = store.load(key).await.unwrap().record.unwrap();
    assert_eq!(current.expose(), newer);
    let leased_record = LeasedRecord::new(store, key.clone());
    assert!(
        leased_record
            .load()
            .await
            .unwrap_err()
            .to_string()
            .contains("newer version")
    );
}

#[tokio::test]
async fn unsuitable_store_settings_are_rejected() {
    let fixture = Fixture::new();
    let transport = evergrant_reqwest::Transport::default;
    let manual = fixture.builder().manual().build(transport());
    assert!(matches!(manual, Err(BuildError::StoreNotApplicable { .. })));
    for builder in [
        fixture
            .builder()
            .store(fixture.sharing().operation_timeout(Duration::ZERO)),
        fixture
            .builder()
            .store(fixture.sharing().lease(Duration::from_millis(1))),
    ] {
        let error = builder.build(transport()).unwrap_err();
        assert!(matches!(error, BuildError::OutOfRange { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_new_process_fetches_a_longer_lived_token_when_required() {
    let fixture = Fixture::new();
    common_token(&fixture.processes(1)).await;
    fixture.clock.advance(seconds(1800));
    let late = fixture.process();
    let longer = late.token_valid_for(seconds(3000)).await.unwrap();
    assert_eq!(fixture.requests(), 2);
    assert_eq!(common_token(&fixture.processes(2)).await, value(&longer));
    // A lifetime that no token can have causes no request.
    late.token_valid_for(seconds(4000)).await.unwrap_err();
    fixture.process().token_valid_for(seconds(4000)).await.unwrap_err();
    assert_eq!(fixture.requests(), 2);
}

#[tokio::test]
async fn strict_scopes_reject_a_shared_token_with_fewer_scopes() {
    let fixture = Fixture::with(|server| server.grant_scopes(&["books.read"]));
    let scopes = ["books.read", "books.write"];
    let lenient = fixture.build(fixture.builder().scopes(scopes));
    let strict = fixture.build(fixture.builder().scopes(scopes).strict_scopes());
    strict.token().await.unwrap_err();
    let narrow = value(&lenient.token().await.unwrap());
    assert_eq!(fixture.requests(), 2, "the failure is not shared");
    fixture.clock.advance(seconds(10));
    strict.token().await.unwrap_err();
    assert_eq!(value(&lenient.token().await.unwrap()), narrow);
}
