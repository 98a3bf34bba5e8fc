//! Which token a process uses, its own or the stored one, and what it stores.

use std::time::Duration;

use evergrant::store::{LeaseOutcome, LeasedRecord, SaveOutcome};
use evergrant::{Rejection, Token, TokenManager};
use evergrant_testing::LogCapture;

use super::store_attacker::Writer;
use super::support::{Fixture, Mode, common_token, seconds, value};

/// Returns the record of a process, as another process sees it.
fn record(fixture: &Fixture, process: &TokenManager) -> LeasedRecord {
    let key = process.store_key().unwrap().clone();
    LeasedRecord::new(fixture.store.clone(), key).with_runtime(fixture.clock.clone())
}

/// Stores a token as another process would.
async fn save(fixture: &Fixture, process: &TokenManager, token: Token) {
    let record = record(fixture, process);
    let LeaseOutcome::Acquired(lease) = record.acquire(seconds(3)).await.unwrap() else {
        panic!("no other process holds the lease");
    };
    let saved = record.save(&lease, &token).await.unwrap();
    assert!(matches!(saved, SaveOutcome::Saved(_)), "{saved:?}");
}

/// Fetches a token, with time for what the process waits for.
async fn fetch(fixture: &Fixture, process: &TokenManager) -> String {
    let call = tokio::spawn({
        let process = process.clone();
        async move { process.token().await.map(|token| value(&token)) }
    });
    let step = Duration::from_millis(50);
    fixture.advance_until(step, || call.is_finished()).await;
    call.await.unwrap().unwrap()
}

/// Returns a process with a token that it fetched while the store had failed.
async fn process_with_own_token(fixture: &Fixture) -> (TokenManager, String) {
    let process = fixture.process();
    fixture.store.set_mode(Mode::Failing);
    let own = fetch(fixture, &process).await;
    fixture.store.set_mode(Mode::Normal);
    fixture.clock.advance(seconds(40));
    (process, own)
}

/// Returns the token after the process has read the store, of which it was notified.
async fn token_after_read(fixture: &Fixture, process: &TokenManager) -> String {
    process.token().await.unwrap();
    fixture.settle(std::slice::from_ref(process)).await;
    value(&process.token().await.unwrap())
}

#[tokio::test]
async fn a_stored_token_replaces_an_own_one_only_if_it_expires_later() {
    for (later, adopted) in [(Some(0), false), (Some(60), false), (Some(120), true), (None, true)] {
        let fixture = Fixture::new();
        let (process, own) = process_with_own_token(&fixture).await;
        // The last ten seconds are clock skew.
        let expiry = fixture.clock.wall() + process.status().valid_for.unwrap() + seconds(10);
        let stored = Token::new("stored");
        let stored = match later {
            Some(later) => stored.with_expires_at(expiry - seconds(60) + seconds(later)),
            None => stored,
        };
        save(&fixture, &process, stored).await;
        let expected = if adopted { "stored" } else { &own };
        assert_eq!(token_after_read(&fixture, &process).await, expected, "{later:?}");
    }
}

#[tokio::test]
async fn a_rejected_own_token_is_replaced_by_a_stored_one_that_expires_earlier() {
    let fixture = Fixture::new();
    let (process, own) = process_with_own_token(&fixture).await;
    let stored = Token::new("stored").with_expires_at(fixture.clock.wall() + seconds(600));
    save(&fixture, &process, stored).await;
    assert_eq!(token_after_read(&fixture, &process).await, own);
    let generation = process.token().await.unwrap().generation();
    assert_eq!(process.reject(generation), Rejection::Accepted);
    assert_eq!(fetch(&fixture, &process).await, "stored");
    assert_eq!(fixture.requests(), 1);
}

#[tokio::test]
async fn an_older_token_of_a_restored_store_is_not_adopted() {
    let fixture = Fixture::new();
    let writer = Writer::new(&fixture);
    let (process, other) = (fixture.process(), fixture.process());
    other.token().await.unwrap();
    let old = writer.text().await;
    fixture.clock.advance(seconds(100));
    let first = other.token().await.unwrap().generation();
    assert_eq!(other.reject(first), Rejection::Accepted);
    let second = value(&other.token().await.unwrap());
    assert_eq!(value(&process.token().await.unwrap()), second);
    writer.put(&old).await;
    // A process that does not know the newer record writes to the older one.
    let restarted = record(&fixture, &process);
    let LeaseOutcome::Acquired(lease) = restarted.acquire(seconds(3)).await.unwrap() else {
        panic!("no other process holds the lease");
    };
    restarted.release(&lease).await.unwrap();
    assert_eq!(token_after_read(&fixture, &process).await, second);
}

#[tokio::test]
async fn a_failed_background_read_does_not_stop_the_use_of_the_store() {
    let fixture = Fixture::new();
    let logs = LogCapture::new();
    let _guard = logs.install();
    let process = fixture.process();
    process.token().await.unwrap();
    fixture.store.set_mode(Mode::Failing);
    fixture.store.notify(process.store_key().unwrap());
    let before = fixture.store.operations();
    let first = process.token().await.unwrap().generation();
    fixture.settle(std::slice::from_ref(&process)).await;
    assert_eq!(fixture.store.operations(), before + 1, "the store was read");
    fixture.store.set_mode(Mode::Normal);
    fixture.clock.advance(seconds(10));
    assert_eq!(process.reject(first), Rejection::Accepted);
    let second = fetch(&fixture, &process).await;
    assert_eq!(fetch(&fixture, &fixture.process()).await, second);
    assert_eq!(fixture.requests(), 2);
    assert_eq!(logs.by_name("evergrant.store_failed").len(), 0);
}

#[tokio::test]
async fn a_token_that_has_expired_on_arrival_is_not_stored() {
    let fixture = Fixture::new();
    fixture.auth.respond_with("expires_in", "0");
    let process = fixture.process();
    process.token().await.unwrap();
    let record = record(&fixture, &process);
    assert!(record.load().await.unwrap().is_none());
    let LeaseOutcome::Acquired(_) = record.acquire(seconds(3)).await.unwrap() else {
        panic!("the process has released its lease");
    };
}

#[tokio::test]
async fn without_the_store_no_renewal_starts_before_the_last_fifth_of_the_lifetime() {
    for _ in 0..10 {
        let fixture = Fixture::new();
        let process = fixture.process();
        process.token().await.unwrap();
        fixture.store.set_mode(Mode::Failing);
        for _ in 0..3 {
            // In the end at 79% of the lifetime, so that a renewal with the store would be due.
            fixture.clock.advance(seconds(3600 * 79 / 100 / 3));
            process.token().await.unwrap();
            fixture.settle(std::slice::from_ref(&process)).await;
        }
        assert_eq!(fixture.requests(), 1);
    }
}

#[tokio::test]
async fn without_the_store_processes_spread_their_renewals_of_a_short_lived_token() {
    let fixture = Fixture::with(|server| server.lifetime(seconds(100)));
    let processes = fixture.processes(60);
    common_token(&processes).await;
    fixture.store.set_mode(Mode::Failing);
    // A renewal with the store would be due. Without it, about a third of the processes wait.
    fixture.clock.advance(seconds(79));
    for process in &processes {
        process.token().await.unwrap();
    }
    fixture.settle(&processes).await;
    let renewals = fixture.requests() - 1;
    assert!((1..60).contains(&renewals), "{renewals} renewals");
}
