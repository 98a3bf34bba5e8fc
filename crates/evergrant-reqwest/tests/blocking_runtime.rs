//! The blocking client's runtime: who may wait for it, what goes on between calls, and how it ends.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use evergrant::{ClientCredentials, Error as AuthError, TokenManagerBuilder};
use evergrant_reqwest::{Error, Transport, blocking};
use evergrant_testing::{ApiServer, AuthServer, ManualClock};

const SECRET: &str = "not-a-real-secret";

struct Shop {
    auth: AuthServer,
    api: ApiServer,
}

impl Shop {
    fn new() -> Self {
        let auth = AuthServer::builder().client("shop", SECRET).start();
        let api = auth.api();
        Self { auth, api }
    }

    fn tokens(&self) -> TokenManagerBuilder {
        ClientCredentials::new("shop", SECRET).token_url(self.auth.token_url())
    }

    fn client(&self, tokens: TokenManagerBuilder) -> blocking::Client {
        let tokens = tokens.build(Transport::default()).expect("a manager");
        let builder = blocking::Client::builder(tokens).base_url(self.api.url("/"));
        builder.build().expect("a client")
    }
}

fn assert_refused<T>(outcome: Result<T, Error>) {
    match outcome {
        Err(Error::Request(problem)) => assert!(problem.contains("spawn_blocking"), "{problem}"),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("async code was held up"),
    }
}

#[test]
fn many_threads_at_a_cold_start_make_one_token_request() {
    let shop = Shop::new();
    let client = shop.client(shop.tokens());
    let hold = shop.auth.hold();
    thread::scope(|scope| {
        let calls: Vec<_> = (0..50)
            .map(|_| scope.spawn(|| client.get("books").send_ok().map(|_| ())))
            .collect();
        client.wait(shop.auth.wait_for_token_requests(1)).unwrap();
        hold.release();
        for call in calls {
            call.join().unwrap().unwrap();
        }
    });
    assert_eq!(shop.auth.token_requests(), 1);
}

#[test]
fn a_renewal_goes_on_between_calls() {
    let clock = ManualClock::new();
    let auth = AuthServer::builder().client("shop", SECRET).clock(&clock).start();
    let shop = Shop { api: auth.api(), auth };
    let (renewed, renewals) = mpsc::channel();
    let tokens = shop
        .tokens()
        .runtime(clock.clone())
        .on_token_update(move |token| renewed.send(token.generation()).unwrap());
    let client = shop.client(tokens);
    client.get("books").send_ok().unwrap();
    let first = renewals.recv().unwrap();
    let hold = shop.auth.hold();
    clock.advance(Duration::from_secs(3000));
    client.get("books").send_ok().unwrap();
    hold.release();
    assert_ne!(renewals.recv().unwrap(), first, "and nobody called in the meantime");
    assert_eq!(shop.auth.token_requests(), 2);
}

#[test]
fn the_managers_own_methods_need_a_runtime_and_wait_gives_them_one() {
    let shop = Shop::new();
    let tokens = shop.tokens().build(Transport::default()).unwrap();
    let client = shop.client(shop.tokens());
    let (sender, outcome) = mpsc::channel();
    let asked = tokens.fetch_token();
    let polled_elsewhere = async move { sender.send(asked.await).unwrap() };
    futures_util::FutureExt::now_or_never(polled_elsewhere);
    assert!(matches!(outcome.recv().unwrap(), Err(AuthError::NoRuntime(_))));

    let token = client.wait(async { tokens.fetch_token().await }).unwrap().unwrap();
    assert!(token.expires_at().is_some());
    let _warm = client.wait(async { tokens.keep_warm() }).unwrap().unwrap();
}

#[tokio::test]
async fn a_call_from_async_code_is_an_error_that_names_the_remedy() {
    let shop = Shop::new();
    let client = shop.client(shop.tokens());
    assert_refused(client.get("books").send());
    assert_refused(client.get("books").send_ok());
    assert_refused(client.wait(async {}));
    let inner = client.clone();
    tokio::spawn(async move { assert_refused(inner.get("books").send()) })
        .await
        .unwrap();
    assert!(shop.auth.requests().is_empty() && shop.api.requests().is_empty());

    let get = move || {
        [
            client.get("books").send_ok().unwrap(),
            client.get("books").send_ok().unwrap(),
        ]
    };
    let [whole, mut piecewise] = tokio::task::spawn_blocking(get).await.unwrap();
    assert_refused(whole.text());
    let error = piecewise.copy_to(&mut Vec::new()).unwrap_err();
    assert!(error.get_ref().unwrap().is::<Error>(), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn on_a_multi_thread_runtime_too() {
    let shop = Shop::new();
    let client = shop.client(shop.tokens());
    assert_refused(client.get("books").send());
    let inner = client.clone();
    let task = tokio::spawn(async move {
        assert_refused(inner.get("books").send());
        tokio::task::block_in_place(|| inner.get("books").send_ok().map(|_| ()))
    });
    task.await.unwrap().unwrap();
    let lent = tokio::task::spawn_blocking(move || client.get("books").send_ok().map(|_| ()));
    lent.await.unwrap().unwrap();
}

#[test]
fn a_call_within_wait_is_a_call_from_async_code() {
    let shop = Shop::new();
    let client = shop.client(shop.tokens());
    client
        .wait(async { assert_refused(client.get("books").send()) })
        .unwrap();
    client.get("books").send_ok().unwrap();
}

#[test]
fn a_token_provider_that_calls_the_client_gets_an_error_instead_of_a_deadlock() {
    let shop = Shop::new();
    let (hand_over, client) = mpsc::channel::<blocking::Client>();
    let client = std::sync::Mutex::new(client);
    let tokens = shop.tokens().token_provider(move |_, _| {
        let client = client.lock().unwrap().recv().unwrap();
        async move {
            match client.get("books").send() {
                Err(error) => Err(AuthError::provider(error)),
                Ok(_) => panic!("there was no token"),
            }
        }
    });
    let client = shop.client(tokens);
    hand_over.send(client.clone()).unwrap();
    let error = client.get("books").send().unwrap_err();
    let source = std::error::Error::source(&error).unwrap();
    assert!(source.to_string().contains("async code"), "{source}");
}

#[tokio::test]
async fn dropped_inside_async_code_it_does_not_panic() {
    let shop = Shop::new();
    let client = shop.client(shop.tokens());
    let call = client.clone();
    let answer = tokio::task::spawn_blocking(move || call.get("books").send_ok())
        .await
        .unwrap()
        .unwrap();
    drop(client);
    drop(answer);
}

#[test]
fn what_runs_in_the_background_ends_with_the_last_clone_or_answer() {
    let shop = Shop::new();
    let client = shop.client(shop.tokens());
    let (alive, ended) = mpsc::channel::<()>();
    let forever = async move {
        std::future::pending::<()>().await;
        drop(alive);
    };
    client.wait(async { drop(tokio::spawn(forever)) }).unwrap();
    let answer = client.clone().get("books").send_ok().unwrap();
    drop(client);
    assert_eq!(ended.try_recv(), Err(mpsc::TryRecvError::Empty));
    assert!(answer.text().unwrap().contains("The Dispossessed"));
    assert_eq!(ended.recv(), Err(mpsc::RecvError), "the task is gone");
}
