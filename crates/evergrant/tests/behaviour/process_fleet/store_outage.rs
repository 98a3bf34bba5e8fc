//! The store becomes unavailable, hangs, and recovers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use evergrant::Token;
use evergrant_testing::LogCapture;

use super::support::{Fixture, Mode, common_token, seconds, value};

#[tokio::test]
async fn without_the_store_a_cold_process_fetches_on_its_own() {
    let fixture = Fixture::new();
    fixture.store.set_mode(Mode::Failing);
    let process = fixture.process();
    let call = tokio::spawn({
        let process = process.clone();
        async move { process.token().await }
    });
    let waited = fixture
        .advance_until(Duration::from_millis(20), || call.is_finished())
        .await;
    call.await.unwrap().unwrap();
    assert!(waited <= Duration::from_millis(600), "{waited:?}");
    assert_eq!(fixture.requests(), 1);
}

#[tokio::test]
async fn a_hanging_store_delays_a_call_by_about_a_second() {
    let fixture = Fixture::new();
    fixture.store.set_mode(Mode::Hanging);
    for process in fixture.processes(3) {
        let call = tokio::spawn({
            let process = process.clone();
            async move { process.token().await }
        });
        let waited = fixture
            .advance_until(Duration::from_millis(50), || call.is_finished())
            .await;
        call.await.unwrap().unwrap();
        assert!(waited <= Duration::from_millis(1700), "{waited:?}");
    }
}

#[tokio::test]
async fn an_unavailable_store_is_probed_rarely() {
    let fixture = Fixture::new();
    let process = fixture.process();
    process.token().await.unwrap();
    fixture.store.set_mode(Mode::Failing);
    let before = fixture.store.operations();
    fixture.clock.advance(seconds(3600 * 79 / 100));
    for _ in 0..600 {
        process.token().await.unwrap();
        fixture.settle(std::slice::from_ref(&process)).await;
        fixture.clock.advance(Duration::from_millis(100));
    }
    let operations = fixture.store.operations() - before;
    assert!((4..=12).contains(&operations), "{operations} operations in a minute");
}

#[tokio::test]
async fn renewals_without_the_store_are_late_and_spread_out() {
    let fixture = Fixture::new();
    let processes = fixture.processes(40);
    let first = common_token(&processes).await;
    fixture.store.set_mode(Mode::Failing);
    fixture.clock.advance(seconds(3600 * 79 / 100));
    let mut by_minute = Vec::new();
    // Until the hard deadline.
    for _ in 0..740 {
        for process in &processes {
            process.token().await.unwrap();
        }
        fixture.settle(&processes).await;
        by_minute.push(fixture.requests());
        fixture.clock.advance(seconds(1));
    }
    assert!(
        fixture.requests() <= 41,
        "each process renews once: {} requests",
        fixture.requests()
    );
    assert!(fixture.requests() >= 38, "{} requests", fixture.requests());
    let busiest = by_minute
        .windows(60)
        .map(|minute| minute[59] - minute[0])
        .max()
        .unwrap();
    assert!(busiest <= 16, "{busiest} in one minute");
    for process in &processes {
        assert_ne!(value(&process.token().await.unwrap()), first);
    }
}

#[tokio::test]
async fn a_store_that_recovers_in_time_costs_no_extra_request() {
    let fixture = Fixture::new();
    let processes = fixture.processes(10);
    let first = common_token(&processes).await;
    fixture.store.set_mode(Mode::Failing);
    fixture.clock.advance(seconds(3600 * 76 / 100));
    common_token(&processes).await;
    fixture.settle(&processes).await;
    fixture.store.set_mode(Mode::Normal);
    let logs = LogCapture::new();
    let _guard = logs.install();
    for _ in 0..120 {
        for process in &processes {
            process.token().await.unwrap();
        }
        fixture.settle(&processes).await;
        fixture.clock.advance(seconds(1));
    }
    assert!(!logs.by_name("evergrant.store_recovered").is_empty());
    assert_ne!(common_token(&processes).await, first);
    assert_eq!(fixture.requests(), 2);
}

#[tokio::test]
async fn a_read_only_store_counts_as_unavailable() {
    let fixture = Fixture::new();
    fixture.store.set_mode(Mode::ReadOnly);
    let process = fixture.process();
    let call = tokio::spawn({
        let process = process.clone();
        async move { process.token().await }
    });
    fixture
        .advance_until(Duration::from_millis(20), || call.is_finished())
        .await;
    call.await.unwrap().unwrap();
    assert_eq!(fixture.requests(), 1);
}

#[tokio::test]
async fn a_failed_save_does_not_lose_the_token() {
    let fixture = Fixture::new();
    let process = fixture.process();
    let hold = fixture.auth.hold();
    let call = tokio::spawn({
        let process = process.clone();
        async move { process.token().await }
    });
    fixture.auth.wait_for_token_requests(1).await;
    fixture.store.set_mode(Mode::Failing);
    hold.release();
    call.await.unwrap().unwrap();
    fixture.store.set_mode(Mode::Normal);
    // The other processes find the unreleased lease and no token.
    let processes = fixture.processes(3);
    let call = tokio::spawn(async move { common_token(&processes).await });
    fixture
        .advance_until(Duration::from_millis(100), || call.is_finished())
        .await;
    call.await.unwrap();
    assert_eq!(fixture.requests(), 2);
}

#[tokio::test]
async fn data_loss_costs_one_request_at_the_next_renewal() {
    let fixture = Fixture::new();
    let processes = fixture.processes(10);
    let first = common_token(&processes).await;
    let leased_record =
        evergrant::store::LeasedRecord::new(fixture.store.clone(), processes[0].store_key().unwrap().clone());
    assert!(leased_record.clear().await.unwrap());
    assert_eq!(common_token(&processes).await, first, "cached tokens stay valid");
    fixture.settle(&processes).await;
    fixture.clock.advance(seconds(3600 * 79 / 100));
    for _ in 0..10 {
        for process in &processes {
            process.token().await.unwrap();
        }
        fixture.settle(&processes).await;
        fixture.clock.advance(seconds(1));
    }
    assert_ne!(common_token(&processes).await, first);
    assert_eq!(fixture.requests(), 2);
}

#[tokio::test]
async fn a_renewal_without_the_store_is_in_time_when_only_the_expiry_is_known() {
    let fixture = Fixture::new();
    let provided = Arc::new(AtomicUsize::new(0));
    let provide = {
        let (clock, provided) = (fixture.clock.clone(), Arc::clone(&provided));
        move |_, _| {
            provided.fetch_add(1, Ordering::SeqCst);
            let token = Token::new("not-a-real-token").with_expires_at(clock.wall() + seconds(3600));
            async move { Ok(token) }
        }
    };
    let process = fixture.build(fixture.builder().token_provider(provide).renew_after(0.75));
    process.token().await.unwrap();
    fixture.store.set_mode(Mode::Failing);
    // Until shortly before calls would have to wait.
    fixture.clock.advance(seconds(3600 * 79 / 100));
    for _ in 0..738 {
        process.token().await.unwrap();
        fixture.settle(std::slice::from_ref(&process)).await;
        fixture.clock.advance(seconds(1));
    }
    assert_eq!(provided.load(Ordering::SeqCst), 2);
}
