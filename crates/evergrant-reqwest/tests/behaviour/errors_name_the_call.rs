//! Every error of a call names its method and URL, without the parts of the URL that may be secret.

use std::time::Duration;

use evergrant::scheme::OAuth;
use evergrant::{ClientCredentials, Requirement, TokenManager, TokenManagerBuilder};
use evergrant_reqwest::{Client, Error, Transport};
use evergrant_testing::{ApiServer, AuthServer, Fault, MockResponse};

const QUERY: &str = "?key=hush#hush";

fn builder(auth: &AuthServer) -> TokenManagerBuilder {
    ClientCredentials::builder("shop", "not-a-real-secret")
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
fn assert_names_call(error: &Error, call: &str, why: &str) {
    for shown in [error.to_string(), format!("{error:?}"), format!("{error:#?}")] {
        assert!(shown.contains(call) && shown.contains(why), "{shown}");
        assert!(!shown.contains("hush") && !shown.contains('\n'), "{shown}");
        assert!(!shown.contains(&format!("{call}: {call}")), "{shown}");
    }
    assert!(format!("{error:?}").starts_with(&error.to_string()));
}

#[tokio::test]
async fn every_error_names_the_call() {
    let auth = AuthServer::builder().client("shop", "not-a-real-secret").start();
    let api = auth.api();
    let path = format!("books{QUERY}");
    let call = format!("PUT {}", api.url("/v1/books"));
    let put = |client: &Client| client.request(reqwest::Method::PUT, &path);

    let authorized = client(tokens(&auth), &api);
    for (fault, why) in [
        (Fault::from(MockResponse::new(403)), "renew_when"),
        (MockResponse::new(500).into(), "500"),
        (
            MockResponse::new(302).header("location", "/v1/books").into(),
            "more than ten times",
        ),
        (Fault::Disconnect, "failed"),
        (Fault::Hang, "failed"),
    ] {
        api.always(fault);
        let error = put(&authorized)
            .timeout(Duration::from_millis(300))
            .send_ok()
            .await
            .unwrap_err();
        assert_names_call(&error, &call, why);
        api.recover();
    }
    assert_names_call(
        &put(&authorized).header("x-key", "hush\n").send().await.unwrap_err(),
        &call,
        "header",
    );
    assert_names_call(
        &put(&authorized)
            .header("authorization", "hush")
            .send()
            .await
            .unwrap_err(),
        &call,
        "already has",
    );
    assert_names_call(
        &authorized.get("../hush").send().await.unwrap_err(),
        "GET below http://",
        "cannot be used",
    );
    let elsewhere = authorized
        .get(format!("https://api.example.org/x{QUERY}"))
        .send()
        .await
        .unwrap_err();
    assert_names_call(&elsewhere, "GET https://api.example.org/x", "allow_origin");
    let named = authorized
        .get(format!("https://api.example.org/hush{QUERY}"))
        .call_name("GET /patients/{id}");
    assert_names_call(&named.send().await.unwrap_err(), "GET /patients/{id}", "allow_origin");

    let unmet = Requirement::of(OAuth::new("oauth")).build().unwrap();
    assert_names_call(&put(&client(unmet, &api)).send().await.unwrap_err(), &call, "`oauth`");
    let manual = builder(&auth).manual().build(Transport::default()).unwrap();
    assert_names_call(
        &put(&client(manual, &api)).send().await.unwrap_err(),
        &call,
        "fetch_token()",
    );
    let sealed = builder(&auth).token_provider(|_, _| async { Err(evergrant::Error::provider("sealed")) });
    let sealed = client(sealed.build(Transport::default()).unwrap(), &api);
    assert_names_call(&put(&sealed).send().await.unwrap_err(), &call, "sealed");

    // Two calls wait for one token, and each error names its own call.
    auth.always(MockResponse::new(401).json(r#"{"error":"invalid_client","error_description":"unknown"}"#));
    let rejected = client(tokens(&auth), &api);
    let (one, other) = tokio::join!(put(&rejected).send(), rejected.get("orders").send());
    assert_names_call(&one.unwrap_err(), &call, "invalid_client (unknown)");
    assert_names_call(
        &other.unwrap_err(),
        &format!("GET {}", api.url("/v1/orders")),
        "invalid_client (unknown)",
    );
    auth.stop();
    assert_names_call(
        &put(&client(tokens(&auth), &api)).send().await.unwrap_err(),
        &call,
        "could not connect",
    );

    let gone = ApiServer::unprotected();
    let url = gone.url(&format!("/books{QUERY}"));
    let open = client(Requirement::none(), &gone);
    let call = format!("GET {}", gone.url("/books"));
    drop(gone);
    assert_names_call(&open.get(&url).send().await.unwrap_err(), &call, "failed");
}

#[cfg(feature = "blocking")]
#[test]
fn blocking_body_errors_name_the_call() {
    let api = ApiServer::unprotected();
    let client = evergrant_reqwest::blocking::Client::builder(Requirement::none())
        .base_url(api.url("/"))
        .build()
        .unwrap();
    let call = format!("POST {}", api.url("/books"));
    let post = || client.post(format!("books{QUERY}")).send().unwrap();
    api.always(MockResponse::new(200).body("hush"));
    assert_names_call(&post().json::<Vec<u8>>().unwrap_err(), &call, "not the expected JSON");
    api.always(Fault::Truncated);
    assert_names_call(&post().bytes().unwrap_err(), &call, "reading the response");
    assert_names_call(&post().text().unwrap_err(), &call, "reading the response");
}
