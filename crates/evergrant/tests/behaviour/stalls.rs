//! Threads with a runtime each that share one manager, as the workers of a server do: one of them is blocked.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use evergrant::runtime::TokioRuntime;
use evergrant::store::MemoryStore;
use evergrant::{ClientCredentials, Error, Exchange, Password, Token, TokenManager, TokenManagerBuilder};
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
    ClientCredentials::new(CLIENT, SECRET).token_url(auth.token_url())
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// A thread that is blocked, with what its call gives once it runs again.
struct Blocked {
    goes_on: mpsc::Sender<()>,
    thread: JoinHandle<Result<Token, Error>>,
}

impl Blocked {
    fn unblock(self) -> Result<Token, Error> {
        self.goes_on.send(()).unwrap();
        self.thread.join().unwrap()
    }
}

/// Starts a thread that calls, and blocks as soon as the server has seen so many requests in all.
fn block_at(auth: &Arc<AuthServer>, requests: usize, tokens: &TokenManager) -> Blocked {
    let (goes_on, until) = mpsc::channel();
    let (blocks, blocked) = mpsc::channel();
    let (auth, tokens) = (Arc::clone(auth), tokens.clone());
    let thread = std::thread::spawn(move || {
        runtime().block_on(async {
            let call = tokio::spawn(async move {
                // Starts a renewal in the background, where there is a token.
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
    Blocked { goes_on, thread }
}

/// What a call on a thread of its own gives.
fn call(tokens: &TokenManager) -> JoinHandle<Result<Token, Error>> {
    let tokens = tokens.clone();
    std::thread::spawn(move || runtime().block_on(tokens.token()))
}

#[test]
fn callers_on_idle_threads_make_one_request_in_place_of_one_whose_thread_is_blocked() {
    for renewal in [false, true] {
        let auth = Arc::new(server());
        let updates = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&updates);
        let mut builder = builder(&auth).on_token_update(move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
        });
        if renewal {
            builder = builder.token(due());
        }
        let tokens = builder.build(Transport::default()).unwrap();
        let hold = auth.hold();
        let blocked = block_at(&auth, 1, &tokens);
        // It is answered, but nothing reads that.
        hold.release();
        if renewal {
            tokens.reject(tokens.status().generation);
        }
        let callers: Vec<_> = (0..12).map(|_| call(&tokens)).collect();
        let got: Vec<_> = callers
            .into_iter()
            .map(|caller| caller.join().unwrap().unwrap())
            .collect();
        assert!(
            got.iter().all(|token| token.generation() == got[0].generation()),
            "{renewal}"
        );
        assert_eq!(auth.token_requests(), 2, "{renewal}");
        let fetched_before = blocked.unblock().unwrap();
        assert!(renewal || fetched_before.generation() == got[0].generation());
        let status = tokens.status();
        assert_eq!((status.tokens_obtained, status.fetches_failed), (1, 0), "{renewal}");
        assert_eq!(
            status.generation,
            got[0].generation(),
            "the blocked thread's own token comes too late"
        );
        assert_eq!(auth.token_requests(), 2, "{renewal}");
        drop(tokens);
        assert_eq!(updates.load(Ordering::SeqCst), 1, "{renewal}");
    }
}

/// A token that is valid, and whose renewal is due.
fn due() -> Token {
    use evergrant::runtime::Runtime as _;
    let now = TokioRuntime::default().now().wall();
    Token::new("not-a-real-token")
        .with_expires_in(seconds(3600))
        .with_expires_at(now + seconds(600))
}

#[test]
fn a_task_that_waits_behind_a_blocked_one_of_the_same_runtime_holds_nobody_up() {
    let auth = server();
    let tokens = builder(&auth).token(due()).build(Transport::default()).unwrap();
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let (goes_on, until) = mpsc::channel();
    let (blocks, blocked) = mpsc::channel();
    let blocking = tokens.clone();
    runtime.spawn(async move {
        // Its task has no turn before this one ends.
        blocking.authorize_now(&mut HeaderMap::new());
        blocks.send(()).unwrap();
        until.recv().unwrap();
    });
    blocked.recv().unwrap();
    tokens.reject(tokens.status().generation);
    let caller = runtime.spawn(async move { tokens.token().await });
    runtime.block_on(caller).unwrap().unwrap();
    goes_on.send(()).unwrap();
}

#[test]
fn with_a_store_the_lease_of_the_blocked_request_runs_out_first() {
    let auth = Arc::new(server());
    let store = MemoryStore::new();
    let member = || builder(&auth).store(store.clone()).lease_term(seconds(2));
    let (tokens, other) = (
        member().build(Transport::default()).unwrap(),
        member().build(Transport::default()).unwrap(),
    );
    let hold = auth.hold();
    let blocked = block_at(&auth, 1, &tokens);
    hold.release();
    let callers: Vec<_> = (0..4).map(|_| call(&tokens)).collect();
    let got: Vec<_> = callers
        .into_iter()
        .map(|caller| caller.join().unwrap().unwrap())
        .collect();
    assert!(got.iter().all(|token| token.generation() == got[0].generation()));
    assert_eq!(auth.token_requests(), 2);
    let late = blocked.unblock().unwrap();
    assert_eq!(late.generation(), got[0].generation());
    // What the blocked thread reads in the end takes nothing away from the others.
    let adopted = call(&other).join().unwrap().unwrap();
    assert_eq!(adopted.access_token().expose(), got[0].access_token().expose());
    assert_eq!(auth.token_requests(), 2);
}

#[test]
fn a_request_is_repeated_twice_at_most() {
    let auth = Arc::new(server());
    let tokens = builder(&auth).max_wait(seconds(3)).build(Transport::default()).unwrap();
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
    assert_eq!((tokens.status().tokens_obtained, auth.token_requests()), (1, 3));
}

#[test]
fn a_repeated_request_that_fails_is_everybodys_failure() {
    let auth = Arc::new(server());
    let tokens = builder(&auth).retries(0).build(Transport::default()).unwrap();
    auth.next(Fault::Hang);
    let blocked = block_at(&auth, 1, &tokens);
    auth.always(evergrant_testing::Answer::new(503));
    let callers: Vec<_> = (0..4).map(|_| call(&tokens)).collect();
    for caller in callers {
        assert!(matches!(caller.join().unwrap(), Err(Error::OAuthProvider(_))));
    }
    assert!(matches!(blocked.unblock(), Err(Error::OAuthProvider(_))));
    assert_eq!((tokens.status().fetches_failed, auth.token_requests()), (1, 2));
}

#[test]
fn what_can_be_asked_for_once_is_waited_for() {
    for provider in [false, true] {
        let auth = Arc::new(server());
        let tokens = match provider {
            true => builder(&auth).token_provider(async |_, exchange: Exchange| exchange.fetch_token().await),
            false => Password::new(USER, PASSWORD)
                .client(CLIENT, SECRET)
                .token_url(auth.token_url()),
        };
        let tokens = tokens.max_wait(seconds(2)).build(Transport::default()).unwrap();
        runtime().block_on(tokens.token()).unwrap();
        tokens.reject(tokens.status().generation);
        let hold = auth.hold();
        let blocked = block_at(&auth, 2, &tokens);
        assert!(
            matches!(call(&tokens).join().unwrap(), Err(Error::Timeout(_))),
            "{provider}"
        );
        hold.release();
        blocked.unblock().unwrap();
        assert_eq!(
            (auth.token_requests(), tokens.status().tokens_obtained),
            (2, 2),
            "{provider}"
        );
    }
}

#[test]
fn a_thread_that_runs_again_reads_the_answer_before_its_limits_end() {
    let limit = seconds(1);
    for (what, limits) in [
        (
            "max_wait",
            builder_with as fn(TokenManagerBuilder, Duration) -> TokenManagerBuilder,
        ),
        ("attempt_timeout", |builder, limit| {
            builder.attempt_timeout(limit).retries(0)
        }),
        ("flight_timeout", |builder, limit| builder.flight_timeout(limit)),
    ] {
        let auth = Arc::new(server());
        let tokens = limits(builder(&auth), limit).build(Transport::default()).unwrap();
        let hold = auth.hold();
        let blocked = block_at(&auth, 1, &tokens);
        hold.release();
        // The limit passes for certain.
        std::thread::sleep(limit * 2);
        blocked.unblock().unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(auth.token_requests(), 1, "{what}");
    }
}

fn builder_with(builder: TokenManagerBuilder, max_wait: Duration) -> TokenManagerBuilder {
    builder.max_wait(max_wait)
}

#[test]
fn on_a_runtime_of_its_own_a_request_does_not_depend_on_the_caller_s_thread() {
    let auth = Arc::new(server());
    let own = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let runtime = TokioRuntime::pinned_to(own.handle().clone());
    let tokens = builder(&auth).runtime(runtime).build(Transport::default()).unwrap();
    let hold = auth.hold();
    let blocked = block_at(&auth, 1, &tokens);
    hold.release();
    call(&tokens).join().unwrap().unwrap();
    blocked.unblock().unwrap();
    assert_eq!(auth.token_requests(), 1);
}

#[test]
fn a_runtime_that_is_no_longer_driven_keeps_no_connection_that_another_one_needs() {
    let auth = server();
    let tokens = builder(&auth).retries(0).build(Transport::default()).unwrap();
    let first = runtime();
    first.block_on(tokens.token()).unwrap();
    tokens.reject(tokens.status().generation);
    runtime().block_on(tokens.token()).unwrap();
    assert_eq!(auth.token_requests(), 2);
}
