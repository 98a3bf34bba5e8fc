//! Credentials with special characters.

use emulations::Multiauth;
use evergrant_testing::{ApiServer, RecordedRequest};
use multiauth::{
    ApiHeaderCredentials, ApiKeyCredentials, BasicAuthCredentials, BuildError, Client, ClientBuilder,
    CustomAuthCredentials, OAuthBearerTokenCredentials, OAuthCcgCredentials,
};

use crate::common::builder;
use crate::schemes::Operation;

/// Returns the request that an API without authentication receives.
async fn sent_request(operation: Operation, change: impl FnOnce(ClientBuilder) -> ClientBuilder) -> RecordedRequest {
    let api = ApiServer::unprotected();
    let client = change(Client::builder().base_url(api.url("/"))).build().unwrap();
    let _ = operation.call(&client).await;
    let mut requests = api.requests();
    assert_eq!(requests.len(), 1);
    requests.remove(0)
}

#[tokio::test]
async fn keys_in_the_query_arrive_unchanged() {
    let keys = ["a b&api-key=c#d?e", "ü/+%20'\"\\"];
    let credentials = ApiKeyCredentials::new(keys[0], keys[1]);
    let change = |builder: ClientBuilder| builder.api_key_credentials(credentials);
    let request = sent_request(Operation::CustomQueryOrHeaderParam, change).await;
    assert_eq!(request.path, "/auth/customQueryOrHeaderParam");
    assert_eq!(request.query_value("token").as_deref(), Some(keys[0]));
    assert_eq!(request.query_value("api-key").as_deref(), Some(keys[1]));
    assert_eq!(request.query.unwrap().matches('&').count(), 1);
}

#[tokio::test]
async fn passwords_and_keys_in_headers_arrive_unchanged() {
    let change = |builder: ClientBuilder| {
        builder
            .basic_auth_credentials(BasicAuthCredentials::new("jöhn", "a:b£ c"))
            .api_key_credentials(ApiKeyCredentials::new("a", "b"))
            .api_header_credentials(ApiHeaderCredentials::new("a, b; c=\"d\"", "e~!"))
    };
    let request = sent_request(Operation::BasicAndApiKeyAndApiHeader, change).await;
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
    let client = builder(&multiauth).oauth_ccg_credentials(credentials).build().unwrap();
    assert_eq!(Operation::GetStatus.call(&client).await.unwrap(), "passed");
}

#[test]
fn credentials_that_cannot_be_encoded_are_a_build_error_without_the_value() {
    let multiline = "not-a-real\r\nx-injected: 1";
    let start = Client::builder;
    for (scheme, builder) in [
        (
            "basicAuth",
            start().basic_auth_credentials(BasicAuthCredentials::new("a:b", multiline)),
        ),
        (
            "basicAuth",
            start().basic_auth_credentials(BasicAuthCredentials::new("a", multiline)),
        ),
        (
            "basicAuth",
            start().basic_auth_credentials(BasicAuthCredentials::new("", "")),
        ),
        ("apiKey", start().api_key_credentials(ApiKeyCredentials::new("a", ""))),
        (
            "apiHeader",
            start().api_header_credentials(ApiHeaderCredentials::new("a", multiline)),
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
            start().custom_auth_credentials(CustomAuthCredentials::new(multiline)),
        ),
        (
            "OAuthBearerToken",
            start().oauth_bearer_token_credentials(OAuthBearerTokenCredentials::new(multiline)),
        ),
        (
            "OAuthBearerToken",
            start().oauth_bearer_token_credentials(OAuthBearerTokenCredentials::new("")),
        ),
    ] {
        let error = builder.build().unwrap_err();
        assert!(
            matches!(&error, BuildError::InvalidScheme { scheme: actual, .. } if actual == scheme),
            "{scheme}: {error}"
        );
        assert!(!format!("{error} {error:?}").contains("not-a-real"));
    }
    let empty_id = start().oauth_ccg_credentials(OAuthCcgCredentials::new("", "not-a-real-secret"));
    assert_eq!(empty_id.build().unwrap_err(), BuildError::EmptyClientId);
}

#[tokio::test]
async fn a_base_url_may_have_a_trailing_slash_or_a_path() {
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

    let api = ApiServer::unprotected();
    let client = Client::builder().base_url(api.url("/gateway/v1")).build().unwrap();
    let _ = Operation::NoAuth.call(&client).await;
    assert_eq!(api.requests()[0].path, "/gateway/v1/auth/noAuth");
}
