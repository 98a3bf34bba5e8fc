//! HTTP requests to an emulation, and its responses.

use std::sync::LazyLock;

use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::Value;

/// A shared client without idle connections, which would outlive the runtime of a test.
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

/// Creates a POST request without a body.
pub(crate) fn post_without_body(url: String) -> RequestBuilder {
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

/// Returns the status and the JSON body.
pub(crate) async fn json_response(request: RequestBuilder) -> (u16, Value) {
    let response = send(request).await;
    let status = response.status().as_u16();
    assert_eq!(response.headers()["content-type"], "application/json");
    (status, response.json().await.unwrap())
}

/// Returns the status and the text body.
pub(crate) async fn text_response(request: RequestBuilder) -> (u16, String) {
    let response = send(request).await;
    let status = response.status().as_u16();
    assert_eq!(response.headers()["content-type"], "text/plain");
    (status, response.text().await.unwrap())
}

/// Returns the body of a token response.
pub(crate) async fn token_response(url: String, client: (&str, &str), form: &[(&str, &str)]) -> Value {
    let request = post_without_body(url).basic_auth(client.0, Some(client.1)).form(form);
    let response = send(request).await;
    assert_eq!(response.status(), 200);
    response.json().await.unwrap()
}

/// Fetches an access token with the client credentials grant.
pub(crate) async fn token(url: String, client: (&str, &str), scope: &str) -> String {
    let mut form = vec![("grant_type", "client_credentials")];
    if !scope.is_empty() {
        form.push(("scope", scope));
    }
    access_token(&token_response(url, client, &form).await)
}

pub(crate) fn access_token(response: &Value) -> String {
    response["access_token"].as_str().unwrap().to_owned()
}
