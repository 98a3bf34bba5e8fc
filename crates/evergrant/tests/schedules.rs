//! Random schedules on the manual clock: calls, cancellations, failures, refusals, clock steps and suspensions, against what
//! must hold in every one of them.
//!
//! The authorization server is a model behind the transport, for it has to know at each moment what it has handed out.
#![expect(clippy::unwrap_used, reason = "a failed expectation fails its test")]

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
    Server(Mood),
}

#[derive(Debug, Clone, Copy)]
enum Mood {
    Grants { lifetime: u64, latency: u64 },
    Refuses { status: u16 },
    AsksToWait { seconds: u64 },
    Breaks,
    Hangs,
}

fn mood() -> impl Strategy<Value = Mood> {
    prop_oneof![
        4 => (5_u64..4000, 0_u64..3000).prop_map(|(lifetime, latency)| Mood::Grants { lifetime, latency }),
        1 => prop_oneof![Just(500), Just(503), Just(400), Just(401)].prop_map(|status| Mood::Refuses { status }),
        1 => (1_u64..60).prop_map(|seconds| Mood::AsksToWait { seconds }),
        1 => Just(Mood::Breaks),
        1 => Just(Mood::Hangs),
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
        3 => mood().prop_map(Step::Server),
    ]
}

/// The authorization server, and what it has seen.
#[derive(Debug, Clone)]
struct Server {
    clock: ManualClock,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    mood: Mood,
    /// By token number: the time since boot when it was requested, and its lifetime.
    tokens: Vec<(Duration, Duration)>,
    under_way: u32,
    most_under_way: u32,
    requests: u32,
    closed_until: Duration,
    sent_while_closed: u32,
}

/// Counts a request as under way until it is answered or dropped.
struct UnderWay(Arc<Mutex<State>>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.lock().unwrap().under_way -= 1;
    }
}

impl Transport for Server {
    async fn send(&self, _: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let now = self.clock.now().since_boot();
        let mood = {
            let mut state = self.state.lock().unwrap();
            state.requests += 1;
            state.under_way += 1;
            state.most_under_way = state.most_under_way.max(state.under_way);
            if now < state.closed_until {
                state.sent_while_closed += 1;
            }
            state.mood
        };
        let _under_way = UnderWay(Arc::clone(&self.state));
        let answer = |status: u16| Response::builder().status(status);
        Ok(match mood {
            Mood::Grants { lifetime, latency } => {
                self.clock.sleep(Duration::from_millis(latency)).await;
                let number = {
                    let mut state = self.state.lock().unwrap();
                    state.tokens.push((now, Duration::from_secs(lifetime)));
                    state.tokens.len() - 1
                };
                let body = format!(r#"{{"access_token":"{number}","expires_in":{lifetime}}}"#);
                answer(200).body(body.into()).unwrap()
            }
            Mood::Refuses { status } => answer(status).body(Bytes::new()).unwrap(),
            Mood::AsksToWait { seconds } => {
                self.state.lock().unwrap().closed_until = now + Duration::from_secs(seconds);
                answer(429).header("retry-after", seconds).body(Bytes::new()).unwrap()
            }
            Mood::Breaks => return Err(TransportError::new(TransportErrorKind::Interrupted, "broken")),
            Mood::Hangs => std::future::pending().await,
        })
    }
}

struct World {
    clock: ManualClock,
    server: Server,
    tokens: TokenManager,
    calls: Vec<JoinHandle<Result<Token, Error>>>,
    /// Everything that may cause a flight: the bound on requests.
    causes: u32,
    started: Duration,
}

impl World {
    fn new() -> Self {
        let clock = ManualClock::new();
        let state = State {
            mood: Mood::Grants {
                lifetime: 3600,
                latency: 50,
            },
            tokens: Vec::new(),
            under_way: 0,
            most_under_way: 0,
            requests: 0,
            closed_until: Duration::ZERO,
            sent_while_closed: 0,
        };
        let server = Server {
            clock: clock.clone(),
            state: Arc::new(Mutex::new(state)),
        };
        let tokens = ClientCredentials::new("id", "not-a-real-secret")
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

    async fn take(&mut self, step: &Step) {
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
                    "a late refusal changes nothing"
                );
            }
            Step::Server(mood) => self.server.state.lock().unwrap().mood = mood,
        }
        settle().await;
        let state = self.server.state.lock().unwrap();
        assert!(state.most_under_way <= 1, "{} requests at once", state.most_under_way);
        assert_eq!(state.sent_while_closed, 0, "requests during Retry-After");
    }

    /// In small steps while something is under way, as time really passes.
    async fn advance(&self, mut left: Duration) {
        while !left.is_zero() {
            let step = if self.clock.sleepers() > 0 {
                left.min(Duration::from_millis(50))
            } else {
                left
            };
            self.clock.advance(step);
            left -= step;
            settle().await;
        }
    }

    /// By the time that really passed, whatever the wall clock said.
    fn assert_served(&self, token: &str) {
        let state = self.server.state.lock().unwrap();
        let (requested, lifetime) = state.tokens[token.parse::<usize>().unwrap()];
        let hard = requested + lifetime - Duration::from_secs(10).min(lifetime / 10);
        let now = self.clock.now().since_boot();
        assert!(
            now < hard,
            "token {token} was served {:?} past its hard deadline",
            now - hard
        );
    }

    async fn end(mut self) {
        self.advance(Duration::from_secs(30)).await;
        for call in self.calls.drain(..) {
            assert!(call.is_finished(), "every waiter is answered");
            if let Ok(Err(error)) = call.await {
                let known = matches!(
                    error,
                    Error::OAuthProvider(_) | Error::Unreachable(_) | Error::Timeout(_) | Error::Aborted(_)
                );
                assert!(known, "{error}");
            }
        }
        // A flight makes three attempts; after a failure there are 0.8 s at least, after a success 60% of 5 s.
        let elapsed = self.clock.now().since_boot() - self.started;
        let most = 3.0 * (f64::from(self.causes) + elapsed.as_secs_f64() / 0.8);
        let requests = self.server.state.lock().unwrap().requests;
        assert!(f64::from(requests) <= most, "{requests} requests in {elapsed:?}");

        // Whatever has happened, a healthy server and a little time bring a token.
        self.server.state.lock().unwrap().mood = Mood::Grants {
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

/// Lets every task run that can: none of them waits for anything but this clock.
async fn settle() {
    for _ in 0..40 {
        tokio::task::yield_now().await;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn in_every_schedule_the_promises_hold(steps in prop::collection::vec(step(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let mut world = World::new();
            for step in &steps {
                world.take(step).await;
            }
            world.end().await;
        });
    }
}
