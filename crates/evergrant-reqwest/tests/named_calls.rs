//! Every failure of a call names the call: method and URL, and nothing of the URL that may be a secret.

#![expect(clippy::unwrap_used, reason = "what a test sets up is known to work")]

use std::time::Duration;

use evergrant::scheme::OAuth;
use evergrant::{ClientCredentials, Requirement, TokenManager, TokenManagerBuilder};
use evergrant_reqwest::{Client, Error, Transport, blocking};
use evergrant_testing::{Answer, ApiServer, AuthServer, Fault};

const QUERY: &str = "?key=hush#hush";

fn builder(auth: &AuthServer) -> TokenManagerBuilder {
    ClientCredentials::new("shop", "not-a-real-secret")
        .token_url(auth.token_url())
        .retries(0)
}

fn tokens(auth: &AuthServer) -> TokenManager {
    builder(auth).build(Transport::default()).unwrap()
}

fn client(authorizer: impl Into<evergrant::Authorizer>, api: &ApiServer) -> Client {
    Client::builder(authorizer).base_url(api.url("/v1/")).build().unwrap()
}

#[track_caller]
fn names(error: &Error, call: &str, why: &str) {
    for shown in [error.to_string(), format!("{error:?}"), format!("{error:#?}")] {
        assert!(shown.contains(call) && shown.contains(why), "{shown}");
        assert!(!shown.contains("hush") && !shown.contains('\n'), "{shown}");
        assert!(!shown.contains(&format!("{call}: {call}")), "{shown}");
    }
    assert!(format!("{error:?}").starts_with(&error.to_string()));
}

#[tokio::test]
async fn whatever_goes_wrong() {
    let auth = AuthServer::builder().client("shop", "not-a-real-secret").start();
    let api = auth.api();
    let path = format!("books{QUERY}");
    let call = format!("PUT {}", api.url("/v1/books"));
    let put = |client: &Client| client.request(reqwest::Method::PUT, &path);

    let shop = client(tokens(&auth), &api);
    for (fault, why) in [
        (Fault::from(Answer::new(403)), "renew_when"),
        (Answer::new(500).into(), "500"),
        (
            Answer::new(302).header("location", "/v1/books").into(),
            "more than ten times",
        ),
        (Fault::Disconnect, "failed"),
        (Fault::Hang, "failed"),
    ] {
        api.always(fault);
        let error = put(&shop)
            .timeout(Duration::from_millis(300))
            .send_ok()
            .await
            .unwrap_err();
        names(&error, &call, why);
        api.recover();
    }
    names(
        &put(&shop).header("x-key", "hush\n").send().await.unwrap_err(),
        &call,
        "header",
    );
    names(
        &put(&shop).header("authorization", "hush").send().await.unwrap_err(),
        &call,
        "of its own",
    );
    names(
        &shop.get("../hush").send().await.unwrap_err(),
        "GET below http://",
        "cannot be used",
    );
    let elsewhere = shop
        .get(&format!("https://api.example.org/x{QUERY}"))
        .send()
        .await
        .unwrap_err();
    names(&elsewhere, "GET https://api.example.org/x", "allow_origin");
    let named = shop
        .get(&format!("https://api.example.org/hush{QUERY}"))
        .call_name("GET /patients/{id}");
    names(&named.send().await.unwrap_err(), "GET /patients/{id}", "allow_origin");

    let unmet = Requirement::of(OAuth::new("oauth")).build().unwrap();
    names(&put(&client(unmet, &api)).send().await.unwrap_err(), &call, "`oauth`");
    let manual = builder(&auth).manual().build(Transport::default()).unwrap();
    names(
        &put(&client(manual, &api)).send().await.unwrap_err(),
        &call,
        "fetch_token()",
    );
    let sealed = builder(&auth).token_provider(|_, _| async { Err(evergrant::Error::provider("sealed")) });
    let sealed = client(sealed.build(Transport::default()).unwrap(), &api);
    names(&put(&sealed).send().await.unwrap_err(), &call, "sealed");

    // Two calls wait for one token, and either error names its own.
    auth.always(Answer::new(401).json(r#"{"error":"invalid_client","error_description":"unknown"}"#));
    let refused = client(tokens(&auth), &api);
    let (one, other) = tokio::join!(put(&refused).send(), refused.get("orders").send());
    names(&one.unwrap_err(), &call, "invalid_client (unknown)");
    names(
        &other.unwrap_err(),
        &format!("GET {}", api.url("/v1/orders")),
        "invalid_client (unknown)",
    );
    auth.stop();
    names(
        &put(&client(tokens(&auth), &api)).send().await.unwrap_err(),
        &call,
        "could not connect",
    );

    let gone = ApiServer::open();
    let url = gone.url(&format!("/books{QUERY}"));
    let open = client(Requirement::none(), &gone);
    let call = format!("GET {}", gone.url("/books"));
    drop(gone);
    names(&open.get(&url).send().await.unwrap_err(), &call, "failed");
}

#[test]
fn the_blocking_clients_bodies_too() {
    let api = ApiServer::open();
    let client = blocking::Client::builder(Requirement::none())
        .base_url(api.url("/"))
        .build()
        .unwrap();
    let call = format!("POST {}", api.url("/books"));
    let post = || client.post(&format!("books{QUERY}")).send().unwrap();
    api.always(Answer::new(200).body("hush"));
    names(&post().json::<Vec<u8>>().unwrap_err(), &call, "not the JSON");
    api.always(Fault::Truncated);
    names(&post().bytes().unwrap_err(), &call, "reading the answer");
    names(&post().text().unwrap_err(), &call, "reading the answer");
}
