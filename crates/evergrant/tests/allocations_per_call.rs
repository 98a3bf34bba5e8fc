//! The hot path must not allocate, and documents from outside must not allocate more than they are long.
//!
//! A binary of its own, because `allocation_counter` replaces the allocator of the whole program, and a log that
//! another test captures makes the calls on every thread check for subscribers.
#![expect(clippy::unwrap_used, reason = "a failed expectation fails its test")]

#[path = "allocations/hostile_documents.rs"]
mod hostile_documents;

use allocation_counter::measure;
use evergrant::{Authorizer, ClientCredentials, TokenManager};
use evergrant_reqwest::Transport;
use evergrant_testing::{AuthServer, ManualClock};
use http::HeaderMap;

fn with_token(clock: Option<&ManualClock>) -> (AuthServer, TokenManager) {
    let auth = AuthServer::builder().client("id", "not-a-real-secret").start();
    let mut builder = ClientCredentials::builder("id", "not-a-real-secret")
        .token_url(auth.token_url())
        .retries(0);
    if let Some(clock) = clock {
        builder = builder.runtime(clock.clone());
    }
    let tokens = builder.build(Transport::default()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(tokens.token()).unwrap();
    (auth, tokens)
}

/// Counts the allocations of 1000 calls, after one call that creates the thread's cached header.
fn allocations(mut call: impl FnMut()) -> u64 {
    call();
    measure(|| (0..1000).for_each(|_| call())).count_total
}

#[test]
fn authorize_now_does_not_allocate() {
    let (_auth, tokens) = with_token(None);
    let mut headers = HeaderMap::with_capacity(8);
    assert_eq!(allocations(|| assert!(tokens.authorize_now(&mut headers).is_some())), 0);
    let other_thread = std::thread::spawn(move || {
        let mut headers = HeaderMap::with_capacity(8);
        allocations(|| assert!(tokens.authorize_now(&mut headers).is_some()))
    });
    assert_eq!(other_thread.join().unwrap(), 0);
}

#[test]
fn authorize_now_does_not_allocate_after_a_failed_renewal() {
    let clock = ManualClock::new();
    let (auth, tokens) = with_token(Some(&clock));
    auth.stop();
    clock.advance(std::time::Duration::from_secs(3000));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        tokens.token().await.unwrap();
        while tokens.status().fetches_failed == 0 {
            tokio::task::yield_now().await;
        }
    });
    let mut headers = HeaderMap::with_capacity(8);
    assert_eq!(allocations(|| assert!(tokens.authorize_now(&mut headers).is_some())), 0);
}

#[test]
fn authorize_and_authorizer_do_not_allocate() {
    let (_auth, tokens) = with_token(None);
    let mut headers = HeaderMap::with_capacity(8);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let count = allocations(|| {
        let call = std::pin::pin!(tokens.authorize(&mut headers));
        assert!(call.poll(&mut context).is_ready());
    });
    assert_eq!(count, 0);

    let authorizer = Authorizer::from(tokens);
    let (mut head, ()) = http::Request::new(()).into_parts();
    head.headers = HeaderMap::with_capacity(8);
    assert_eq!(
        allocations(|| assert!(authorizer.authorize_now(&mut head).is_some())),
        0
    );
}

/// The recorder of this test does not allocate.
#[cfg(feature = "metrics")]
#[test]
fn metrics_do_not_allocate() {
    let recorder = recorder::Recorder::default();
    let measured = metrics::with_local_recorder(&recorder, || {
        let (_auth, tokens) = with_token(None);
        let mut headers = HeaderMap::with_capacity(8);
        assert_eq!(allocations(|| assert!(tokens.authorize_now(&mut headers).is_some())), 0);
        recorder.measured()
    });
    assert_eq!(measured, 1 + 1001 / 61);
}

#[test]
fn dropped_managers_release_all_memory() {
    let transport = evergrant::SharedTransport::from(Transport::default());
    let use_and_drop_manager = || {
        let token = evergrant::Token::new("not-a-real-token").with_expires_in(std::time::Duration::from_secs(3600));
        let tokens = ClientCredentials::builder("id", "not-a-real-secret")
            .token_url("https://auth.example.com/token")
            .on_token_update(drop)
            .token(token)
            .build(transport.clone())
            .unwrap();
        let updates = tokens.subscribe();
        let copy = tokens.clone();
        assert!(copy.authorize_now(&mut HeaderMap::with_capacity(8)).is_some());
        tokens.reject(tokens.status().generation);
        drop((tokens, updates, copy));
    };
    // Allocates what is created once per process.
    use_and_drop_manager();
    assert_eq!(
        measure(|| (0..100).for_each(|_| use_and_drop_manager())).bytes_current,
        0
    );
}

#[cfg(feature = "metrics")]
mod recorder {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use metrics::{Counter, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, SharedString, Unit};

    /// Counts measurements of the remaining token lifetime.
    #[derive(Default)]
    pub(super) struct Recorder(Arc<Measured>);

    #[derive(Default)]
    struct Measured(AtomicUsize);

    impl Recorder {
        pub(super) fn measured(&self) -> usize {
            self.0.0.load(Ordering::Relaxed)
        }
    }

    impl HistogramFn for Measured {
        fn record(&self, _: f64) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    impl metrics::Recorder for Recorder {
        fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

        fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

        fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

        fn register_counter(&self, _: &Key, _: &Metadata<'_>) -> Counter {
            Counter::noop()
        }

        fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
            Gauge::noop()
        }

        fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
            match key.name() {
                "evergrant_token_remaining_seconds" => Histogram::from_arc(Arc::clone(&self.0)),
                _ => Histogram::noop(),
            }
        }
    }
}
