//! Applications that pause Tokio's clock in their tests: the clock jumps ahead whenever all tasks wait, also for a
//! response.

use std::sync::Arc;
use std::time::Duration;

use evergrant::runtime::{Runtime as _, TokioRuntime};
use evergrant::{ClientCredentials, Error, TimeLimits, TokenManagerBuilder};
use evergrant_reqwest::Transport;
use evergrant_testing::{AuthServer, MockResponse};
use tokio::time::Instant;

use crate::support::{CLIENT, SECRET, seconds};

fn server() -> Arc<AuthServer> {
    Arc::new(AuthServer::builder().client(CLIENT, SECRET).start())
}

fn builder(auth: &AuthServer) -> TokenManagerBuilder {
    ClientCredentials::builder(CLIENT, SECRET).token_url(auth.token_url())
}

/// Releases the responses of the server after some real time, on a thread that Tokio's clock does not know.
fn release_later(auth: &Arc<AuthServer>) {
    let (auth, hold) = (Arc::clone(auth), auth.hold());
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(auth.wait_for_token_requests(1));
        std::thread::sleep(Duration::from_millis(50));
        hold.release();
    });
}

#[tokio::test(start_paused = true)]
async fn a_call_waits_for_its_token_in_real_time() {
    let auth = server();
    let tokens = builder(&auth).build(Transport::default()).unwrap();
    release_later(&auth);
    let started = Instant::now();
    tokens.token().await.unwrap();
    assert_eq!(auth.token_requests(), 1);
    assert_eq!(
        started.elapsed(),
        Duration::ZERO,
        "the application's clock has not moved"
    );
}

#[tokio::test]
async fn a_clock_that_is_paused_during_the_wait_does_not_end_it() {
    let auth = server();
    let tokens = builder(&auth).build(Transport::default()).unwrap();
    release_later(&auth);
    let waiting = tokio::spawn(async move { tokens.token().await });
    auth.wait_for_token_requests(1).await;
    tokio::time::pause();
    waiting.await.unwrap().unwrap();
    assert_eq!(auth.token_requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_limit_ends_in_real_time() {
    let auth = server();
    let limits = TimeLimits::new().wait(Duration::from_millis(100));
    let tokens = builder(&auth).time_limits(limits).build(Transport::default()).unwrap();
    let _hold = auth.hold();
    let error = tokens.token().await.unwrap_err();
    assert!(matches!(error, Error::Timeout(_)), "{error}");
}

#[tokio::test(start_paused = true)]
async fn retries_pause_in_real_time() {
    let auth = server();
    auth.next(MockResponse::new(503));
    auth.next(MockResponse::new(503));
    let tokens = builder(&auth).build(Transport::default()).unwrap();
    let started = Instant::now();
    tokens.token().await.unwrap();
    assert_eq!((auth.token_requests(), started.elapsed()), (3, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn keeping_a_token_valid_does_not_move_the_clock() {
    let auth = server();
    let tokens = builder(&auth).build(Transport::default()).unwrap();
    let _warm = tokens.keep_warm().unwrap();
    tokens.token().await.unwrap();
    let started = Instant::now();
    tokio::time::sleep(seconds(3600)).await;
    assert_eq!(
        started.elapsed(),
        seconds(3600),
        "the application's own timers still jump"
    );
    assert_eq!(auth.token_requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_timer_of_a_resumed_clock_ends() {
    tokio::time::advance(seconds(3600)).await;
    tokio::time::resume();
    let runtime = TokioRuntime::new();
    assert!(
        runtime
            .timeout(Duration::from_millis(5), std::future::pending::<()>())
            .await
            .is_none()
    );
    runtime.sleep(Duration::from_millis(5)).await;
}
