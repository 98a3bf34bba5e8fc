//! Threads with their own runtimes that share one manager, as server workers do, where one thread is blocked.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use evergrant::runtime::TokioRuntime;
use evergrant::store::MemoryStore;
use evergrant::{ClientCredentials, Error, Grant, Password, Token, TokenEndpoint, TokenManager, TokenManagerBuilder};
use evergrant::{Sharing, TimeLimits};
use evergrant_reqwest::Transport;
use evergrant_testing::{AuthServer, Fault, RefreshTokens};
use http::HeaderMap;
use tokio::runtime::{Builder, Runtime};

use crate::support::{CLIENT, SECRET, seconds};

const USER: &str = "reader";
const PASSWORD: &str = "not a real password";

fn server() -> AuthServer {
    AuthServer::builder()
        .client(CLIENT, SECRET)
        .user(USER, PASSWORD)
        .refresh_tokens(RefreshTokens::Rotating)
        .start()
}

fn builder(auth: &AuthServer) -> TokenManagerBuilder {
    ClientCredentials::builder(CLIENT, SECRET).token_url(auth.token_url())
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// A blocked thread with the result of its call.
struct BlockedThread {
    resume: mpsc::Sender<()>,
    thread: JoinHandle<Result<Token, Error>>,
}

impl BlockedThread {
    fn unblock(self) -> Result<Token, Error> {
        self.resume.send(()).unwrap();
        self.thread.join().unwrap()
    }
}

/// Starts a thread that requests a token, and blocks when the server has received `requests` requests in total.
fn block_at(auth: &Arc<AuthServer>, requests: usize, tokens: &TokenManager) -> BlockedThread {
    let (resume, until) = mpsc::channel();
    let (blocks, blocked) = mpsc::channel();
    let (auth, tokens) = (Arc::clone(auth), tokens.clone());
    let thread = std::thread::spawn(move || {
        runtime().block_on(async {
            let call = tokio::spawn(async move {
                // Starts a background renewal if a token is cached.
                tokens.authorize_now(&mut HeaderMap::new());
                tokens.token().await
            });
            auth.wait_for_token_requests(requests).await;
            blocks.send(()).unwrap();
            until.recv().unwrap();
            call.await.unwrap()
        })
    });
    blocked.recv().unwrap();
    BlockedThread { resume, thread }
}

/// Checks whether a timeout blames this process or the server.
fn assert_stalled(error: &Error, expected: bool) {
    let Error::Timeout(timeout) = error else {
        panic!("{error}")
    };
    assert_eq!(timeout.is_stalled(), expected, "{error}");
    assert_eq!(error.to_string().contains("the server is slow"), !expected, "{error}");
    assert_eq!(
        error.to_string().contains("did not run the request"),
        expected,
        "{error}"
    );
}

/// Requests a token on a separate thread.
fn call(tokens: &TokenManager) -> JoinHandle<Result<Token, Error>> {
    let tokens = tokens.clone();
    std::thread::spawn(move || runtime().block_on(tokens.token()))
}

#[test]
fn idle_threads_replace_the_request_of_a_blocked_thread() {
    for renewal in [false, true] {
        let auth = Arc::new(server());
        let updates = Arc::new(AtomicUsize::new(0));
        let update_count = Arc::clone(&updates);
        let mut builder = builder(&auth).on_token_update(move |_| {
            update_count.fetch_add(1, Ordering::SeqCst);
        });
        if renewal {
            builder = builder.token(token_due_for_renewal());
        }
        let tokens = builder.build(Transport::default()).unwrap();
        let hold = auth.hold();
        let blocked = block_at(&auth, 1, &tokens);
        // The server responds, but the blocked thread does not read the response.
        hold.release();
        if renewal {
            tokens.reject(tokens.status().generation);
        }
        let callers: Vec<_> = (0..12).map(|_| call(&tokens)).collect();
        let tokens_received: Vec<_> = callers
            .into_iter()
            .map(|caller| caller.join().unwrap().unwrap())
            .collect();
        assert!(
            tokens_received
                .iter()
                .all(|token| token.generation() == tokens_received[0].generation()),
            "{renewal}"
        );
        assert_eq!(auth.token_requests(), 2, "{renewal}");
        let fetched_before = blocked.unblock().unwrap();
        assert!(renewal || fetched_before.generation() == tokens_received[0].generation());
        let status = tokens.status();
        assert_eq!((status.tokens_fetched, status.fetches_failed), (1, 0), "{renewal}");
        assert_eq!(
            status.generation,
            tokens_received[0].generation(),
            "the token of the blocked thread is superseded"
        );
        assert_eq!(auth.token_requests(), 2, "{renewal}");
        drop(tokens);
        assert_eq!(updates.load(Ordering::SeqCst), 1, "{renewal}");
    }
}

/// Returns a valid token whose renewal is due.
fn token_due_for_renewal() -> Token {
    use evergrant::runtime::Runtime as _;
    let now = TokioRuntime::default().now().wall();
    Token::new("not-a-real-token")
        .with_expires_in(seconds(3600))
        .with_expires_at(now + seconds(600))
}

#[test]
fn a_blocked_task_does_not_block_other_calls() {
    let auth = server();
    let tokens = builder(&auth)
        .token(token_due_for_renewal())
        .build(Transport::default())
        .unwrap();
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let (resume, until) = mpsc::channel();
    let (blocks, blocked) = mpsc::channel();
    let blocking = tokens.clone();
    runtime.spawn(async move {
        // The spawned task cannot run before this one ends.
        blocking.authorize_now(&mut HeaderMap::new());
        blocks.send(()).unwrap();
        until.recv().unwrap();
    });
    blocked.recv().unwrap();
    tokens.reject(tokens.status().generation);
    let caller = runtime.spawn(async move { tokens.token().await });
    runtime.block_on(caller).unwrap().unwrap();
    resume.send(()).unwrap();
}

#[test]
fn with_a_store_the_lease_of_a_blocked_request_expires_first() {
    let auth = Arc::new(server());
    let store = MemoryStore::new();
    let process = || builder(&auth).store(Sharing::new(store.clone()).lease(seconds(2)));
    let (tokens, other) = (
        process().build(Transport::default()).unwrap(),
        process().build(Transport::default()).unwrap(),
    );
    let hold = auth.hold();
    let blocked = block_at(&auth, 1, &tokens);
    hold.release();
    let callers: Vec<_> = (0..4).map(|_| call(&tokens)).collect();
    let tokens_received: Vec<_> = callers
        .into_iter()
        .map(|caller| caller.join().unwrap().unwrap())
        .collect();
    assert!(
        tokens_received
            .iter()
            .all(|token| token.generation() == tokens_received[0].generation())
    );
    assert_eq!(auth.token_requests(), 2);
    let late = blocked.unblock().unwrap();
    assert_eq!(late.generation(), tokens_received[0].generation());
    // The late response of the blocked thread does not replace the newer token.
    let adopted = call(&other).join().unwrap().unwrap();
    assert_eq!(
        adopted.access_token().expose(),
        tokens_received[0].access_token().expose()
    );
    assert_eq!(auth.token_requests(), 2);
}

#[test]
fn a_blocked_request_is_repeated_at_most_twice() {
    let auth = Arc::new(server());
    let tokens = builder(&auth)
        .time_limits(TimeLimits::new().wait(seconds(3)))
        .build(Transport::default())
        .unwrap();
    let hold = auth.hold();
    let blocked: Vec<_> = (1..=3).map(|requests| block_at(&auth, requests, &tokens)).collect();
    let callers: Vec<_> = (0..4).map(|_| call(&tokens)).collect();
    for caller in callers {
        assert!(matches!(caller.join().unwrap(), Err(Error::Timeout(_))));
    }
    assert_eq!(auth.token_requests(), 3);
    hold.release();
    let generations: Vec<_> = blocked
        .into_iter()
        .map(|blocked| blocked.unblock().unwrap().generation())
        .collect();
    assert!(generations.iter().all(|generation| *generation == generations[0]));
    assert_eq!((tokens.status().tokens_fetched, auth.token_requests()), (1, 3));
}

#[test]
fn a_failed_repeated_request_fails_all_calls() {
    let auth = Arc::new(server());
    let tokens = builder(&auth).retries(0).build(Transport::default()).unwrap();
    auth.next(Fault::Hang);
    let blocked = block_at(&auth, 1, &tokens);
    auth.always(evergrant_testing::MockResponse::new(503));
    let callers: Vec<_> = (0..4).map(|_| call(&tokens)).collect();
    for caller in callers {
        assert!(matches!(caller.join().unwrap(), Err(Error::OAuthProvider(_))));
    }
    assert!(matches!(blocked.unblock(), Err(Error::OAuthProvider(_))));
    assert_eq!((tokens.status().fetches_failed, auth.token_requests()), (1, 2));
}

#[test]
fn single_use_requests_are_not_repeated() {
    for provider in [false, true] {
        let auth = Arc::new(server());
        let tokens = match provider {
            true => builder(&auth)
                .token_provider(async |_, endpoint: TokenEndpoint| endpoint.fetch_token().await)
                .boxed(),
            false => Password::new(USER, PASSWORD)
                .builder(CLIENT, SECRET)
                .token_url(auth.token_url())
                .boxed(),
        };
        let tokens = tokens
            .time_limits(TimeLimits::new().wait(seconds(2)))
            .build(Transport::default())
            .unwrap();
        runtime().block_on(tokens.token()).unwrap();
        tokens.reject(tokens.status().generation);
        let hold = auth.hold();
        let blocked = block_at(&auth, 2, &tokens);
        let error = call(&tokens).join().unwrap().unwrap_err();
        assert_stalled(&error, true);
        hold.release();
        blocked.unblock().unwrap();
        assert_eq!(
            (auth.token_requests(), tokens.status().tokens_fetched),
            (2, 2),
            "{provider}"
        );
    }
}

#[test]
fn a_resumed_thread_reads_the_response_before_its_timeouts() {
    let limit = seconds(1);
    for (name, limits) in [
        (
            "max_wait",
            builder_with as fn(TokenManagerBuilder, Duration) -> TokenManagerBuilder,
        ),
        ("attempt_timeout", |builder, limit| {
            builder.time_limits(TimeLimits::new().attempt(limit)).retries(0)
        }),
        ("fetch_timeout", |builder, limit| {
            builder.time_limits(TimeLimits::new().fetch(limit))
        }),
    ] {
        let auth = Arc::new(server());
        let tokens = limits(builder(&auth), limit).build(Transport::default()).unwrap();
        let hold = auth.hold();
        let blocked = block_at(&auth, 1, &tokens);
        hold.release();
        // Longer than the limit.
        std::thread::sleep(limit * 2);
        blocked.unblock().unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(auth.token_requests(), 1, "{name}");
    }
}

fn builder_with<G: Grant>(builder: TokenManagerBuilder<G>, max_wait: Duration) -> TokenManagerBuilder<G> {
    builder.time_limits(TimeLimits::new().wait(max_wait))
}

#[test]
fn a_pinned_runtime_is_independent_of_the_calling_thread() {
    let auth = Arc::new(server());
    let pinned = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let runtime = TokioRuntime::pinned_to(pinned.handle().clone());
    let tokens = builder(&auth).runtime(runtime).build(Transport::default()).unwrap();
    let hold = auth.hold();
    let blocked = block_at(&auth, 1, &tokens);
    hold.release();
    call(&tokens).join().unwrap().unwrap();
    blocked.unblock().unwrap();
    assert_eq!(auth.token_requests(), 1);
}

#[test]
fn a_timeout_names_a_blocked_runtime_or_a_slow_server() {
    let limits = TimeLimits::new().wait(Duration::from_millis(100));
    let auth = Arc::new(server());
    let _hold = auth.hold();
    let tokens = builder(&auth).time_limits(limits).build(Transport::default()).unwrap();
    assert_stalled(&call(&tokens).join().unwrap().unwrap_err(), false);

    // A runtime that nothing drives.
    let idle = runtime();
    let pinned = TokioRuntime::pinned_to(idle.handle().clone());
    let tokens = builder(&auth)
        .time_limits(limits)
        .runtime(pinned)
        .build(Transport::default());
    assert_stalled(&call(&tokens.unwrap()).join().unwrap().unwrap_err(), true);
}

#[test]
fn an_idle_runtime_does_not_hold_connections() {
    let auth = server();
    let tokens = builder(&auth).retries(0).build(Transport::default()).unwrap();
    let first = runtime();
    first.block_on(tokens.token()).unwrap();
    tokens.reject(tokens.status().generation);
    runtime().block_on(tokens.token()).unwrap();
    assert_eq!(auth.token_requests(), 2);
}
