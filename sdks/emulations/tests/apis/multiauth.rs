//! The MultiAuth sample: each operation with the right credentials, and with each one wrong.

use crate::common::{access_token, answer, get, send, status, text, token, tokens};
use emulations::Multiauth;
use evergrant_testing::Answer;
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

async fn passes(request: RequestBuilder) {
    assert_eq!(text(request).await, (200, "passed".to_owned()));
}

async fn passes_as_json(request: RequestBuilder) {
    let (status, body) = answer(request).await;
    assert_eq!((status, &body["status"]), (200, &"passed".into()));
}

async fn is_the_user(request: RequestBuilder) {
    let (status, body) = answer(request).await;
    assert_eq!((status, &body["name"]), (200, &Multiauth::ROPCG_USERNAME.into()));
    assert_eq!(body["email"], Multiauth::USER_EMAIL);
}

async fn fails(request: RequestBuilder) {
    let (status, why) = text(request).await;
    assert_eq!(status, 401);
    assert!(why.contains(' ') && !why.contains("not-a-real"), "{why}");
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
    access_token(&tokens(user_token_url(multiauth), ROPCG, &user).await)
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
    access_token(&tokens(user_token_url(multiauth), ACG, &form).await)
}

#[tokio::test]
async fn the_bearer_token_is_the_one_that_was_handed_out() {
    let multiauth = Multiauth::start();
    let call = || call(&multiauth, "/auth/oauth2");
    passes(call().bearer_auth(Multiauth::BEARER_TOKEN)).await;
    fails(call()).await;
    fails(call().bearer_auth("wrong")).await;
    fails(call().bearer_auth(ccg(&multiauth).await)).await;
    fails(call().bearer_auth(Multiauth::BEARER_TOKEN).bearer_auth("wrong")).await;
}

#[tokio::test]
async fn the_custom_header_has_its_own_value() {
    let multiauth = Multiauth::start();
    let call = || call(&multiauth, "/auth/customAuthentication");
    passes(call().header("accessToken", Multiauth::ACCESS_TOKEN)).await;
    fails(call()).await;
    fails(call().header("accessToken", "wrong")).await;
    fails(call().bearer_auth(Multiauth::ACCESS_TOKEN)).await;
}

#[tokio::test]
async fn both_keys_are_needed_in_the_query_or_in_the_headers() {
    let multiauth = Multiauth::start();
    let call = || call(&multiauth, "/auth/customQueryOrHeaderParam");
    passes(query(call())).await;
    passes(headers(call())).await;
    passes(headers(call().query(&[("token", "wrong")]))).await;
    fails(call()).await;
    fails(call().query(&[("token", Multiauth::QUERY_TOKEN)])).await;
    fails(call().query(&[("token", Multiauth::QUERY_TOKEN), ("api-key", "wrong")])).await;
    fails(call().header("token", Multiauth::HEADER_TOKEN)).await;
    fails(
        call()
            .query(&[("token", Multiauth::QUERY_TOKEN)])
            .header("api-key", Multiauth::HEADER_API_KEY),
    )
    .await;
    fails(call().query(&[
        ("token", Multiauth::HEADER_TOKEN),
        ("api-key", Multiauth::HEADER_API_KEY),
    ]))
    .await;
}

#[tokio::test]
async fn password_and_all_keys_are_needed_together() {
    let multiauth = Multiauth::start();
    let call = || call(&multiauth, "/auth/basicAndApiKeyAndApiHeader");
    passes(basic(query(headers(call())))).await;
    fails(query(headers(call()))).await;
    fails(basic(headers(call()))).await;
    fails(basic(query(call()))).await;
    fails(query(headers(call())).basic_auth(Multiauth::BASIC_USERNAME, Some("wrong"))).await;
    fails(query(headers(call())).basic_auth("wrong", Some(Multiauth::BASIC_PASSWORD))).await;
    fails(query(headers(call())).bearer_auth(Multiauth::BEARER_TOKEN)).await;
}

#[tokio::test]
async fn any_of_the_three_combinations_will_do() {
    let multiauth = Multiauth::start();
    let call = || call(&multiauth, "/auth/multipleAuthCombination");
    passes(call().header("accessToken", Multiauth::ACCESS_TOKEN)).await;
    passes(call().bearer_auth(Multiauth::BEARER_TOKEN)).await;
    passes(basic(query(headers(call())))).await;
    fails(call()).await;
    fails(basic(query(call()))).await;
    fails(query(headers(call()))).await;
    fails(basic(call())).await;
}

#[tokio::test]
async fn nothing_is_asked_for_where_nothing_is_needed() {
    let multiauth = Multiauth::start();
    let call = || call(&multiauth, "/auth/noAuth");
    passes(call()).await;
    passes(call().bearer_auth("wrong")).await;
    passes(call().query(&[("array", "false")])).await;
    let (status, list) = answer(call().query(&[("array", "true")])).await;
    assert_eq!((status, list), (200, serde_json::json!(["passed"])));
}

#[tokio::test]
async fn the_status_is_for_a_token_of_the_client_itself() {
    let multiauth = Multiauth::start();
    let call = || call(&multiauth, "/oauth2/non-auth-server/status");
    let own = ccg(&multiauth).await;
    passes_as_json(call().bearer_auth(&own)).await;
    fails(call()).await;
    fails(call().bearer_auth("made-up")).await;
    fails(call().bearer_auth(Multiauth::BEARER_TOKEN)).await;
    fails(call().bearer_auth(ropcg(&multiauth).await)).await;
    multiauth.auth().revoke_all();
    fails(call().bearer_auth(&own)).await;
}

#[tokio::test]
async fn the_user_is_for_a_token_that_a_user_has_allowed() {
    let multiauth = Multiauth::start();
    let call = || call(&multiauth, "/oauth2/non-auth-server/user");
    is_the_user(call().bearer_auth(ropcg(&multiauth).await)).await;
    is_the_user(call().bearer_auth(acg(&multiauth, Multiauth::READ_SCOPE).await)).await;
    let (status, why) = text(call().bearer_auth(acg(&multiauth, "").await)).await;
    assert_eq!(
        (status, why.as_str()),
        (401, "the access token lacks the scope file_requests.read")
    );
    fails(call().bearer_auth(ccg(&multiauth).await)).await;
    fails(call()).await;
}

#[tokio::test]
async fn either_token_will_do_where_either_is_allowed() {
    let multiauth = Multiauth::start();
    let call = || call(&multiauth, "/oauth2/oauthOrCombination");
    passes(call().bearer_auth(ccg(&multiauth).await)).await;
    passes(call().bearer_auth(Multiauth::BEARER_TOKEN)).await;
    fails(call()).await;
    fails(call().bearer_auth(ropcg(&multiauth).await)).await;
}

#[tokio::test]
async fn token_endpoints_refuse_what_is_wrong_and_are_recorded_apart() {
    let multiauth = Multiauth::start();
    let form = [("grant_type", "client_credentials")];
    let url = multiauth.auth_url() + "/request_token";
    let request = reqwest::Client::new()
        .post(url)
        .basic_auth(CCG.0, Some("wrong"))
        .form(&form);
    let (refused, body) = answer(request).await;
    assert_eq!((refused, &body["error"]), (401, &"invalid_client".into()));

    multiauth.auth().next(Answer::new(503));
    let request = reqwest::Client::new()
        .post(user_token_url(&multiauth))
        .basic_auth(ROPCG.0, Some(ROPCG.1));
    assert_eq!(status(request.form(&[("grant_type", "password")])).await, 503);
    assert_eq!(
        (multiauth.api_requests().len(), multiauth.auth_requests().len()),
        (0, 2)
    );

    multiauth.api().next(Answer::new(500));
    assert_eq!(status(call(&multiauth, "/auth/noAuth")).await, 500);
    assert_eq!(send(call(&multiauth, "/auth/nothing")).await.status(), 404);
    assert_eq!(multiauth.api_requests().len(), 2);
}
