//! Limits of calls while the application has paused Tokio's clock, which jumps whenever all tasks wait.

use std::time::Duration;

use evergrant::ClientCredentials;
use evergrant_reqwest::{Client, Error, Transport};
use evergrant_testing::{ApiServer, AuthServer, Fault};

use crate::support::SECRET;

fn fixture() -> (AuthServer, ApiServer, Client) {
    let auth = AuthServer::builder().client("shop", SECRET).start();
    let api = auth.api();
    let builder = ClientCredentials::builder("shop", SECRET).token_url(auth.token_url());
    let tokens = builder.build(Transport::default()).unwrap();
    let client = Client::builder(tokens).base_url(api.url("/")).build().unwrap();
    (auth, api, client)
}

#[tokio::test(start_paused = true)]
async fn a_call_with_a_limit_gets_its_response_and_its_body() {
    let (auth, api, client) = fixture();
    auth.latency(Duration::from_millis(20));
    api.latency(Duration::from_millis(20));
    api.next(Fault::Drip(Duration::from_millis(2)));
    let call = client
        .post("echo")
        .body("in real time")
        .timeout(Duration::from_secs(60));
    let response = call.send().await.unwrap();
    assert_eq!(response.url().path(), "/echo");
    assert_eq!(response.text().await.unwrap(), "in real time");
    assert_eq!(api.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_limit_ends_a_call_in_real_time() {
    let (_auth, api, client) = fixture();
    let limit = Duration::from_millis(200);
    client.get("books").send().await.unwrap();
    api.next(Fault::Hang);
    let error = client.get("books").timeout(limit).send().await.unwrap_err();
    assert!(
        matches!(error, Error::NoResponse { .. }) && error.is_timeout(),
        "{error}"
    );
    api.next(Fault::Drip(Duration::from_secs(60)));
    let response = client.get("books").timeout(limit).send().await.unwrap();
    assert!(response.bytes().await.unwrap_err().is_timeout());
}
