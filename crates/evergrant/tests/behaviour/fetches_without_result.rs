//! Calls whose flight ends without a token for them: its task is dropped or never runs, or the token comes too late.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use evergrant::error::TransportError;
use evergrant::runtime::{BlockingTask, BoxFuture, Runtime, SpawnError, Timestamp};
use evergrant::store::MemoryStore;
use evergrant::{
    ClientCredentials, Error, SharedTransport, TimeLimits, Token, TokenManager, TokenManagerBuilder, Transport,
};
use evergrant_testing::ManualClock;
use http::{Request, Response};
use tokio::task::JoinHandle;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::scripted_transport::{ScriptedTransport, json, token};
use crate::support::{CLIENT, SECRET, seconds, value};

/// A runtime on the manual clock that drops its first tasks, or stores them and never runs them.
#[derive(Debug, Clone, Default)]
struct FaultyRuntime {
    clock: ManualClock,
    dropped: Arc<AtomicUsize>,
    stored: Arc<Mutex<Stored>>,
}

#[derive(Default)]
struct Stored {
    /// Number of tasks to store.
    count: usize,
    tasks: Vec<BoxFuture<'static, ()>>,
}

impl std::fmt::Debug for Stored {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Stored")
    }
}

impl FaultyRuntime {
    fn dropping(count: usize) -> Self {
        let runtime = Self::default();
        runtime.dropped.store(count, Ordering::Relaxed);
        runtime
    }

    fn storing(count: usize) -> Self {
        let runtime = Self::default();
        runtime.stored.lock().unwrap().count = count;
        runtime
    }
}

impl Runtime for FaultyRuntime {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send {
        self.clock.sleep(duration)
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        let decrement = |count: usize| count.checked_sub(1);
        let order = Ordering::Relaxed;
        if self.dropped.fetch_update(order, order, decrement).is_ok() {
            return Ok(());
        }
        let mut stored = self.stored.lock().unwrap();
        if stored.tasks.len() < stored.count {
            stored.tasks.push(task);
            return Ok(());
        }
        self.clock.spawn(task)
    }

    fn spawn_blocking(&self, task: BlockingTask) -> Result<(), SpawnError> {
        self.clock.spawn_blocking(task)
    }
}

/// A transport whose responses take some time, during which the process is stopped or running.
#[derive(Debug, Clone)]
struct Slow {
    transport: ScriptedTransport,
    clock: ManualClock,
    stopped: Duration,
    running: Duration,
}

impl Transport for Slow {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let response = self.transport.send(request).await;
        self.clock.suspend(self.stopped);
        self.clock.sleep(self.running).await;
        response
    }
}

fn builder(runtime: FaultyRuntime) -> TokenManagerBuilder {
    ClientCredentials::builder(CLIENT, SECRET)
        .token_url("https://auth.example.com/token")
        .runtime(runtime)
        .retries(0)
}

fn manager(runtime: FaultyRuntime, transport: impl Transport) -> TokenManager {
    builder(runtime).build(SharedTransport::new(transport)).unwrap()
}

async fn call(tokens: &TokenManager, clock: &ManualClock) -> JoinHandle<Result<Token, Error>> {
    let tokens = tokens.clone();
    let call = tokio::spawn(async move { tokens.token().await });
    clock.settle().await;
    call
}

#[tokio::test]
async fn a_call_starts_over_twice_when_its_task_is_dropped() {
    for (dropped, succeeds) in [(1, true), (2, true), (3, false), (4, false)] {
        let transport = ScriptedTransport::new([token("fetched")]);
        let tokens = manager(FaultyRuntime::dropping(dropped), transport);
        match tokens.token().await {
            Ok(token) => assert!(succeeds && value(&token) == "fetched", "{dropped}"),
            Err(error) => assert!(!succeeds && matches!(error, Error::Aborted(_)), "{dropped}: {error}"),
        }
    }
}

#[tokio::test]
async fn a_flight_whose_task_never_runs_is_replaced_a_second_after_its_limit() {
    let limit = seconds(15 + 1);
    for (after, fetches) in [(limit, 0), (limit + Duration::from_millis(1), 1)] {
        let runtime = FaultyRuntime::storing(1);
        let clock = runtime.clock.clone();
        let transport = ScriptedTransport::new([token("fetched")]);
        let tokens = manager(runtime, transport.clone());
        let first = call(&tokens, &clock).await;
        clock.advance(seconds(5));
        assert!(matches!(first.await.unwrap(), Err(Error::Timeout(_))));
        clock.advance(after - seconds(5));
        let second = call(&tokens, &clock).await;
        assert_eq!(transport.sent(), fetches, "{after:?}");
        second.abort();
    }
}

#[tokio::test]
async fn a_late_task_does_not_end_the_flight_that_replaced_its_own() {
    let runtime = FaultyRuntime::storing(1);
    let clock = runtime.clock.clone();
    let transport = Slow {
        running: seconds(1),
        ..stopped(&runtime, 3600, Duration::ZERO)
    };
    let tokens = builder(runtime.clone()).time_limits(TimeLimits::new().wait(seconds(60)));
    let tokens = tokens.build(SharedTransport::new(transport.clone())).unwrap();
    let first = call(&tokens, &clock).await;
    clock.advance(seconds(17));
    let second = call(&tokens, &clock).await;
    let late = runtime.stored.lock().unwrap().tasks.pop().unwrap();
    late.await;
    clock.settle().await;
    clock.advance(seconds(1));
    // The call of the late task joins the other one.
    for call in [second, first] {
        assert_eq!(value(&call.await.unwrap().unwrap()), "fetched");
    }
    // The late task sends its request before it notices that its flight was replaced.
    assert_eq!(transport.transport.sent(), 2);
}

/// A response with a token of this lifetime, which arrives after the process was stopped.
fn stopped(runtime: &FaultyRuntime, lifetime: u64, stopped: Duration) -> Slow {
    let response = format!(r#"{{"access_token":"fetched","token_type":"Bearer","expires_in":{lifetime}}}"#);
    Slow {
        transport: ScriptedTransport::new([json(200, &response)]),
        clock: runtime.clock.clone(),
        stopped,
        running: Duration::ZERO,
    }
}

#[tokio::test]
async fn a_token_that_expired_during_its_request_is_fetched_again_only_after_a_stop() {
    let fetch = async |stop: Duration| {
        let runtime = FaultyRuntime::default();
        let transport = stopped(&runtime, 1, stop);
        let outcome = manager(runtime, transport.clone()).token().await;
        (outcome, transport.transport.sent())
    };
    // Shorter than an attempt may take: the server's lifetime is too short.
    for stop in [seconds(2), seconds(5)] {
        let (outcome, requests) = fetch(stop).await;
        assert_eq!((value(&outcome.unwrap()), requests), ("fetched".to_owned(), 1));
    }
    let (outcome, requests) = fetch(seconds(6)).await;
    assert!(matches!(outcome, Err(Error::Aborted(_))));
    assert_eq!(requests, 3);
}

#[tokio::test]
async fn a_new_token_that_lost_time_in_transit_is_not_fetched_again() {
    for shared in [false, true] {
        // Of the lifetime of 100 s, 90 s are usable.
        for (wanted, sufficient) in [(88, true), (90, false)] {
            let runtime = FaultyRuntime::default();
            let transport = stopped(&runtime, 100, seconds(2));
            let builder = match shared {
                true => builder(runtime.clone()).store(MemoryStore::with_runtime(runtime.clone())),
                false => builder(runtime),
            };
            let tokens = builder.build(SharedTransport::new(transport.clone())).unwrap();
            match tokens.token_valid_for(seconds(wanted)).await {
                Ok(_) => assert!(sufficient),
                Err(Error::LifetimeTooShort { remaining, .. }) => assert_eq!(remaining, seconds(88)),
                Err(other) => panic!("{other}"),
            }
            assert_eq!(transport.transport.sent(), 1, "{shared} {wanted}");
        }
    }
}

#[tokio::test]
async fn a_token_that_arrives_at_the_time_limit_of_the_call_is_returned() {
    let runtime = FaultyRuntime::default();
    let clock = runtime.clock.clone();
    let transport = Slow {
        running: seconds(5),
        ..stopped(&runtime, 3600, Duration::ZERO)
    };
    let limits = TimeLimits::new().attempt(seconds(10)).wait(seconds(5));
    let tokens = builder(runtime).time_limits(limits);
    let tokens = tokens.build(SharedTransport::new(transport)).unwrap();
    let call = call(&tokens, &clock).await;
    clock.advance(seconds(5));
    assert_eq!(value(&call.await.unwrap().unwrap()), "fetched");
}

/// Stops the process for two hours after each of the next renewals, before the calls get the token.
struct StopAfterRenewal {
    clock: ManualClock,
    left: AtomicUsize,
}

impl Subscriber for StopAfterRenewal {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let order = Ordering::Relaxed;
        if event.metadata().name() == "evergrant.renewed"
            && self.left.fetch_update(order, order, |left| left.checked_sub(1)).is_ok()
        {
            self.clock.suspend(seconds(7200));
        }
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn a_token_that_expired_before_its_call_continues_is_fetched_again_twice() {
    for (stops, requests, succeeds) in [(1, 2, true), (2, 3, true), (3, 3, false)] {
        let runtime = FaultyRuntime::default();
        let subscriber = StopAfterRenewal {
            clock: runtime.clock.clone(),
            left: AtomicUsize::new(stops),
        };
        let _guard = tracing::subscriber::set_default(subscriber);
        let transport = stopped(&runtime, 3600, Duration::ZERO);
        let outcome = manager(runtime, transport.clone()).token().await;
        assert_eq!(transport.transport.sent(), requests, "{stops}");
        match outcome {
            Ok(_) => assert!(succeeds, "{stops}"),
            Err(error) => assert!(!succeeds && matches!(error, Error::Timeout(_)), "{stops}: {error}"),
        }
    }
}
