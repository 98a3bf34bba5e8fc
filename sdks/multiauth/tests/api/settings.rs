//! Time limits, headers, and the HTTP client underneath.

use std::time::Duration;

use emulations::Multiauth;
use evergrant_sdk::http::{HeaderMap, HeaderName, HeaderValue};
use evergrant_sdk::reqwest;
use evergrant_testing::{Answer, ApiServer, Fault};
use multiauth::{ClientBuilder, Error};

use crate::common::{bare, last_call, with};
use crate::schemes::{Operation, Scheme};

const SHORT: Duration = Duration::from_millis(30);
const HOP: HeaderName = HeaderName::from_static("x-hop");

#[track_caller]
fn assert_timed_out<E>(error: &Error<E>) {
    match error {
        Error::Http(error) => assert!(error.is_timeout() && !error.is_connect(), "{error}"),
        other => panic!("{other}"),
    }
    assert!(error.is_retryable());
}

#[tokio::test]
async fn the_clients_limit_ends_a_call_that_hangs() {
    let multiauth = Multiauth::start();
    let client = bare(&multiauth).timeout(SHORT).build().unwrap();
    multiauth.api().next(Fault::Hang);
    let failure = Operation::NoAuth.call(&client).await.unwrap_err();
    assert_timed_out(&failure.error);
    let message = failure.error.to_string();
    assert!(
        message.starts_with("GET /auth/noAuth at http://127.0.0.1:")
            && message.contains(" failed: its time limit passed"),
        "{message}"
    );
}

#[tokio::test]
async fn a_call_may_have_a_limit_of_its_own_or_none() {
    let multiauth = Multiauth::start();
    let patient = bare(&multiauth).timeout(Duration::ZERO).build().unwrap();
    let hasty = bare(&multiauth).timeout(SHORT).build().unwrap();
    multiauth.api().latency(5 * SHORT);
    let plain = |client: &multiauth::Client| client.authentication().no_auth();
    assert_timed_out(&plain(&hasty).send().await.unwrap_err());
    assert_timed_out(&plain(&patient).timeout(SHORT).send().await.unwrap_err());
    plain(&patient).send().await.unwrap();
    plain(&hasty).timeout(Duration::ZERO).send().await.unwrap();
}

#[tokio::test]
async fn headers_go_to_the_api_and_never_to_the_token_endpoint() {
    let multiauth = Multiauth::start();
    let name = HeaderName::from_static("x-tenant");
    let all = HeaderValue::from_static("seven");
    let builder = Scheme::Ccg.give(bare(&multiauth)).header(name.clone(), all);
    let client = builder.build().unwrap();
    Operation::GetStatus.call(&client).await.unwrap();
    let request = last_call(&multiauth);
    assert_eq!(request.header("x-tenant"), Some("seven"));
    assert_eq!(request.header("user-agent"), Some("multiauth/1.0.0"));
    assert_eq!(request.header("accept"), Some("application/json"));
    assert_eq!(multiauth.auth().last_token_request().header("x-tenant"), None);

    let call = client.oauth_authorization().get_status();
    call.header(name, HeaderValue::from_static("eight"))
        .send()
        .await
        .unwrap();
    let request = last_call(&multiauth);
    let sent: Vec<_> = request.headers.get_all("x-tenant").iter().collect();
    assert_eq!(sent, ["eight"]);
}

#[tokio::test]
async fn texts_are_asked_for_as_texts() {
    let multiauth = Multiauth::start();
    let client = with(&multiauth, &[Scheme::Custom]);
    let answer = client.authentication().custom_authentication().send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.as_str()), (200, "passed"));
    assert_eq!(answer.headers()["content-type"], "text/plain");
    assert_eq!(last_call(&multiauth).header("accept"), Some("text/plain"));
}

#[tokio::test]
async fn an_http_client_of_the_applications_own_carries_calls_and_token_requests() {
    let multiauth = Multiauth::start();
    let headers = || -> HeaderMap { [(HOP, HeaderValue::from_static("yes"))].into_iter().collect() };
    let finished = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none());
    let finished = finished.default_headers(headers()).build().unwrap();
    let changes: [Box<dyn FnOnce(ClientBuilder) -> ClientBuilder>; 2] = [
        Box::new(|builder| builder.http(move |http| http.default_headers(headers()))),
        Box::new(|builder| builder.danger_http_client(finished)),
    ];
    for change in changes {
        let client = change(Scheme::Ccg.give(bare(&multiauth))).build().unwrap();
        Operation::GetStatus.call(&client).await.unwrap();
        assert_eq!(last_call(&multiauth).header("x-hop"), Some("yes"));
        assert_eq!(multiauth.auth().last_token_request().header("x-hop"), Some("yes"));
    }
}

#[tokio::test]
async fn a_redirect_to_a_stranger_takes_no_credentials_along() {
    let multiauth = Multiauth::start();
    let stranger = ApiServer::open();
    let client = with(&multiauth, &Scheme::ALL);
    let redirect = || Answer::new(302).header("location", &stranger.url("/elsewhere"));
    let operations = [
        Operation::OAuthBearerToken,
        Operation::CustomAuthentication,
        Operation::CustomQueryOrHeaderParam,
        Operation::BasicAndApiKeyAndApiHeader,
        Operation::GetStatus,
    ];
    for operation in operations {
        multiauth.api().next(redirect());
        let _ = operation.call(&client).await;
        let followed = stranger.requests().pop().unwrap();
        for name in ["authorization", "accesstoken", "token", "api-key"] {
            assert_eq!(followed.header(name), None, "{operation:?}: {name}");
        }
        assert_eq!(followed.query, None, "{operation:?}");
    }
    assert_eq!(stranger.requests().len(), operations.len());

    let trusting = client
        .with_configuration(|builder| builder.allow_origin(stranger.url("")))
        .unwrap();
    multiauth.api().next(redirect());
    let _ = Operation::CustomAuthentication.call(&trusting).await;
    assert_eq!(
        stranger.requests().pop().unwrap().header("accesstoken"),
        Some(Multiauth::ACCESS_TOKEN)
    );
}

#[tokio::test]
async fn a_redirect_within_the_api_takes_them_along() {
    let multiauth = Multiauth::start();
    let client = with(&multiauth, &Scheme::ALL);
    for (operation, path) in [
        (Operation::CustomAuthentication, "/auth/customAuthentication"),
        (Operation::CustomQueryOrHeaderParam, "/auth/customQueryOrHeaderParam"),
        (
            Operation::BasicAndApiKeyAndApiHeader,
            "/auth/basicAndApiKeyAndApiHeader",
        ),
    ] {
        multiauth.api().next(Answer::new(307).header("location", path));
        assert_eq!(operation.call(&client).await.unwrap(), "passed");
    }
    assert_eq!(multiauth.api_requests().len(), 6);
}
