//! Wrong credentials, which the API or its authorization server rejects.

use emulations::Multiauth;
use evergrant_sdk::http::StatusCode;
use multiauth::{
    ApiHeaderCredentials, ApiKeyCredentials, BasicAuthCredentials, Client, ClientBuilder, CustomAuthCredentials, Error,
    OAuthBearerTokenCredentials, OAuthCcgCredentials, OAuthProviderError, OAuthRopcgCredentials, Token,
};

use crate::common::{builder, client_with, sign_in};
use crate::schemes::{Operation, Scheme, ccg};

const WRONG: &str = "not-a-real-wrong-value";

/// Asserts that the API returns 401 with this text, that it is called once, and that the error shows no secret.
async fn assert_api_rejects(multiauth: &Multiauth, client: &Client, operation: Operation, message: &str) {
    multiauth.api().reset_records();
    let failure = operation.call(client).await.unwrap_err();
    assert_eq!(failure.text.as_deref(), Some(message), "{operation:?}");
    assert_eq!(failure.error.status(), Some(StatusCode::UNAUTHORIZED));
    let Error::Api(error) = &failure.error else {
        panic!("{}", failure.error);
    };
    assert_eq!(error.body(), message.as_bytes());
    assert!(!error.is_retryable());
    assert!(!format!("{error} {error:?}").contains("not-a-real"));
    assert_eq!(multiauth.api_requests().len(), 1, "these credentials cannot be renewed");
}

/// Returns a client with correct credentials for these schemes and one change.
fn changed_client(
    multiauth: &Multiauth,
    schemes: &[Scheme],
    change: impl FnOnce(ClientBuilder) -> ClientBuilder,
) -> Client {
    client_with(multiauth, schemes).with_configuration(change).unwrap()
}

#[tokio::test]
async fn a_wrong_bearer_token_or_custom_header_is_rejected() {
    let multiauth = Multiauth::start();
    let bearer = OAuthBearerTokenCredentials::new(WRONG);
    let bearer = changed_client(&multiauth, &[], |builder| {
        builder.oauth_bearer_token_credentials(bearer)
    });
    let custom = CustomAuthCredentials::new(WRONG);
    let custom = changed_client(&multiauth, &[], |builder| builder.custom_auth_credentials(custom));
    let (unknown, wrong) = ("the bearer token is not known", "the header accessToken is wrong");
    assert_api_rejects(&multiauth, &bearer, Operation::OAuthBearerToken, unknown).await;
    assert_api_rejects(&multiauth, &custom, Operation::CustomAuthentication, wrong).await;
    let message = "there is no valid access token; the bearer token is not known";
    assert_api_rejects(&multiauth, &bearer, Operation::OAuthOrCombination, message).await;
    let message = "the header accessToken is wrong; the bearer token is not known; the name or the password is wrong";
    assert_api_rejects(&multiauth, &bearer, Operation::MultipleAuthCombination, message).await;
    let message = "the header accessToken is wrong; there is no bearer token; the name or the password is wrong";
    assert_api_rejects(&multiauth, &custom, Operation::MultipleAuthCombination, message).await;
}

#[tokio::test]
async fn a_rejection_causes_no_fallback_to_another_alternative() {
    let multiauth = Multiauth::start();
    let wrong = CustomAuthCredentials::new(WRONG);
    let others = [Scheme::Bearer, Scheme::Basic, Scheme::Query, Scheme::Header];
    let client = changed_client(&multiauth, &others, |builder| {
        builder.custom_auth_credentials(wrong).with_fallback()
    });
    let message = "the header accessToken is wrong; there is no bearer token; the name or the password is wrong";
    assert_api_rejects(&multiauth, &client, Operation::MultipleAuthCombination, message).await;
}

#[tokio::test]
async fn a_wrong_key_in_the_query_or_the_headers_is_rejected() {
    let multiauth = Multiauth::start();
    let message = "the keys in the query are wrong; the keys in the headers are wrong";
    for keys in [[WRONG, Multiauth::QUERY_API_KEY], [Multiauth::QUERY_TOKEN, WRONG]] {
        let keys = ApiKeyCredentials::new(keys[0], keys[1]);
        let client = changed_client(&multiauth, &[], |builder| builder.api_key_credentials(keys));
        assert_api_rejects(&multiauth, &client, Operation::CustomQueryOrHeaderParam, message).await;
    }
    for keys in [[WRONG, Multiauth::HEADER_API_KEY], [Multiauth::HEADER_TOKEN, WRONG]] {
        let keys = ApiHeaderCredentials::new(keys[0], keys[1]);
        let client = changed_client(&multiauth, &[], |builder| builder.api_header_credentials(keys));
        assert_api_rejects(&multiauth, &client, Operation::CustomQueryOrHeaderParam, message).await;
    }
}

#[tokio::test]
async fn each_wrong_value_of_a_combination_is_rejected() {
    let multiauth = Multiauth::start();
    let three = [Scheme::Basic, Scheme::Query, Scheme::Header];
    let basic = |user, password| {
        let credentials = BasicAuthCredentials::new(user, password);
        changed_client(&multiauth, &three, |builder| {
            builder.basic_auth_credentials(credentials)
        })
    };
    let query = |token, key| {
        let credentials = ApiKeyCredentials::new(token, key);
        changed_client(&multiauth, &three, |builder| builder.api_key_credentials(credentials))
    };
    let header = |token, key| {
        let credentials = ApiHeaderCredentials::new(token, key);
        changed_client(&multiauth, &three, |builder| {
            builder.api_header_credentials(credentials)
        })
    };
    for (client, message) in [
        (
            basic(WRONG, Multiauth::BASIC_PASSWORD),
            "the name or the password is wrong",
        ),
        (
            basic(Multiauth::BASIC_USERNAME, WRONG),
            "the name or the password is wrong",
        ),
        (
            query(WRONG, Multiauth::QUERY_API_KEY),
            "the keys in the query are wrong",
        ),
        (query(Multiauth::QUERY_TOKEN, WRONG), "the keys in the query are wrong"),
        (
            header(WRONG, Multiauth::HEADER_API_KEY),
            "the keys in the headers are wrong",
        ),
        (
            header(Multiauth::HEADER_TOKEN, WRONG),
            "the keys in the headers are wrong",
        ),
    ] {
        assert_api_rejects(&multiauth, &client, Operation::BasicAndApiKeyAndApiHeader, message).await;
        let message = format!("the header accessToken is wrong; there is no bearer token; {message}");
        assert_api_rejects(&multiauth, &client, Operation::MultipleAuthCombination, &message).await;
    }
}

/// Asserts that the authorization server rejects the token request, and that the API is not called.
async fn assert_token_request_rejected(multiauth: &Multiauth, client: &Client, operation: Operation, code: &str) {
    let failure = operation.call(client).await.unwrap_err();
    let Error::OAuthProvider(rejection) = &failure.error else {
        panic!("{}", failure.error);
    };
    let rejection: &OAuthProviderError = rejection;
    assert_eq!(rejection.code(), Some(code));
    assert!(rejection.status().is_client_error() && !rejection.is_retryable());
    assert!(!format!("{rejection} {rejection:?}").contains("not-a-real"));
    assert!(multiauth.api_requests().is_empty());
}

#[tokio::test]
async fn a_wrong_client_id_or_secret_is_rejected() {
    let multiauth = Multiauth::start();
    for (id, secret) in [
        (Multiauth::CCG_CLIENT_ID, WRONG),
        ("nobody", Multiauth::CCG_CLIENT_SECRET),
    ] {
        let credentials = OAuthCcgCredentials::new(id, secret);
        let client = builder(&multiauth).oauth_ccg_credentials(credentials).build().unwrap();
        assert_token_request_rejected(&multiauth, &client, Operation::GetStatus, "invalid_client").await;
        assert_token_request_rejected(&multiauth, &client, Operation::OAuthOrCombination, "invalid_client").await;
    }
    assert_eq!(multiauth.auth().token_requests(), 2, "the rejection is cached");
}

#[tokio::test]
async fn each_wrong_value_of_the_password_grant_is_rejected() {
    let multiauth = Multiauth::start();
    let base = client_with(&multiauth, &[Scheme::Acg]);
    sign_in(&multiauth, &base).await;
    let right = [
        Multiauth::ROPCG_CLIENT_ID,
        Multiauth::ROPCG_CLIENT_SECRET,
        Multiauth::ROPCG_USERNAME,
        Multiauth::ROPCG_PASSWORD,
    ];
    for (wrong, code) in ["invalid_client", "invalid_client", "invalid_grant", "invalid_grant"]
        .iter()
        .enumerate()
    {
        let mut values = right;
        values[wrong] = "nobody";
        let [id, secret, username, password] = values;
        let credentials = OAuthRopcgCredentials::new(id, secret, username, password);
        let client = base.with_configuration(|builder| builder.oauth_ropcg_credentials(credentials));
        assert_token_request_rejected(&multiauth, &client.unwrap(), Operation::GetUser, code).await;
    }
}

#[tokio::test]
async fn in_manual_mode_a_wrong_token_is_not_replaced() {
    let multiauth = Multiauth::start();
    let credentials = ccg().manual().token(Token::new(WRONG));
    let client = builder(&multiauth).oauth_ccg_credentials(credentials).build().unwrap();
    let message = "there is no valid access token";
    assert_api_rejects(&multiauth, &client, Operation::GetStatus, message).await;
    let message = "there is no valid access token; the bearer token is not known";
    let with_token = client.with_configuration(|builder| builder.oauth_ccg_token(Token::new(WRONG)));
    assert_api_rejects(&multiauth, &with_token.unwrap(), Operation::OAuthOrCombination, message).await;
    assert_eq!(multiauth.auth().token_requests(), 0);
}
