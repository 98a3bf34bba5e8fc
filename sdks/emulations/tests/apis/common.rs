//! Bare requests, and what becomes of them.

use std::sync::LazyLock;

use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::Value;

/// One for all tests, without connections that would outlive a test's runtime.
static CLIENT: LazyLock<Client> =
    LazyLock::new(|| Client::builder().pool_max_idle_per_host(0).no_proxy().build().unwrap());

fn client() -> &'static Client {
    &CLIENT
}

pub(crate) fn get(url: String) -> RequestBuilder {
    client().get(url)
}

pub(crate) fn post(url: String, body: &Value) -> RequestBuilder {
    client().post(url).json(body)
}

/// A body is still to come.
pub(crate) fn plain_post(url: String) -> RequestBuilder {
    client().post(url)
}

pub(crate) fn put(url: String, body: &Value) -> RequestBuilder {
    client().put(url).json(body)
}

pub(crate) fn request(method: Method, url: String) -> RequestBuilder {
    client().request(method, url)
}

pub(crate) async fn send(request: RequestBuilder) -> Response {
    request.send().await.unwrap()
}

pub(crate) async fn status(request: RequestBuilder) -> u16 {
    send(request).await.status().as_u16()
}

/// The status and the body, which is JSON.
pub(crate) async fn answer(request: RequestBuilder) -> (u16, Value) {
    let response = send(request).await;
    let status = response.status().as_u16();
    assert_eq!(response.headers()["content-type"], "application/json");
    (status, response.json().await.unwrap())
}

/// The status and the body, which is text.
pub(crate) async fn text(request: RequestBuilder) -> (u16, String) {
    let response = send(request).await;
    let status = response.status().as_u16();
    assert_eq!(response.headers()["content-type"], "text/plain");
    (status, response.text().await.unwrap())
}

/// The members of a token response.
pub(crate) async fn tokens(url: String, client: (&str, &str), form: &[(&str, &str)]) -> Value {
    let request = plain_post(url).basic_auth(client.0, Some(client.1)).form(form);
    let response = send(request).await;
    assert_eq!(response.status(), 200);
    response.json().await.unwrap()
}

/// An access token of the client credentials grant.
pub(crate) async fn token(url: String, client: (&str, &str), scope: &str) -> String {
    let mut form = vec![("grant_type", "client_credentials")];
    if !scope.is_empty() {
        form.push(("scope", scope));
    }
    access_token(&tokens(url, client, &form).await)
}

pub(crate) fn access_token(tokens: &Value) -> String {
    tokens["access_token"].as_str().unwrap().to_owned()
}
