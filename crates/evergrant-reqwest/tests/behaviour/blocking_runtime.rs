//! The runtime of the blocking client: calls from async code, background work between calls, and shutdown.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use evergrant::{ClientCredentials, Error as AuthError, TokenManagerBuilder};
use evergrant_reqwest::{Error, Transport, blocking};
use evergrant_testing::{ApiServer, AuthServer, ManualClock};

use crate::support::SECRET;

struct Fixture {
    auth: AuthServer,
    api: ApiServer,
}

impl Fixture {
    fn new() -> Self {
        let auth = AuthServer::builder().client("shop", SECRET).start();
        let api = auth.api();
        Self { auth, api }
    }

    fn tokens(&self) -> TokenManagerBuilder {
        ClientCredentials::builder("shop", SECRET).token_url(self.auth.token_url())
    }

    fn client(&self, tokens: TokenManagerBuilder) -> blocking::Client {
        let tokens = tokens.build(Transport::default()).expect("a manager");
        let builder = blocking::Client::builder(tokens).base_url(self.api.url("/"));
        builder.build().expect("a client")
    }
}

fn assert_blocking_error<T>(outcome: Result<T, Error>) {
    match outcome {
        Err(Error::Request(problem)) => assert!(problem.contains("spawn_blocking"), "{problem}"),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("the call blocked async code"),
    }
}

#[test]
fn cold_threads_share_one_token_request() {
    let fixture = Fixture::new();
    let client = fixture.client(fixture.tokens());
    let hold = fixture.auth.hold();
    thread::scope(|scope| {
        let calls: Vec<_> = (0..50)
            .map(|_| scope.spawn(|| client.get("books").send_ok().map(|_| ())))
            .collect();
        client.wait(fixture.auth.wait_for_token_requests(1)).unwrap();
        hold.release();
        for call in calls {
            call.join().unwrap().unwrap();
        }
    });
    assert_eq!(fixture.auth.token_requests(), 1);
}

#[test]
fn a_renewal_continues_between_calls() {
    let clock = ManualClock::new();
    let auth = AuthServer::builder().client("shop", SECRET).clock(&clock).start();
    let fixture = Fixture { api: auth.api(), auth };
    let (renewed, renewals) = mpsc::channel();
    let tokens = fixture
        .tokens()
        .runtime(clock.clone())
        .on_token_update(move |token| renewed.send(token.generation()).unwrap());
    let client = fixture.client(tokens);
    client.get("books").send_ok().unwrap();
    let first = renewals.recv().unwrap();
    let hold = fixture.auth.hold();
    clock.advance(Duration::from_secs(3000));
    client.get("books").send_ok().unwrap();
    hold.release();
    assert_ne!(
        renewals.recv().unwrap(),
        first,
        "the renewal completed without another call"
    );
    assert_eq!(fixture.auth.token_requests(), 2);
}

#[test]
fn wait_runs_methods_of_the_manager() {
    let fixture = Fixture::new();
    let tokens = fixture.tokens().build(Transport::default()).unwrap();
    let client = fixture.client(fixture.tokens());
    let (sender, outcome) = mpsc::channel();
    let fetch = tokens.fetch_token();
    let poll_without_runtime = async move { sender.send(fetch.await).unwrap() };
    futures_util::FutureExt::now_or_never(poll_without_runtime);
    assert!(matches!(outcome.recv().unwrap(), Err(AuthError::NoRuntime(_))));

    let token = client.wait(async { tokens.fetch_token().await }).unwrap().unwrap();
    assert!(token.expires_at().is_some());
    let _warm = client.wait(async { tokens.keep_warm() }).unwrap().unwrap();
}

#[tokio::test]
async fn a_call_from_async_code_is_an_error() {
    let fixture = Fixture::new();
    let client = fixture.client(fixture.tokens());
    assert_blocking_error(client.get("books").send());
    assert_blocking_error(client.get("books").send_ok());
    assert_blocking_error(client.wait(async {}));
    let inner = client.clone();
    tokio::spawn(async move { assert_blocking_error(inner.get("books").send()) })
        .await
        .unwrap();
    assert!(fixture.auth.requests().is_empty() && fixture.api.requests().is_empty());

    let get = move || {
        [
            client.get("books").send_ok().unwrap(),
            client.get("books").send_ok().unwrap(),
        ]
    };
    let [first, mut second] = tokio::task::spawn_blocking(get).await.unwrap();
    assert_blocking_error(first.text());
    let error = second.copy_to(&mut Vec::new()).unwrap_err();
    assert!(error.get_ref().unwrap().is::<Error>(), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_call_from_async_code_on_a_multi_thread_runtime_is_an_error() {
    let fixture = Fixture::new();
    let client = fixture.client(fixture.tokens());
    assert_blocking_error(client.get("books").send());
    let inner = client.clone();
    let task = tokio::spawn(async move {
        assert_blocking_error(inner.get("books").send());
        tokio::task::block_in_place(|| inner.get("books").send_ok().map(|_| ()))
    });
    task.await.unwrap().unwrap();
    let blocking = tokio::task::spawn_blocking(move || client.get("books").send_ok().map(|_| ()));
    blocking.await.unwrap().unwrap();
}

#[test]
fn a_call_within_wait_is_an_error() {
    let fixture = Fixture::new();
    let client = fixture.client(fixture.tokens());
    client
        .wait(async { assert_blocking_error(client.get("books").send()) })
        .unwrap();
    client.get("books").send_ok().unwrap();
}

#[test]
fn a_recursive_token_provider_fails_instead_of_deadlocking() {
    let fixture = Fixture::new();
    let (client_sender, client) = mpsc::channel::<blocking::Client>();
    let client = std::sync::Mutex::new(client);
    let tokens = fixture.tokens().token_provider(move |_, _| {
        let client = client.lock().unwrap().recv().unwrap();
        async move {
            match client.get("books").send() {
                Err(error) => Err(AuthError::provider(error)),
                Ok(_) => panic!("the call succeeded without a token"),
            }
        }
    });
    let client = fixture.client(tokens);
    client_sender.send(client.clone()).unwrap();
    let error = client.get("books").send().unwrap_err();
    let source = std::error::Error::source(&error).unwrap();
    assert!(source.to_string().contains("async code"), "{source}");
}

#[tokio::test]
async fn dropping_in_async_code_does_not_panic() {
    let fixture = Fixture::new();
    let client = fixture.client(fixture.tokens());
    let call = client.clone();
    let response = tokio::task::spawn_blocking(move || call.get("books").send_ok())
        .await
        .unwrap()
        .unwrap();
    drop(client);
    drop(response);
}

#[test]
fn background_tasks_end_with_the_last_clone_and_response() {
    let fixture = Fixture::new();
    let client = fixture.client(fixture.tokens());
    let (alive, ended) = mpsc::channel::<()>();
    let forever = async move {
        std::future::pending::<()>().await;
        drop(alive);
    };
    client.wait(async { drop(tokio::spawn(forever)) }).unwrap();
    let response = client.clone().get("books").send_ok().unwrap();
    drop(client);
    assert_eq!(ended.try_recv(), Err(mpsc::TryRecvError::Empty));
    assert!(response.text().unwrap().contains("The Dispossessed"));
    assert_eq!(ended.recv(), Err(mpsc::RecvError), "the task has ended");
}
