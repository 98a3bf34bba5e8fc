//! The servers, tested with plain reqwest.

use std::time::Duration;

use evergrant_testing::{ApiServer, AuthServer, Fault, ManualClock, MockResponse};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::Value;

const ID: &str = "svc special+%";
const SECRET: &str = "a+b%2Fc/d:e f&g=h~\"!";

fn server() -> AuthServer {
    AuthServer::builder()
        .client(ID, SECRET)
        .scopes(&["books.read", "orders.read"])
        .start()
}

fn request(auth: &AuthServer, extra: &[(&str, &str)]) -> RequestBuilder {
    let mut form = vec![
        ("grant_type", "client_credentials"),
        ("client_id", ID),
        ("client_secret", SECRET),
    ];
    form.extend_from_slice(extra);
    Client::new().post(auth.token_url()).form(&form)
}

async fn code(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    let body: Value = response.json().await.unwrap();
    (status, body["error"].as_str().unwrap_or_default().to_owned())
}

async fn token(auth: &AuthServer) -> String {
    let body: Value = request(auth, &[]).send().await.unwrap().json().await.unwrap();
    body["access_token"].as_str().unwrap().to_owned()
}

async fn status(api: &ApiServer, path: &str, token: &str) -> u16 {
    Client::new()
        .get(api.url(path))
        .bearer_auth(token)
        .send()
        .await
        .unwrap()
        .status()
        .as_u16()
}

#[tokio::test]
async fn credentials_are_accepted_in_the_form_and_in_the_header() {
    let auth = server();
    let response = request(&auth, &[("scope", "books.read")]).send().await.unwrap();
    assert_eq!(response.headers()["cache-control"], "no-store");
    let body: Value = response.json().await.unwrap();
    assert_eq!(
        (&body["token_type"], &body["expires_in"], &body["scope"]),
        (&"Bearer".into(), &3600.into(), &"books.read".into())
    );

    let basic = "Basic c3ZjJTIwc3BlY2lhbCUyQiUyNTphJTJCYiUyNTJGYyUyRmQlM0FlJTIwZiUyNmclM0RofiUyMiUyMQ==";
    let form = [("grant_type", "client_credentials")];
    let send = |value: &str| {
        Client::new()
            .post(auth.token_url())
            .header("authorization", value)
            .form(&form)
            .send()
    };
    assert_eq!(send(basic).await.unwrap().status(), 200);
    assert_eq!(
        code(send("Basic c3ZjIHNwZWNpYWwrJTph").await.unwrap()).await,
        (400, "invalid_request".to_owned()),
        "unencoded credentials"
    );
    assert_eq!(
        code(send("basic Zm9vOmJhcg==").await.unwrap()).await,
        (400, "invalid_request".to_owned())
    );
    assert_eq!(
        code(send("Basic Zm9vOmJhcg==").await.unwrap()).await,
        (401, "invalid_client".to_owned())
    );
}

#[tokio::test]
async fn invalid_requests_get_the_errors_of_the_rfc() {
    let auth = server();
    let http = Client::new();
    let post = |form: &[(&str, &str)]| http.post(auth.token_url()).form(form).send();
    let known = [("client_id", ID), ("client_secret", SECRET)];
    for (form, expected) in [
        (
            vec![
                ("grant_type", "client_credentials"),
                ("client_id", ID),
                ("client_secret", "wrong"),
            ],
            (401, "invalid_client"),
        ),
        (
            vec![("grant_type", "client_credentials"), ("client_id", "nobody")],
            (401, "invalid_client"),
        ),
        (vec![("grant_type", "client_credentials")], (401, "invalid_client")),
        (known.to_vec(), (400, "invalid_request")),
        (
            [&known[..], &[("grant_type", "password")]].concat(),
            (400, "unsupported_grant_type"),
        ),
        (
            [&known[..], &[("grant_type", "client_credentials"), ("scope", "admin")]].concat(),
            (400, "invalid_scope"),
        ),
        (
            [&known[..], &[("grant_type", "a"), ("grant_type", "b")]].concat(),
            (400, "invalid_request"),
        ),
    ] {
        let (status, code) = code(post(&form).await.unwrap()).await;
        assert_eq!((status, code.as_str()), expected);
    }
    assert_eq!(http.get(auth.token_url()).send().await.unwrap().status(), 405);
    let json = http.post(auth.token_url()).json(&["no form"]).send().await.unwrap();
    assert_eq!(code(json).await.0, 400);
    assert_eq!(auth.tokens_granted(), 0);
}

#[tokio::test]
async fn tokens_are_checked_introspected_and_revoked() {
    let clock = ManualClock::new();
    let auth = AuthServer::builder()
        .client(ID, SECRET)
        .clock(&clock)
        .lifetime(Duration::from_secs(60))
        .start();
    let api = auth.api();
    let token = token(&auth).await;
    let introspect = async |token: &str| {
        let form = [("client_id", ID), ("client_secret", SECRET), ("token", token)];
        Client::new()
            .post(auth.url("/introspect"))
            .form(&form)
            .send()
            .await
            .unwrap()
            .json::<Value>()
            .await
            .unwrap()
    };
    assert_eq!(status(&api, "/books", &token).await, 200);
    assert_eq!(status(&api, "/books", "made-up").await, 401);
    assert_eq!(introspect(&token).await["active"], true);
    clock.advance(Duration::from_secs(60));
    assert_eq!(status(&api, "/books", &token).await, 401);
    assert_eq!(introspect(&token).await["active"], false);

    let second = self::token(&auth).await;
    let form = [("client_id", ID), ("client_secret", SECRET), ("token", &second)];
    assert_eq!(
        Client::new()
            .post(auth.url("/revoke"))
            .form(&form)
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    assert_eq!(status(&api, "/books", &second).await, 401);
    let metadata = Client::new()
        .get(auth.url("/.well-known/oauth-authorization-server"))
        .send()
        .await
        .unwrap();
    assert_eq!(
        metadata.json::<Value>().await.unwrap()["token_endpoint"],
        auth.token_url()
    );
}

#[tokio::test]
async fn the_built_in_paths_respond_as_documented() {
    let auth = server();
    let api = auth.api();
    let token = token(&auth).await;
    for (path, expected) in [
        ("/v1/books", 200),
        ("/status/418", 418),
        ("/always-401", 401),
        ("/needs/books.read", 403),
        ("/x", 200),
    ] {
        assert_eq!(status(&api, path, &token).await, expected, "{path}");
    }
    api.reject_next(1);
    assert_eq!(status(&api, "/books", &token).await, 401);
    assert_eq!(status(&api, "/books", &token).await, 200);
    api.next(MockResponse::new(503));
    assert_eq!(status(&api, "/books", &token).await, 503);
    let echo = Client::new()
        .post(api.url("/echo"))
        .bearer_auth(&token)
        .body("hello")
        .send()
        .await
        .unwrap();
    assert_eq!(echo.text().await.unwrap(), "hello");
    assert_eq!(status(&ApiServer::unprotected(), "/books", "anything").await, 200);
}

#[tokio::test]
async fn faults_apply_once_or_until_recovery() {
    let auth = server();
    auth.next(Fault::Disconnect);
    request(&auth, &[]).send().await.unwrap_err();
    auth.next(Fault::Truncated);
    request(&auth, &[]).send().await.unwrap().bytes().await.unwrap_err();
    auth.next(Fault::Oversized);
    assert!(request(&auth, &[]).send().await.unwrap().bytes().await.unwrap().len() > 1024 * 1024);
    auth.next(Fault::Hang);
    let hanging = request(&auth, &[])
        .timeout(Duration::from_millis(50))
        .send()
        .await
        .unwrap_err();
    assert!(hanging.is_timeout());
    auth.next(Fault::Latency(Duration::from_millis(1)));
    assert_eq!(request(&auth, &[]).send().await.unwrap().status(), 200);
    auth.always(MockResponse::new(429).header("retry-after", "7"));
    for _ in 0..3 {
        assert_eq!(request(&auth, &[]).send().await.unwrap().headers()["retry-after"], "7");
    }
    auth.recover();
    assert_eq!(request(&auth, &[]).send().await.unwrap().status(), 200);
    assert_eq!((auth.token_requests(), auth.tokens_granted()), (9, 2));
    assert_eq!(
        auth.failed_token_requests(),
        5,
        "one dropped, one hanging, and three with 429"
    );
}

#[tokio::test]
async fn secrets_and_responses_can_be_changed() {
    let auth = server();
    auth.rotate_secret(ID, "next");
    assert_eq!(request(&auth, &[]).send().await.unwrap().status(), 401);
    auth.rotate_secret(ID, SECRET);
    auth.respond_with("expires_in", "\"12\"");
    auth.respond_without("token_type");
    let body: Value = request(&auth, &[]).send().await.unwrap().json().await.unwrap();
    assert!(body["expires_in"] == "12" && body.get("token_type").is_none());
}

#[tokio::test]
async fn a_stopped_server_refuses_connections_and_restarts_on_its_port() {
    let auth = server();
    let api = auth.api();
    let token = token(&auth).await;
    auth.stop();
    assert!(request(&auth, &[]).send().await.unwrap_err().is_connect());
    assert_eq!(status(&api, "/books", &token).await, 200, "tokens are kept");
    auth.restart();
    auth.restart();
    assert_eq!(request(&auth, &[]).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn held_requests_wait_for_the_release() {
    let auth = server();
    let hold = auth.hold();
    let call = tokio::spawn(request(&auth, &[]).send());
    auth.wait_for_token_requests(1).await;
    assert!(auth.requests()[0].status.is_none() && !call.is_finished());
    hold.release();
    assert_eq!(call.await.unwrap().unwrap().status(), 200);
}

#[tokio::test]
async fn a_thousand_concurrent_requests_succeed() {
    let auth = server();
    let http = Client::new();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", ID),
        ("client_secret", SECRET),
    ];
    let calls: Vec<_> = (0..1000)
        .map(|_| tokio::spawn(http.post(auth.token_url()).form(&form).send()))
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap().status(), 200);
    }
    assert_eq!(auth.tokens_granted(), 1000);
}

#[tokio::test]
async fn debug_output_has_no_secret_and_dropping_the_handle_stops_the_server() {
    let builder = AuthServer::builder().client("me", "not-a-real-secret");
    assert!(!format!("{builder:?}").contains("not-a-real-secret"));
    let auth = server();
    token(&auth).await;
    assert!(!format!("{auth:?} {:?}", auth.requests()).contains("a+b"));
    let url = auth.token_url();
    drop(auth);
    assert!(Client::new().post(url).send().await.unwrap_err().is_connect());
}
