//! Time limits, headers, and the HTTP client.

use std::time::Duration;

use emulations::Multiauth;
use evergrant_sdk::http::{HeaderMap, HeaderName, HeaderValue};
use evergrant_sdk::reqwest;
use evergrant_testing::{ApiServer, Fault, MockResponse};
use multiauth::{ClientBuilder, Error};

use crate::common::{builder, client_with, last_call};
use crate::schemes::{Operation, Scheme};

const SHORT: Duration = Duration::from_millis(30);
const CUSTOM_HEADER: HeaderName = HeaderName::from_static("x-custom");

#[track_caller]
fn assert_timed_out<E>(error: &Error<E>) {
    match error {
        Error::Http(error) => assert!(error.is_timeout() && !error.is_connect(), "{error}"),
        other => panic!("{other}"),
    }
    assert!(error.is_retryable());
}

#[tokio::test]
async fn a_call_that_hangs_ends_at_the_time_limit_of_the_client() {
    let multiauth = Multiauth::start();
    let client = builder(&multiauth).timeout(SHORT).build().unwrap();
    multiauth.api().next(Fault::Hang);
    let failure = Operation::NoAuth.call(&client).await.unwrap_err();
    assert_timed_out(&failure.error);
    let message = failure.error.to_string();
    assert!(
        message.starts_with("GET /auth/noAuth at http://127.0.0.1:")
            && message.contains(" failed: the time limit passed"),
        "{message}"
    );
}

#[tokio::test]
async fn a_call_can_have_its_own_time_limit_or_none() {
    let multiauth = Multiauth::start();
    let unlimited = builder(&multiauth).timeout(Duration::ZERO).build().unwrap();
    let impatient = builder(&multiauth).timeout(SHORT).build().unwrap();
    multiauth.api().latency(5 * SHORT);
    let call = |client: &multiauth::Client| client.authentication().no_auth();
    assert_timed_out(&call(&impatient).send().await.unwrap_err());
    assert_timed_out(&call(&unlimited).timeout(SHORT).send().await.unwrap_err());
    call(&unlimited).send().await.unwrap();
    call(&impatient).timeout(Duration::ZERO).send().await.unwrap();
}

#[tokio::test]
async fn headers_are_sent_to_the_api_and_never_to_the_token_endpoint() {
    let multiauth = Multiauth::start();
    let name = HeaderName::from_static("x-tenant");
    let value = HeaderValue::from_static("seven");
    let builder = Scheme::Ccg.configure(builder(&multiauth)).header(name.clone(), value);
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
async fn text_responses_are_requested_as_text() {
    let multiauth = Multiauth::start();
    let client = client_with(&multiauth, &[Scheme::Custom]);
    let response = client.authentication().custom_authentication().send().await.unwrap();
    assert_eq!((response.status().as_u16(), response.as_str()), (200, "passed"));
    assert_eq!(response.headers()["content-type"], "text/plain");
    assert_eq!(last_call(&multiauth).header("accept"), Some("text/plain"));
}

#[tokio::test]
async fn a_custom_http_client_sends_calls_and_token_requests() {
    let multiauth = Multiauth::start();
    let headers = || -> HeaderMap { [(CUSTOM_HEADER, HeaderValue::from_static("yes"))].into_iter().collect() };
    let http_client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none());
    let http_client = http_client.default_headers(headers()).build().unwrap();
    let changes: [Box<dyn FnOnce(ClientBuilder) -> ClientBuilder>; 2] = [
        Box::new(|builder| builder.http(move |http| http.default_headers(headers()))),
        Box::new(|builder| builder.danger_http_client(http_client)),
    ];
    for change in changes {
        let client = change(Scheme::Ccg.configure(builder(&multiauth))).build().unwrap();
        Operation::GetStatus.call(&client).await.unwrap();
        assert_eq!(last_call(&multiauth).header("x-custom"), Some("yes"));
        assert_eq!(multiauth.auth().last_token_request().header("x-custom"), Some("yes"));
    }
}

#[tokio::test]
async fn a_redirect_to_another_origin_carries_no_credentials() {
    let multiauth = Multiauth::start();
    let other_origin = ApiServer::unprotected();
    let client = client_with(&multiauth, &Scheme::ALL);
    let redirect = || MockResponse::new(302).header("location", &other_origin.url("/elsewhere"));
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
        let followed = other_origin.requests().pop().unwrap();
        for name in ["authorization", "accesstoken", "token", "api-key"] {
            assert_eq!(followed.header(name), None, "{operation:?}: {name}");
        }
        assert_eq!(followed.query, None, "{operation:?}");
    }
    assert_eq!(other_origin.requests().len(), operations.len());

    let allowed = client
        .with_configuration(|builder| builder.allow_origin(other_origin.url("")))
        .unwrap();
    multiauth.api().next(redirect());
    let _ = Operation::CustomAuthentication.call(&allowed).await;
    assert_eq!(
        other_origin.requests().pop().unwrap().header("accesstoken"),
        Some(Multiauth::ACCESS_TOKEN)
    );
}

#[tokio::test]
async fn a_redirect_within_the_api_carries_the_credentials() {
    let multiauth = Multiauth::start();
    let client = client_with(&multiauth, &Scheme::ALL);
    for (operation, path) in [
        (Operation::CustomAuthentication, "/auth/customAuthentication"),
        (Operation::CustomQueryOrHeaderParam, "/auth/customQueryOrHeaderParam"),
        (
            Operation::BasicAndApiKeyAndApiHeader,
            "/auth/basicAndApiKeyAndApiHeader",
        ),
    ] {
        multiauth.api().next(MockResponse::new(307).header("location", path));
        assert_eq!(operation.call(&client).await.unwrap(), "passed");
    }
    assert_eq!(multiauth.api_requests().len(), 6);
}
