//! Multipart forms of the async client: a form in memory is replayed after a 401, a streaming form is not.

use std::io;

use evergrant::ClientCredentials;
use evergrant_reqwest::{Client, Transport};
use evergrant_testing::{ApiServer, AuthServer, LogCapture};
use futures_util::{StreamExt as _, stream};
use reqwest::Body;
use reqwest::multipart::{Form, Part};

fn fixture() -> (AuthServer, ApiServer, Client) {
    let auth = AuthServer::builder().client("shop", "not-a-real-secret").start();
    let api = auth.api();
    let tokens = ClientCredentials::builder("shop", "not-a-real-secret")
        .token_url(auth.token_url())
        .retries(0)
        .build(Transport::default())
        .unwrap();
    let client = Client::builder(tokens).base_url(api.url("/")).build().unwrap();
    (auth, api, client)
}

/// A body that is not ready when it is first polled, as when it is read from a file.
fn pending_stream(pieces: Vec<&'static str>) -> Body {
    let pieces = stream::iter(pieces).then(|piece| async move {
        tokio::task::yield_now().await;
        Ok::<_, io::Error>(piece)
    });
    Body::wrap_stream(pieces)
}

#[tokio::test]
async fn a_form_of_text_and_bytes_is_replayed() {
    let (auth, api, client) = fixture();
    let form = Form::new()
        .text("title", "The Dispossessed")
        .part("cover", Part::bytes(vec![b'x'; 200_000]).file_name("cover.png"));
    api.reject_next(1);
    let response = client.post("echo").multipart(form).send_ok().await.unwrap();
    let body = response.bytes().await.unwrap();
    let sent = api.requests();
    assert_eq!((sent.len(), auth.token_requests()), (2, 2));
    assert!(sent[0].body == sent[1].body && sent[0].body == body && body.len() > 200_000);
    for name in ["content-type", "content-length"] {
        assert!(sent[0].header(name).is_some(), "{name}");
        assert_eq!(sent[0].header(name), sent[1].header(name));
    }
}

#[tokio::test]
async fn a_form_with_a_stream_is_not_replayed_and_emits_an_event() {
    let (auth, api, client) = fixture();
    let logs = LogCapture::new();
    let _guard = logs.install();
    let form = || {
        let file = Part::stream(pending_stream(vec!["piece by ", "piece"]));
        Form::new().text("title", "Rocannon's Planet").part("file", file)
    };
    let response = client.post("echo").multipart(form()).send_ok().await.unwrap();
    let body = response.text().await.unwrap();
    assert!(
        body.contains("Rocannon's Planet") && body.contains("piece by piece"),
        "{body}"
    );

    api.reject_next(1);
    assert_eq!(
        client.post("echo").multipart(form()).send().await.unwrap().status(),
        401
    );
    assert_eq!((api.requests().len(), auth.token_requests()), (2, 1));
    let events = logs.by_name("evergrant.not_replayed");
    assert!(
        events.len() == 1 && events[0].fields["reason"].contains("stream"),
        "{events:?}"
    );
}

#[tokio::test]
async fn a_form_larger_than_the_limit_is_not_replayed() {
    let (_auth, api, client) = fixture();
    let form = Form::new().part("file", Part::bytes(vec![b'x'; 9 * 1024 * 1024]));
    let response = client.post("echo").multipart(form).send_ok().await.unwrap();
    assert!(response.bytes().await.unwrap().len() > 9 * 1024 * 1024);
    api.reject_next(1);
    let form = Form::new().part("file", Part::bytes(vec![b'x'; 9 * 1024 * 1024]));
    assert_eq!(client.post("echo").multipart(form).send().await.unwrap().status(), 401);
    assert_eq!(api.requests().len(), 2);
}
