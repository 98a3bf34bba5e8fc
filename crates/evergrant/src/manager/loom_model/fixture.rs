//! The fixture of the models: a manager, a server that responds immediately, and a runtime of loom's threads.

use std::future::{pending, poll_fn};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{Request, Response};
use loom::future::block_on;
use loom::thread::{self, JoinHandle};

use crate::error::TransportError;
use crate::runtime::{BlockingTask, BoxFuture, Runtime, SpawnError, Timestamp};
use crate::{ClientCredentials, Token, TokenManager, Transport};

/// The server, and the runtime with a stopped clock.
#[derive(Debug, Clone, Default)]
pub(super) struct Fixture {
    server: Arc<Server>,
    tasks: Tasks,
}

#[derive(Debug, Default)]
struct Server {
    requests: AtomicUsize,
    busy: AtomicUsize,
    failing: bool,
}

/// How the runtime treats spawned tasks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Tasks {
    #[default]
    Run,
    /// Drops a task after its first poll, like a runtime that shuts down.
    DropAfterFirstPoll,
}

impl Fixture {
    pub(super) fn failing() -> Self {
        Self {
            server: Arc::new(Server {
                failing: true,
                ..Server::default()
            }),
            ..Self::default()
        }
    }

    pub(super) fn dropping_tasks() -> Self {
        Self {
            tasks: Tasks::DropAfterFirstPoll,
            ..Self::default()
        }
    }

    pub(super) fn tokens(&self) -> TokenManager {
        self.build(None)
    }

    pub(super) fn tokens_with_renewal_due(&self) -> TokenManager {
        self.tokens_of_age(Duration::from_secs(3000))
    }

    /// Seeds the manager with a one-hour token of this age.
    pub(super) fn tokens_of_age(&self, age: Duration) -> TokenManager {
        let lifetime = Duration::from_secs(3600);
        let token = Token::new("not-a-real-token-0")
            .with_expires_in(lifetime)
            .with_expires_at(self.now().wall() + lifetime - age);
        self.build(Some(token))
    }

    fn build(&self, token: Option<Token>) -> TokenManager {
        let mut builder = ClientCredentials::builder("id", "not-a-real-secret")
            .token_url("https://auth.example.com/token")
            .retries(0)
            .runtime(self.clone());
        if let Some(token) = token {
            builder = builder.token(token);
        }
        builder.build(ModelTransport(Arc::clone(&self.server))).unwrap()
    }

    pub(super) fn requests(&self) -> usize {
        self.server.requests.load(Ordering::SeqCst)
    }
}

impl Runtime for Fixture {
    fn now(&self) -> Timestamp {
        let boot = Duration::from_secs(10_000);
        Timestamp::new(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000) + boot, boot)
    }

    async fn sleep(&self, _: Duration) {
        pending().await
    }

    fn spawn(&self, mut task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        match self.tasks {
            Tasks::Run => spawn(move || block_on(task)),
            Tasks::DropAfterFirstPoll => spawn(move || {
                block_on(poll_fn(move |context| {
                    let _ = task.as_mut().poll(context);
                    Poll::Ready(())
                }));
            }),
        };
        Ok(())
    }

    fn spawn_blocking(&self, task: BlockingTask) -> Result<(), SpawnError> {
        spawn(task);
        Ok(())
    }
}

/// Starts a thread whose stack is large enough for a manager and a whole fetch. Loom's default is 32 KiB.
pub(super) fn spawn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    /// In machine words.
    const STACK: usize = 32 * 1024;
    thread::Builder::new().stack_size(STACK).spawn(work).unwrap()
}

#[derive(Debug, Clone)]
struct ModelTransport(Arc<Server>);

impl Transport for ModelTransport {
    async fn send(&self, _: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let number = self.0.requests.fetch_add(1, Ordering::SeqCst) + 1;
        let busy = self.0.busy.fetch_add(1, Ordering::SeqCst);
        assert_eq!(busy, 0, "there is at most one flight");
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

/// Is pending once, so that a task can be dropped there.
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
