//! Credentials with characters that mean something where they are sent.

use emulations::Multiauth;
use evergrant_testing::{ApiServer, RecordedRequest};
use multiauth::{
    ApiHeaderCredentials, ApiKeyCredentials, BasicAuthCredentials, BuildError, Client, ClientBuilder,
    CustomAuthCredentials, OAuthBearerTokenCredentials, OAuthCcgCredentials,
};

use crate::common::bare;
use crate::schemes::Operation;

/// What an API would receive that lets everybody in.
async fn sent(operation: Operation, change: impl FnOnce(ClientBuilder) -> ClientBuilder) -> RecordedRequest {
    let api = ApiServer::open();
    let client = change(Client::builder().base_url(api.url("/"))).build().unwrap();
    let _ = operation.call(&client).await;
    let mut requests = api.requests();
    assert_eq!(requests.len(), 1);
    requests.remove(0)
}

#[tokio::test]
async fn keys_in_the_query_arrive_as_they_are() {
    let keys = ["a b&api-key=c#d?e", "ü/+%20'\"\\"];
    let credentials = ApiKeyCredentials::new(keys[0], keys[1]);
    let change = |builder: ClientBuilder| builder.api_key_credentials(credentials);
    let request = sent(Operation::CustomQueryOrHeaderParam, change).await;
    assert_eq!(request.path, "/auth/customQueryOrHeaderParam");
    assert_eq!(request.query_value("token").as_deref(), Some(keys[0]));
    assert_eq!(request.query_value("api-key").as_deref(), Some(keys[1]));
    assert_eq!(request.query.unwrap().matches('&').count(), 1);
}

#[tokio::test]
async fn passwords_and_keys_in_headers_arrive_as_they_are() {
    let change = |builder: ClientBuilder| {
        builder
            .basic_auth_credentials(BasicAuthCredentials::new("jöhn", "a:b£ c"))
            .api_key_credentials(ApiKeyCredentials::new("a", "b"))
            .api_header_credentials(ApiHeaderCredentials::new("a, b; c=\"d\"", "e~!"))
    };
    let request = sent(Operation::BasicAndApiKeyAndApiHeader, change).await;
    assert_eq!(request.header("authorization"), Some("Basic asO2aG46YTpiwqMgYw=="));
    assert_eq!(request.header("token"), Some("a, b; c=\"d\""));
    assert_eq!(request.header("api-key"), Some("e~!"));
}

#[tokio::test]
async fn a_client_secret_is_encoded_as_the_server_decodes_it() {
    let multiauth = Multiauth::start();
    let secret = "not-a-real: sécret+%20&=/";
    multiauth.auth().rotate_secret(Multiauth::CCG_CLIENT_ID, secret);
    let credentials = OAuthCcgCredentials::new(Multiauth::CCG_CLIENT_ID, secret);
    let client = bare(&multiauth).oauth_ccg_credentials(credentials).build().unwrap();
    assert_eq!(Operation::GetStatus.call(&client).await.unwrap(), "passed");
}

#[test]
fn what_nothing_can_carry_is_an_error_of_the_build_that_does_not_repeat_it() {
    let line = "not-a-real\r\nx-injected: 1";
    let start = Client::builder;
    for (scheme, builder) in [
        (
            "basicAuth",
            start().basic_auth_credentials(BasicAuthCredentials::new("a:b", line)),
        ),
        (
            "basicAuth",
            start().basic_auth_credentials(BasicAuthCredentials::new("a", line)),
        ),
        (
            "basicAuth",
            start().basic_auth_credentials(BasicAuthCredentials::new("", "")),
        ),
        ("apiKey", start().api_key_credentials(ApiKeyCredentials::new("a", ""))),
        (
            "apiHeader",
            start().api_header_credentials(ApiHeaderCredentials::new("a", line)),
        ),
        (
            "apiHeader",
            start().api_header_credentials(ApiHeaderCredentials::new("", "b")),
        ),
        (
            "apiHeader",
            start().api_header_credentials(ApiHeaderCredentials::new("not-a-real-kéy", "b")),
        ),
        (
            "apiHeader",
            start().api_header_credentials(ApiHeaderCredentials::new(" not-a-real-key", "b")),
        ),
        (
            "CustomAuth",
            start().custom_auth_credentials(CustomAuthCredentials::new(line)),
        ),
        (
            "OAuthBearerToken",
            start().oauth_bearer_token_credentials(OAuthBearerTokenCredentials::new(line)),
        ),
        (
            "OAuthBearerToken",
            start().oauth_bearer_token_credentials(OAuthBearerTokenCredentials::new("")),
        ),
    ] {
        let error = builder.build().unwrap_err();
        assert!(
            matches!(&error, BuildError::InvalidScheme { scheme: named, .. } if named == scheme),
            "{scheme}: {error}"
        );
        assert!(!format!("{error} {error:?}").contains("not-a-real"));
    }
    let nobody = start().oauth_ccg_credentials(OAuthCcgCredentials::new("", "not-a-real-secret"));
    assert_eq!(nobody.build().unwrap_err(), BuildError::EmptyClientId);
}

#[tokio::test]
async fn a_slash_more_or_a_path_before_the_apis_is_no_matter() {
    let multiauth = Multiauth::start();
    let credentials = OAuthCcgCredentials::new(Multiauth::CCG_CLIENT_ID, Multiauth::CCG_CLIENT_SECRET);
    let builder = Client::builder()
        .base_url(multiauth.api_url() + "/")
        .auth_server_url(multiauth.auth_url() + "/")
        .oauth_ccg_credentials(credentials);
    assert_eq!(
        Operation::GetStatus.call(&builder.build().unwrap()).await.unwrap(),
        "passed"
    );

    let api = ApiServer::open();
    let client = Client::builder().base_url(api.url("/gateway/v1")).build().unwrap();
    let _ = Operation::NoAuth.call(&client).await;
    assert_eq!(api.requests()[0].path, "/gateway/v1/auth/noAuth");
}
