//! The emulation of the MultiAuth sample: each operation with correct and with wrong credentials.

use crate::http_requests::{access_token, get, json_response, send, status, text_response, token, token_response};
use emulations::Multiauth;
use evergrant_testing::MockResponse;
use reqwest::{RequestBuilder, Url};

const CCG: (&str, &str) = (Multiauth::CCG_CLIENT_ID, Multiauth::CCG_CLIENT_SECRET);
const ACG: (&str, &str) = (Multiauth::ACG_CLIENT_ID, Multiauth::ACG_CLIENT_SECRET);
const ROPCG: (&str, &str) = (Multiauth::ROPCG_CLIENT_ID, Multiauth::ROPCG_CLIENT_SECRET);

fn call(multiauth: &Multiauth, path: &str) -> RequestBuilder {
    get(multiauth.api_url() + path)
}

fn query(request: RequestBuilder) -> RequestBuilder {
    let keys = [("token", Multiauth::QUERY_TOKEN), ("api-key", Multiauth::QUERY_API_KEY)];
    request.query(&keys)
}

fn headers(request: RequestBuilder) -> RequestBuilder {
    let request = request.header("token", Multiauth::HEADER_TOKEN);
    request.header("api-key", Multiauth::HEADER_API_KEY)
}

fn basic(request: RequestBuilder) -> RequestBuilder {
    request.basic_auth(Multiauth::BASIC_USERNAME, Some(Multiauth::BASIC_PASSWORD))
}

async fn assert_passes(request: RequestBuilder) {
    assert_eq!(text_response(request).await, (200, "passed".to_owned()));
}

async fn assert_passes_as_json(request: RequestBuilder) {
    let (status, body) = json_response(request).await;
    assert_eq!((status, &body["status"]), (200, &"passed".into()));
}

async fn assert_is_user(request: RequestBuilder) {
    let (status, body) = json_response(request).await;
    assert_eq!((status, &body["name"]), (200, &Multiauth::ROPCG_USERNAME.into()));
    assert_eq!(body["email"], Multiauth::USER_EMAIL);
}

async fn assert_rejected(request: RequestBuilder) {
    let (status, reason) = text_response(request).await;
    assert_eq!(status, 401);
    assert!(reason.contains(' ') && !reason.contains("not-a-real"), "{reason}");
}

async fn ccg(multiauth: &Multiauth) -> String {
    token(multiauth.auth_url() + "/request_token", CCG, "").await
}

fn user_token_url(multiauth: &Multiauth) -> String {
    multiauth.api_url() + "/oauth2/non-auth-server/token"
}

async fn ropcg(multiauth: &Multiauth) -> String {
    let user = [
        ("grant_type", "password"),
        ("username", Multiauth::ROPCG_USERNAME),
        ("password", Multiauth::ROPCG_PASSWORD),
    ];
    access_token(&token_response(user_token_url(multiauth), ROPCG, &user).await)
}

async fn acg(multiauth: &Multiauth, scope: &str) -> String {
    let sign_in = [
        ("response_type", "code"),
        ("client_id", ACG.0),
        ("redirect_uri", Multiauth::ACG_REDIRECT_URI),
        ("scope", scope),
    ];
    let sign_in = Url::parse_with_params(&(multiauth.auth_url() + "/oauth/authorize"), sign_in).unwrap();
    let back = multiauth.auth().visit(sign_in.as_str());
    let code = back.strip_prefix("https://app.example/callback?code=").unwrap();
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", Multiauth::ACG_REDIRECT_URI),
    ];
    access_token(&token_response(user_token_url(multiauth), ACG, &form).await)
}

#[tokio::test]
async fn only_the_fixed_bearer_token_is_accepted() {
    let multiauth = Multiauth::start();
    let call = || call(&multiauth, "/auth/oauth2");
    assert_passes(call().bearer_auth(Multiauth::BEARER_TOKEN)).await;
    assert_rejected(call()).await;
    assert_rejected(call().bearer_auth("wrong")).await;
    assert_rejected(call().bearer_auth(ccg(&multiauth).await)).await;
    assert_rejected(call().bearer_auth(Multiauth::BEARER_TOKEN).bearer_auth("wrong")).await;
}

#[tokio::test]
async fn the_custom_header_is_required() {
    let multiauth = Multiauth::start();
    let call = || call(&multiauth, "/auth/customAuthentication");
    assert_passes(call().header("accessToken", Multiauth::ACCESS_TOKEN)).await;
    assert_rejected(call()).await;
    assert_rejected(call().header("accessToken", "wrong")).await;
    assert_rejected(call().bearer_auth(Multiauth::ACCESS_TOKEN)).await;
}

#[tokio::test]
async fn both_keys_are_required_in_the_query_or_in_the_headers() {
    let multiauth = Multiauth::start();
    let call = || call(&multiauth, "/auth/customQueryOrHeaderParam");
    assert_passes(query(call())).await;
    assert_passes(headers(call())).await;
    assert_passes(headers(call().query(&[("token", "wrong")]))).await;
    assert_rejected(call()).await;
    assert_rejected(call().query(&[("token", Multiauth::QUERY_TOKEN)])).await;
    assert_rejected(call().query(&[("token", Multiauth::QUERY_TOKEN), ("api-key", "wrong")])).await;
    assert_rejected(call().header("token", Multiauth::HEADER_TOKEN)).await;
    assert_rejected(
        call()
            .query(&[("token", Multiauth::QUERY_TOKEN)])
            .header("api-key", Multiauth::HEADER_API_KEY),
    )
    .await;
    assert_rejected(call().query(&[
        ("token", Multiauth::HEADER_TOKEN),
        ("api-key", Multiauth::HEADER_API_KEY),
    ]))
    .await;
}

#[tokio::test]
async fn basic_and_all_keys_are_required_together() {
    let multiauth = Multiauth::start();
    let call = || call(&multiauth, "/auth/basicAndApiKeyAndApiHeader");
    assert_passes(basic(query(headers(call())))).await;
    assert_rejected(query(headers(call()))).await;
    assert_rejected(basic(headers(call()))).await;
    assert_rejected(basic(query(call()))).await;
    assert_rejected(query(headers(call())).basic_auth(Multiauth::BASIC_USERNAME, Some("wrong"))).await;
    assert_rejected(query(headers(call())).basic_auth("wrong", Some(Multiauth::BASIC_PASSWORD))).await;
    assert_rejected(query(headers(call())).bearer_auth(Multiauth::BEARER_TOKEN)).await;
}

#[tokio::test]
async fn each_of_the_three_combinations_is_accepted() {
    let multiauth = Multiauth::start();
    let call = || call(&multiauth, "/auth/multipleAuthCombination");
    assert_passes(call().header("accessToken", Multiauth::ACCESS_TOKEN)).await;
    assert_passes(call().bearer_auth(Multiauth::BEARER_TOKEN)).await;
    assert_passes(basic(query(headers(call())))).await;
    assert_rejected(call()).await;
    assert_rejected(basic(query(call()))).await;
    assert_rejected(query(headers(call()))).await;
    assert_rejected(basic(call())).await;
}

#[tokio::test]
async fn an_operation_without_security_accepts_all_requests() {
    let multiauth = Multiauth::start();
    let call = || call(&multiauth, "/auth/noAuth");
    assert_passes(call()).await;
    assert_passes(call().bearer_auth("wrong")).await;
    assert_passes(call().query(&[("array", "false")])).await;
    let (status, list) = json_response(call().query(&[("array", "true")])).await;
    assert_eq!((status, list), (200, serde_json::json!(["passed"])));
}

#[tokio::test]
async fn the_status_requires_a_token_of_the_client() {
    let multiauth = Multiauth::start();
    let call = || call(&multiauth, "/oauth2/non-auth-server/status");
    let own = ccg(&multiauth).await;
    assert_passes_as_json(call().bearer_auth(&own)).await;
    assert_rejected(call()).await;
    assert_rejected(call().bearer_auth("made-up")).await;
    assert_rejected(call().bearer_auth(Multiauth::BEARER_TOKEN)).await;
    assert_rejected(call().bearer_auth(ropcg(&multiauth).await)).await;
    multiauth.auth().revoke_all();
    assert_rejected(call().bearer_auth(&own)).await;
}

#[tokio::test]
async fn the_user_requires_a_token_of_a_user() {
    let multiauth = Multiauth::start();
    let call = || call(&multiauth, "/oauth2/non-auth-server/user");
    assert_is_user(call().bearer_auth(ropcg(&multiauth).await)).await;
    assert_is_user(call().bearer_auth(acg(&multiauth, Multiauth::READ_SCOPE).await)).await;
    let (status, reason) = text_response(call().bearer_auth(acg(&multiauth, "").await)).await;
    assert_eq!(
        (status, reason.as_str()),
        (401, "the access token lacks the scope file_requests.read")
    );
    assert_rejected(call().bearer_auth(ccg(&multiauth).await)).await;
    assert_rejected(call()).await;
}

#[tokio::test]
async fn the_or_combination_accepts_either_token() {
    let multiauth = Multiauth::start();
    let call = || call(&multiauth, "/oauth2/oauthOrCombination");
    assert_passes(call().bearer_auth(ccg(&multiauth).await)).await;
    assert_passes(call().bearer_auth(Multiauth::BEARER_TOKEN)).await;
    assert_rejected(call()).await;
    assert_rejected(call().bearer_auth(ropcg(&multiauth).await)).await;
}

#[tokio::test]
async fn token_requests_are_verified_and_recorded_separately() {
    let multiauth = Multiauth::start();
    let form = [("grant_type", "client_credentials")];
    let url = multiauth.auth_url() + "/request_token";
    let request = reqwest::Client::new()
        .post(url)
        .basic_auth(CCG.0, Some("wrong"))
        .form(&form);
    let (code, body) = json_response(request).await;
    assert_eq!((code, &body["error"]), (401, &"invalid_client".into()));

    multiauth.auth().next(MockResponse::new(503));
    let request = reqwest::Client::new()
        .post(user_token_url(&multiauth))
        .basic_auth(ROPCG.0, Some(ROPCG.1));
    assert_eq!(status(request.form(&[("grant_type", "password")])).await, 503);
    assert_eq!(
        (multiauth.api_requests().len(), multiauth.auth_requests().len()),
        (0, 2)
    );

    multiauth.api().next(MockResponse::new(500));
    assert_eq!(status(call(&multiauth, "/auth/noAuth")).await, 500);
    assert_eq!(send(call(&multiauth, "/auth/nothing")).await.status(), 404);
    assert_eq!(multiauth.api_requests().len(), 2);
}
