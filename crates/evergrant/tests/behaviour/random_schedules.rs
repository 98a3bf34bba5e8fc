//! Random schedules of calls, cancellations, failures, rejections, clock steps and suspensions on the manual clock,
//! checked against invariants.
//!
//! The authorization server is a model in the transport, so that the issued tokens are known at any time.
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use evergrant::error::{TransportError, TransportErrorKind};
use evergrant::runtime::Runtime;
use evergrant::{ClientCredentials, Error, Generation, Rejection, Token, TokenManager, Transport};
use evergrant_testing::ManualClock;
use http::{HeaderMap, Request, Response};
use proptest::prelude::*;
use tokio::task::JoinHandle;

#[derive(Debug, Clone)]
enum Step {
    Call,
    CallNow,
    Cancel,
    Advance(u64),
    Suspend(u64),
    WallForward(u64),
    WallBack(u64),
    RejectCurrent,
    RejectOld,
    Server(ServerMode),
}

#[derive(Debug, Clone, Copy)]
enum ServerMode {
    Grants { lifetime: u64, latency: u64 },
    Rejects { status: u16 },
    RateLimits { seconds: u64 },
    ClosesConnection,
    Hangs,
}

fn mode() -> impl Strategy<Value = ServerMode> {
    prop_oneof![
        4 => (5_u64..4000, 0_u64..3000).prop_map(|(lifetime, latency)| ServerMode::Grants { lifetime, latency }),
        1 => prop_oneof![Just(500), Just(503), Just(400), Just(401)].prop_map(|status| ServerMode::Rejects { status }),
        1 => (1_u64..60).prop_map(|seconds| ServerMode::RateLimits { seconds }),
        1 => Just(ServerMode::ClosesConnection),
        1 => Just(ServerMode::Hangs),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => Just(Step::Call),
        6 => Just(Step::CallNow),
        1 => Just(Step::Cancel),
        6 => (1_u64..8000).prop_map(Step::Advance),
        3 => (8000_u64..4_000_000).prop_map(Step::Advance),
        1 => (1_u64..8_000_000).prop_map(Step::Suspend),
        1 => (1_u64..8_000_000).prop_map(Step::WallForward),
        1 => (1_u64..8_000_000).prop_map(Step::WallBack),
        2 => Just(Step::RejectCurrent),
        1 => Just(Step::RejectOld),
        3 => mode().prop_map(Step::Server),
    ]
}

/// A model of the authorization server.
#[derive(Debug, Clone)]
struct Server {
    clock: ManualClock,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    mode: ServerMode,
    /// The request time since boot and the lifetime of each token.
    tokens: Vec<(Duration, Duration)>,
    concurrent: u32,
    max_concurrent: u32,
    requests: u32,
    retry_after_until: Duration,
    sent_during_retry_after: u32,
}

/// Counts a request as in progress until it completes or is dropped.
struct RequestGuard(Arc<Mutex<State>>);

impl Drop for RequestGuard {
    fn drop(&mut self) {
        self.0.lock().unwrap().concurrent -= 1;
    }
}

impl Transport for Server {
    async fn send(&self, _: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let now = self.clock.now().since_boot();
        let mode = {
            let mut state = self.state.lock().unwrap();
            state.requests += 1;
            state.concurrent += 1;
            state.max_concurrent = state.max_concurrent.max(state.concurrent);
            if now < state.retry_after_until {
                state.sent_during_retry_after += 1;
            }
            state.mode
        };
        let _guard = RequestGuard(Arc::clone(&self.state));
        let response = |status: u16| Response::builder().status(status);
        Ok(match mode {
            ServerMode::Grants { lifetime, latency } => {
                self.clock.sleep(Duration::from_millis(latency)).await;
                let number = {
                    let mut state = self.state.lock().unwrap();
                    state.tokens.push((now, Duration::from_secs(lifetime)));
                    state.tokens.len() - 1
                };
                let body = format!(r#"{{"access_token":"{number}","expires_in":{lifetime}}}"#);
                response(200).body(body.into()).unwrap()
            }
            ServerMode::Rejects { status } => response(status).body(Bytes::new()).unwrap(),
            ServerMode::RateLimits { seconds } => {
                self.state.lock().unwrap().retry_after_until = now + Duration::from_secs(seconds);
                response(429).header("retry-after", seconds).body(Bytes::new()).unwrap()
            }
            ServerMode::ClosesConnection => return Err(TransportError::new(TransportErrorKind::Interrupted, "broken")),
            ServerMode::Hangs => std::future::pending().await,
        })
    }
}

struct Fixture {
    clock: ManualClock,
    server: Server,
    tokens: TokenManager,
    calls: Vec<JoinHandle<Result<Token, Error>>>,
    /// Number of events that may cause a fetch, which limits the number of requests.
    causes: u32,
    started: Duration,
}

impl Fixture {
    fn new() -> Self {
        let clock = ManualClock::new();
        let state = State {
            mode: ServerMode::Grants {
                lifetime: 3600,
                latency: 50,
            },
            tokens: Vec::new(),
            concurrent: 0,
            max_concurrent: 0,
            requests: 0,
            retry_after_until: Duration::ZERO,
            sent_during_retry_after: 0,
        };
        let server = Server {
            clock: clock.clone(),
            state: Arc::new(Mutex::new(state)),
        };
        let tokens = ClientCredentials::builder("id", "not-a-real-secret")
            .token_url("https://auth.example.com/token")
            .runtime(clock.clone())
            .build(server.clone())
            .unwrap();
        Self {
            started: clock.now().since_boot(),
            clock,
            server,
            tokens,
            calls: Vec::new(),
            causes: 1,
        }
    }

    async fn apply(&mut self, step: &Step) {
        match *step {
            Step::Call => {
                let tokens = self.tokens.clone();
                self.calls.push(tokio::spawn(async move { tokens.token().await }));
            }
            Step::CallNow => {
                let mut headers = HeaderMap::new();
                if self.tokens.authorize_now(&mut headers).is_some() {
                    let header = headers["authorization"].to_str().unwrap().to_owned();
                    self.assert_served(header.strip_prefix("Bearer ").unwrap());
                }
            }
            Step::Cancel => drop(self.calls.pop().map(|call| call.abort())),
            Step::Advance(millis) => self.advance(Duration::from_millis(millis)).await,
            Step::Suspend(millis) => {
                self.clock.suspend(Duration::from_millis(millis));
                self.causes += 2;
            }
            Step::WallForward(millis) => {
                self.clock.step_wall_forward(Duration::from_millis(millis));
                self.causes += 1;
            }
            Step::WallBack(millis) => self.clock.step_wall_back(Duration::from_millis(millis)),
            Step::RejectCurrent => {
                if self.tokens.reject(self.tokens.status().generation) == Rejection::Accepted {
                    self.causes += 1;
                }
            }
            Step::RejectOld => {
                let before = self.tokens.status();
                assert_eq!(self.tokens.reject(Generation::default()), Rejection::Superseded);
                assert_eq!(
                    self.tokens.status().state,
                    before.state,
                    "a late rejection changes nothing"
                );
            }
            Step::Server(mode) => self.server.state.lock().unwrap().mode = mode,
        }
        settle().await;
        let state = self.server.state.lock().unwrap();
        assert!(
            state.max_concurrent <= 1,
            "{} concurrent requests",
            state.max_concurrent
        );
        assert_eq!(state.sent_during_retry_after, 0, "requests during Retry-After");
    }

    /// Advances the clock, in small steps while timers are waiting.
    async fn advance(&self, mut remaining: Duration) {
        while !remaining.is_zero() {
            let step = if self.clock.sleepers() > 0 {
                remaining.min(Duration::from_millis(50))
            } else {
                remaining
            };
            self.clock.advance(step);
            remaining -= step;
            settle().await;
        }
    }

    /// Asserts that the token is valid by the time since boot, independent of the wall clock.
    fn assert_served(&self, token: &str) {
        let state = self.server.state.lock().unwrap();
        let (requested, lifetime) = state.tokens[token.parse::<usize>().unwrap()];
        let hard = requested + lifetime - Duration::from_secs(10).min(lifetime / 10);
        let now = self.clock.now().since_boot();
        assert!(
            now < hard,
            "token {token} was served {:?} after its hard deadline",
            now - hard
        );
    }

    async fn finish(mut self) {
        self.advance(Duration::from_secs(30)).await;
        for call in self.calls.drain(..) {
            assert!(call.is_finished(), "every call completes");
            if let Ok(Err(error)) = call.await {
                let known = matches!(
                    error,
                    Error::OAuthProvider(_) | Error::Unreachable(_) | Error::Timeout(_) | Error::Aborted(_)
                );
                assert!(known, "{error}");
            }
        }
        // A fetch makes up to three attempts. The next one follows after at least 0.8 s on failure, or 60% of 5 s on
        // success.
        let elapsed = self.clock.now().since_boot() - self.started;
        let limit = 3.0 * (f64::from(self.causes) + elapsed.as_secs_f64() / 0.8);
        let requests = self.server.state.lock().unwrap().requests;
        assert!(f64::from(requests) <= limit, "{requests} requests in {elapsed:?}");

        // With a healthy server, calls succeed again after some time.
        self.server.state.lock().unwrap().mode = ServerMode::Grants {
            lifetime: 3600,
            latency: 0,
        };
        self.advance(Duration::from_secs(100)).await;
        let tokens = self.tokens.clone();
        let call = tokio::spawn(async move { tokens.token().await });
        self.advance(Duration::from_secs(6)).await;
        let token = call.await.unwrap().unwrap();
        self.assert_served(token.access_token().expose());
    }
}

/// Runs all tasks until they wait for the clock.
async fn settle() {
    for _ in 0..40 {
        tokio::task::yield_now().await;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn invariants_hold_in_every_schedule(steps in prop::collection::vec(step(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let mut fixture = Fixture::new();
            for step in &steps {
                fixture.apply(step).await;
            }
            fixture.finish().await;
        });
    }
}
