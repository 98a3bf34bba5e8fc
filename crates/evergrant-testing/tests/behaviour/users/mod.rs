//! The grants with users, tested with plain reqwest.

mod authorization_code;
mod authorization_endpoint;
mod password_grant;
mod refresh_tokens;

use evergrant_testing::{AuthServer, AuthServerBuilder};
use reqwest::{Client, Url};
use serde_json::Value;

/// The parameters of a confidential and a public client.
const WEB: [(&str, &str); 2] = [("client_id", "web"), ("client_secret", "not-a-real-secret")];
const APP: [(&str, &str); 1] = [("client_id", "app")];

const USERNAME: &str = "jané & co+%";
const PASSWORD: &str = "not a+real%20password=&";

const BACK: &str = "http://127.0.0.1/callback?from=test";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn clients() -> AuthServerBuilder {
    let [(_, web), (_, secret)] = WEB;
    AuthServer::builder()
        .client(web, secret)
        .public_client("app")
        .scopes(&["books.read", "orders.read"])
}

fn with_user() -> AuthServerBuilder {
    clients().user(USERNAME, PASSWORD).user("other", "other")
}

fn with_sign_in() -> AuthServerBuilder {
    with_user()
        .redirect_uri("web", "https://web.example/callback")
        .redirect_uri("web", "https://web.example/second")
        .redirect_uri("app", BACK)
}

async fn post(auth: &AuthServer, path: &str, client: &[(&str, &str)], form: &[(&str, &str)]) -> (u16, Value) {
    let form = [client, form].concat();
    let response = Client::new().post(auth.url(path)).form(&form).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

async fn token(auth: &AuthServer, client: &[(&str, &str)], form: &[(&str, &str)]) -> (u16, Value) {
    post(auth, "/token", client, form).await
}

/// Returns the status and the error code of a rejected request.
async fn rejection(auth: &AuthServer, client: &[(&str, &str)], form: &[(&str, &str)]) -> (u16, String) {
    let (status, body) = token(auth, client, form).await;
    (status, text(&body, "error"))
}

fn invalid_grant() -> (u16, String) {
    (400, "invalid_grant".to_owned())
}

fn text(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap_or_default().to_owned()
}

/// Requests tokens with the password grant.
async fn by_password(auth: &AuthServer, client: &[(&str, &str)], scope: &str) -> Value {
    let form = [
        ("grant_type", "password"),
        ("username", USERNAME),
        ("password", PASSWORD),
        ("scope", scope),
    ];
    let (status, body) = token(auth, client, &form).await;
    assert_eq!(status, 200, "{body}");
    body
}

/// Returns whether the API accepts an access token.
async fn works(auth: &AuthServer, access_token: &str) -> bool {
    let api = auth.api();
    let request = Client::new().get(api.url("/books")).bearer_auth(access_token);
    request.send().await.unwrap().status() == 200
}

/// Returns the authorization URL of the public client with some parameters changed. Empty parameters are omitted.
fn sign_in_url(auth: &AuthServer, changes: &[(&str, &str)]) -> String {
    let defaults = [
        ("response_type", "code"),
        ("client_id", "app"),
        ("redirect_uri", BACK),
        ("state", "xyz"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let changed = |name: &str| changes.iter().any(|(change, _)| *change == name);
    let defaults = defaults.iter().filter(|(name, _)| !changed(name));
    let parameters = defaults.chain(changes).filter(|(_, value)| !value.is_empty());
    Url::parse_with_params(&auth.authorization_url(), parameters)
        .unwrap()
        .into()
}

/// Returns a query parameter of a redirect URL.
fn parameter(location: &str, name: &str) -> Option<String> {
    let location = Url::parse(location).unwrap();
    let found = location.query_pairs().find(|(key, _)| key == name);
    found.map(|(_, value)| value.into_owned())
}

/// Signs in and returns the authorization code.
fn sign_in(auth: &AuthServer, changes: &[(&str, &str)]) -> String {
    let location = auth.visit(&sign_in_url(auth, changes));
    parameter(&location, "code").unwrap_or_else(|| panic!("no code in {location}"))
}
