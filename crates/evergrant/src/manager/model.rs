//! The lifecycle under every interleaving that loom can find, up to a number of preemptions: who reads, who fetches, who
//! gives up, who rejects. See CONTRIBUTING.md for how to run it.
//!
//! What is modelled: the lifecycle's lock, the slot, the entry's atomics, and every wake-up. Tokio's channels are taken as
//! they are: each of their operations is one step.

use std::future::{Future, pending, poll_fn};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::Poll;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use loom::future::block_on;
use loom::thread;

use crate::error::TransportError;
use crate::runtime::{BlockingTask, BoxFuture, Runtime, SpawnError, Timestamp};
use crate::{ClientCredentials, Error, Rejection, Token, TokenManager, Transport};

/// A manager, the server that it asks, and the clock of both.
#[derive(Debug, Clone, Default)]
struct World {
    server: Arc<Server>,
    seconds: Arc<AtomicU64>,
    tasks: Tasks,
}

#[derive(Debug, Default)]
struct Server {
    requests: AtomicUsize,
    busy: AtomicUsize,
    failing: bool,
}

/// What happens to a spawned task.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Tasks {
    #[default]
    Run,
    /// It is dropped after its first step, as by a runtime that shuts down.
    DropOnTheWay,
}

#[test]
fn loom_cold_callers_share_one_request() {
    check(|| {
        let world = World::default();
        let tokens = world.tokens();
        let other = {
            let tokens = tokens.clone();
            thread::spawn(move || block_on(tokens.token()).unwrap().generation())
        };
        let generation = block_on(tokens.token()).unwrap().generation();
        assert_eq!(other.join().unwrap(), generation);
        assert_eq!(world.requests(), 1);
    });
}

#[test]
fn loom_cold_callers_share_one_failure() {
    check(|| {
        let world = World::failing();
        let tokens = world.tokens();
        let other = {
            let tokens = tokens.clone();
            thread::spawn(move || block_on(tokens.token()).unwrap_err())
        };
        assert!(matches!(block_on(tokens.token()), Err(Error::OAuthProvider(_))));
        assert!(matches!(other.join().unwrap(), Error::OAuthProvider(_)));
        assert_eq!(
            world.requests(),
            1,
            "the second caller joins, or is told what is remembered"
        );
    });
}

#[test]
fn loom_a_reader_never_sees_a_gap_while_a_renewal_lands() {
    check(|| {
        let world = World::default();
        let tokens = world.tokens_with_renewal_due();
        let reader = {
            let tokens = tokens.clone();
            thread::spawn(move || {
                let first = authorized(&tokens);
                let second = authorized(&tokens);
                assert!(first <= second, "a newer token is never followed by an older one");
            })
        };
        authorized(&tokens);
        reader.join().unwrap();
        while tokens.status().generation.0 != 2 {
            thread::yield_now();
        }
        assert_eq!(world.requests(), 1);
    });
}

#[test]
fn loom_a_caller_that_gives_up_takes_nothing_with_it() {
    check(|| {
        let world = World::default();
        let tokens = world.tokens();
        let impatient = {
            let tokens = tokens.clone();
            thread::spawn(move || {
                let mut call = Box::pin(tokens.token());
                // One look, and gone, whatever the flight is about to do.
                block_on(poll_fn(|context| {
                    let _ = call.as_mut().poll(context);
                    Poll::Ready(())
                }));
            })
        };
        impatient.join().unwrap();
        assert_eq!(block_on(tokens.token()).unwrap().generation().0, 1);
        assert_eq!(world.requests(), 1);
    });
}

#[test]
fn loom_a_rejection_and_a_renewal_cost_one_request_between_them() {
    check(|| {
        let world = World::default();
        let tokens = world.tokens_with_renewal_due();
        let old = tokens.status().generation;
        let rejecting = {
            let tokens = tokens.clone();
            thread::spawn(move || tokens.reject(old))
        };
        // Starts the renewal, unless the token is refused first.
        tokens.authorize_now(&mut HeaderMap::new());
        let rejection = rejecting.join().unwrap();
        let now = block_on(tokens.token()).unwrap().generation();
        if rejection == Rejection::Accepted {
            assert!(now > old, "what was rejected is not served again");
        }
        assert_eq!(
            tokens.reject(old),
            if now > old {
                Rejection::Superseded
            } else {
                Rejection::Accepted
            }
        );
        assert_eq!(world.requests(), 1);
    });
}

#[test]
fn loom_two_rejections_of_one_generation_cost_one_request() {
    check(|| {
        let world = World::default();
        let tokens = world.tokens_with(Duration::from_secs(60));
        let old = tokens.status().generation;
        let refused = move |tokens: &TokenManager| {
            tokens.reject(old);
            block_on(tokens.token()).unwrap().generation()
        };
        let other = {
            let tokens = tokens.clone();
            thread::spawn(move || refused(&tokens))
        };
        assert_eq!(refused(&tokens), other.join().unwrap());
        assert_eq!(world.requests(), 1);
    });
}

#[test]
fn loom_a_task_that_is_dropped_on_the_way_leaves_nobody_waiting() {
    check(|| {
        let world = World {
            tasks: Tasks::DropOnTheWay,
            ..World::default()
        };
        let tokens = world.tokens();
        assert!(matches!(block_on(tokens.token()), Err(Error::Aborted(_))));
    });
}

#[test]
fn loom_a_manager_that_is_dropped_mid_flight_takes_the_flight_with_it() {
    check(|| {
        let world = World::default();
        let tokens = world.tokens_with_renewal_due();
        authorized(&tokens);
        drop(tokens);
        assert!(world.requests() <= 1);
    });
}

impl World {
    fn failing() -> Self {
        Self {
            server: Arc::new(Server {
                failing: true,
                ..Server::default()
            }),
            ..Self::default()
        }
    }

    fn tokens(&self) -> TokenManager {
        self.build(None)
    }

    fn tokens_with_renewal_due(&self) -> TokenManager {
        self.tokens_with(Duration::from_secs(3000))
    }

    /// With a token of an hour that is so old.
    fn tokens_with(&self, age: Duration) -> TokenManager {
        let lifetime = Duration::from_secs(3600);
        let token = Token::new("not-a-real-token-0")
            .with_expires_in(lifetime)
            .with_expires_at(self.now().wall() + lifetime - age);
        self.build(Some(token))
    }

    fn build(&self, token: Option<Token>) -> TokenManager {
        let mut builder = ClientCredentials::new("id", "not-a-real-secret")
            .token_url("https://auth.example.com/token")
            .retries(0)
            .runtime(self.clone());
        if let Some(token) = token {
            builder = builder.token(token);
        }
        builder.build(Shared(Arc::clone(&self.server))).unwrap()
    }

    fn requests(&self) -> usize {
        self.server.requests.load(Ordering::SeqCst)
    }
}

impl Runtime for World {
    fn now(&self) -> Timestamp {
        let boot = Duration::from_secs(self.seconds.load(Ordering::SeqCst) + 10_000);
        Timestamp::new(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000) + boot, boot)
    }

    async fn sleep(&self, _: Duration) {
        pending().await
    }

    fn spawn(&self, mut task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        match self.tasks {
            Tasks::Run => {
                thread::spawn(move || block_on(task));
            }
            Tasks::DropOnTheWay => {
                thread::spawn(move || {
                    block_on(poll_fn(move |context| {
                        let _ = task.as_mut().poll(context);
                        Poll::Ready(())
                    }));
                });
            }
        }
        Ok(())
    }

    fn spawn_blocking(&self, task: BlockingTask) -> Result<(), SpawnError> {
        thread::spawn(task);
        Ok(())
    }
}

#[derive(Debug, Clone)]
struct Shared(Arc<Server>);

impl Transport for Shared {
    async fn send(&self, _: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let number = self.0.requests.fetch_add(1, Ordering::SeqCst) + 1;
        let busy = self.0.busy.fetch_add(1, Ordering::SeqCst);
        assert_eq!(busy, 0, "one flight at a time");
        let _done = Done(&self.0);
        thread::yield_now();
        pause().await;
        let (status, body) = if self.0.failing {
            (503, String::new())
        } else {
            (
                200,
                format!(r#"{{"access_token":"not-a-real-token-{number}","token_type":"Bearer","expires_in":3600}}"#),
            )
        };
        let response = Response::builder()
            .status(status)
            .header("content-type", "application/json")
            .body(Bytes::from(body));
        Ok(response.unwrap())
    }
}

struct Done<'a>(&'a Server);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.busy.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Pending once, so that a task may be dropped there.
async fn pause() {
    let mut seen = false;
    poll_fn(|context| {
        if std::mem::replace(&mut seen, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// The generation with which a call goes out; there always is one.
fn authorized(tokens: &TokenManager) -> crate::Generation {
    let mut headers = HeaderMap::new();
    let generation = tokens.authorize_now(&mut headers).expect("a valid token is served");
    assert!(headers.contains_key("authorization"));
    generation
}

fn check(model: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound.get_or_insert(3);
    builder.check(model);
}
