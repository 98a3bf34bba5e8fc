//! Credentials that the API, or its authorization server, does not accept, one at a time.

use emulations::Multiauth;
use evergrant_sdk::http::StatusCode;
use multiauth::{
    ApiHeaderCredentials, ApiKeyCredentials, BasicAuthCredentials, Client, ClientBuilder, CustomAuthCredentials, Error,
    OAuthBearerTokenCredentials, OAuthCcgCredentials, OAuthProviderError, OAuthRopcgCredentials, Token,
};

use crate::common::{bare, sign_in, with};
use crate::schemes::{Operation, Scheme, ccg};

const WRONG: &str = "not-a-real-wrong-value";

/// The API answers 401 with this text, is not asked again, and nothing of what it was shown comes back in the message.
async fn refused(multiauth: &Multiauth, client: &Client, operation: Operation, why: &str) {
    multiauth.api().reset_records();
    let failure = operation.call(client).await.unwrap_err();
    assert_eq!(failure.text.as_deref(), Some(why), "{operation:?}");
    assert_eq!(failure.error.status(), Some(StatusCode::UNAUTHORIZED));
    let Error::Api(error) = &failure.error else {
        panic!("{}", failure.error);
    };
    assert_eq!(error.body(), why.as_bytes());
    assert!(!error.is_retryable());
    assert!(!format!("{error} {error:?}").contains("not-a-real"));
    assert_eq!(multiauth.api_requests().len(), 1, "nobody can renew these");
}

/// A client with the right credentials for these schemes, but for what is changed.
fn but(multiauth: &Multiauth, schemes: &[Scheme], change: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Client {
    with(multiauth, schemes).with_configuration(change).unwrap()
}

#[tokio::test]
async fn a_wrong_bearer_token_or_custom_header() {
    let multiauth = Multiauth::start();
    let bearer = OAuthBearerTokenCredentials::new(WRONG);
    let bearer = but(&multiauth, &[], |builder| {
        builder.oauth_bearer_token_credentials(bearer)
    });
    let custom = CustomAuthCredentials::new(WRONG);
    let custom = but(&multiauth, &[], |builder| builder.custom_auth_credentials(custom));
    let (unknown, not_right) = ("the bearer token is not known", "the header accessToken is not right");
    refused(&multiauth, &bearer, Operation::OAuthBearerToken, unknown).await;
    refused(&multiauth, &custom, Operation::CustomAuthentication, not_right).await;
    let why = "there is no valid access token; the bearer token is not known";
    refused(&multiauth, &bearer, Operation::OAuthOrCombination, why).await;
    let why =
        "the header accessToken is not right; the bearer token is not known; the name or the password is not right";
    refused(&multiauth, &bearer, Operation::MultipleAuthCombination, why).await;
    let why = "the header accessToken is not right; there is no bearer token; the name or the password is not right";
    refused(&multiauth, &custom, Operation::MultipleAuthCombination, why).await;
}

#[tokio::test]
async fn another_credential_that_would_do_is_no_way_round_a_wrong_one() {
    let multiauth = Multiauth::start();
    let wrong = CustomAuthCredentials::new(WRONG);
    let others = [Scheme::Bearer, Scheme::Basic, Scheme::Query, Scheme::Header];
    let client = but(&multiauth, &others, |builder| {
        builder.custom_auth_credentials(wrong).with_fallback()
    });
    let why = "the header accessToken is not right; there is no bearer token; the name or the password is not right";
    refused(&multiauth, &client, Operation::MultipleAuthCombination, why).await;
}

#[tokio::test]
async fn either_key_in_the_query_or_in_the_headers() {
    let multiauth = Multiauth::start();
    let why = "the keys in the query are not right; the keys in the headers are not right";
    for keys in [[WRONG, Multiauth::QUERY_API_KEY], [Multiauth::QUERY_TOKEN, WRONG]] {
        let keys = ApiKeyCredentials::new(keys[0], keys[1]);
        let client = but(&multiauth, &[], |builder| builder.api_key_credentials(keys));
        refused(&multiauth, &client, Operation::CustomQueryOrHeaderParam, why).await;
    }
    for keys in [[WRONG, Multiauth::HEADER_API_KEY], [Multiauth::HEADER_TOKEN, WRONG]] {
        let keys = ApiHeaderCredentials::new(keys[0], keys[1]);
        let client = but(&multiauth, &[], |builder| builder.api_header_credentials(keys));
        refused(&multiauth, &client, Operation::CustomQueryOrHeaderParam, why).await;
    }
}

#[tokio::test]
async fn each_of_the_six_that_are_needed_together() {
    let multiauth = Multiauth::start();
    let three = [Scheme::Basic, Scheme::Query, Scheme::Header];
    let basic = |user, password| {
        let credentials = BasicAuthCredentials::new(user, password);
        but(&multiauth, &three, |builder| {
            builder.basic_auth_credentials(credentials)
        })
    };
    let query = |token, key| {
        let credentials = ApiKeyCredentials::new(token, key);
        but(&multiauth, &three, |builder| builder.api_key_credentials(credentials))
    };
    let header = |token, key| {
        let credentials = ApiHeaderCredentials::new(token, key);
        but(&multiauth, &three, |builder| {
            builder.api_header_credentials(credentials)
        })
    };
    for (client, why) in [
        (
            basic(WRONG, Multiauth::BASIC_PASSWORD),
            "the name or the password is not right",
        ),
        (
            basic(Multiauth::BASIC_USERNAME, WRONG),
            "the name or the password is not right",
        ),
        (
            query(WRONG, Multiauth::QUERY_API_KEY),
            "the keys in the query are not right",
        ),
        (
            query(Multiauth::QUERY_TOKEN, WRONG),
            "the keys in the query are not right",
        ),
        (
            header(WRONG, Multiauth::HEADER_API_KEY),
            "the keys in the headers are not right",
        ),
        (
            header(Multiauth::HEADER_TOKEN, WRONG),
            "the keys in the headers are not right",
        ),
    ] {
        refused(&multiauth, &client, Operation::BasicAndApiKeyAndApiHeader, why).await;
        let why = format!("the header accessToken is not right; there is no bearer token; {why}");
        refused(&multiauth, &client, Operation::MultipleAuthCombination, &why).await;
    }
}

/// The authorization server refuses, and the API sees nothing.
async fn denied(multiauth: &Multiauth, client: &Client, operation: Operation, code: &str) {
    let failure = operation.call(client).await.unwrap_err();
    let Error::OAuthProvider(refusal) = &failure.error else {
        panic!("{}", failure.error);
    };
    let refusal: &OAuthProviderError = refusal;
    assert_eq!(refusal.code(), Some(code));
    assert!(refusal.status().is_client_error() && !refusal.is_retryable());
    assert!(!format!("{refusal} {refusal:?}").contains("not-a-real"));
    assert!(multiauth.api_requests().is_empty());
}

#[tokio::test]
async fn a_wrong_client_id_or_secret() {
    let multiauth = Multiauth::start();
    for (id, secret) in [
        (Multiauth::CCG_CLIENT_ID, WRONG),
        ("nobody", Multiauth::CCG_CLIENT_SECRET),
    ] {
        let credentials = OAuthCcgCredentials::new(id, secret);
        let client = bare(&multiauth).oauth_ccg_credentials(credentials).build().unwrap();
        denied(&multiauth, &client, Operation::GetStatus, "invalid_client").await;
        denied(&multiauth, &client, Operation::OAuthOrCombination, "invalid_client").await;
    }
    assert_eq!(
        multiauth.auth().token_requests(),
        2,
        "a refusal is remembered for a while"
    );
}

#[tokio::test]
async fn any_of_the_four_of_the_password_grant() {
    let multiauth = Multiauth::start();
    let base = with(&multiauth, &[Scheme::Acg]);
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
        let mut given = right;
        given[wrong] = "nobody";
        let [id, secret, username, password] = given;
        let credentials = OAuthRopcgCredentials::new(id, secret, username, password);
        let client = base.with_configuration(|builder| builder.oauth_ropcg_credentials(credentials));
        denied(&multiauth, &client.unwrap(), Operation::GetUser, code).await;
    }
}

#[tokio::test]
async fn a_wrong_token_in_manual_style_is_the_applications_to_replace() {
    let multiauth = Multiauth::start();
    let credentials = ccg().manual().token(Token::new(WRONG));
    let client = bare(&multiauth).oauth_ccg_credentials(credentials).build().unwrap();
    let why = "there is no valid access token";
    refused(&multiauth, &client, Operation::GetStatus, why).await;
    let why = "there is no valid access token; the bearer token is not known";
    let again = client.with_configuration(|builder| builder.oauth_ccg_token(Token::new(WRONG)));
    refused(&multiauth, &again.unwrap(), Operation::OAuthOrCombination, why).await;
    assert_eq!(multiauth.auth().token_requests(), 0);
}
