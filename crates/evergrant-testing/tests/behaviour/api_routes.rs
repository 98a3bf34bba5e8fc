//! APIs with custom routes, credentials and token endpoints.

use evergrant_testing::{ApiServer, AuthServer, Fault, MockResponse};
use http::Method;
use reqwest::{Client, Response};
use serde_json::Value;

const ID: &str = "client-id";
const SECRET: &str = "not-a-real-secret";

fn server() -> AuthServer {
    AuthServer::builder()
        .client(ID, SECRET)
        .redirect_uri(ID, "https://web.example/callback")
        .user("jane", "not-a-real-password")
        .start()
}

async fn get(api: &ApiServer, path: &str) -> Response {
    Client::new().get(api.url(path)).send().await.unwrap()
}

async fn text(api: &ApiServer, path: &str) -> String {
    get(api, path).await.text().await.unwrap()
}

async fn token(url: String, form: &[(&str, &str)]) -> String {
    let request = Client::new().post(url).basic_auth(ID, Some(SECRET)).form(form);
    let body: Value = request.send().await.unwrap().json().await.unwrap();
    body["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_route_matches_its_method_and_path_without_a_token() {
    let api = server().api();
    api.route(Method::GET, "/a/{one}/b/{two}", |request| {
        MockResponse::new(200).body(format!("{} and {}", request.value("one"), request.value("two")))
    });
    assert_eq!(text(&api, "/a/1%2F2/b/x+y%20%C3%A9?q=1").await, "1/2 and x+y é");
    for other in ["/a/1/b", "/a/1/b/", "/a//b/2", "/a/1/b/2/3", "/a/1/c/2", "/a/%ff/b/2"] {
        assert_eq!(get(&api, other).await.status(), 401, "{other} does not match the route");
    }
    assert_eq!(
        Client::new().post(api.url("/a/1/b/2")).send().await.unwrap().status(),
        401
    );
    assert_eq!(api.requests()[0].query_value("q").as_deref(), Some("1"));
}

#[tokio::test]
async fn the_last_route_takes_precedence_over_guards_and_built_in_paths() {
    let auth = server();
    let api = auth.api();
    api.guard("/books", |_| false);
    api.route(Method::GET, "/{any}", |_| MockResponse::new(200).body("first"));
    api.route(Method::GET, "/books", |_| MockResponse::new(200).body("second"));
    assert_eq!(text(&api, "/books").await, "second");
    assert_eq!(text(&api, "/echo").await, "first");
}

#[tokio::test]
async fn with_only_routes_other_paths_are_404_and_other_methods_405() {
    let auth = server();
    let api = auth.api();
    api.only_routes();
    api.route(Method::GET, "/orders", |_| MockResponse::new(200));
    api.route(Method::PUT, "/orders", |_| MockResponse::new(200));
    let bearer = auth.issue_token(ID, &[]);
    let request = |method, path| Client::new().request(method, api.url(path)).bearer_auth(&bearer).send();
    assert_eq!(request(Method::GET, "/books").await.unwrap().status(), 404);
    let rejected = request(Method::DELETE, "/orders").await.unwrap();
    assert_eq!(
        (
            rejected.status().as_u16(),
            rejected.headers()["allow"].to_str().unwrap()
        ),
        (405, "PUT, GET")
    );
    assert_eq!(request(Method::PUT, "/orders").await.unwrap().status(), 200);
}

#[tokio::test]
async fn records_holds_and_faults_apply_to_routes() {
    let api = server().api();
    api.route(Method::GET, "/orders", |_| MockResponse::new(200).body("data: 1\n\n"));
    api.next(MockResponse::new(503));
    assert_eq!(get(&api, "/orders").await.status(), 503);
    api.reject_next(1);
    assert_eq!(get(&api, "/orders").await.status(), 401);
    api.next(Fault::Drip(std::time::Duration::ZERO));
    assert_eq!(text(&api, "/orders").await, "data: 1\n\n");

    let hold = api.hold();
    let url = api.url("/orders");
    let call = tokio::spawn(async move { Client::new().get(url).send().await.unwrap().status() });
    api.wait_for_requests(4).await;
    assert!(!call.is_finished());
    hold.release();
    assert_eq!(call.await.unwrap(), 200);
    let statuses: Vec<_> = api
        .requests()
        .iter()
        .map(|request| request.status.unwrap().as_u16())
        .collect();
    assert_eq!(statuses, [503, 401, 200, 200]);
}

#[tokio::test]
async fn a_repeated_authorization_header_has_no_bearer_token() {
    let api = server().api();
    api.route(Method::GET, "/who", |request| {
        MockResponse::new(200).body(request.bearer_token().unwrap_or("nobody").to_owned())
    });
    let request = || Client::new().get(api.url("/who")).bearer_auth("made-up");
    assert_eq!(request().send().await.unwrap().text().await.unwrap(), "made-up");
    let twice = request().bearer_auth("another").send().await.unwrap();
    assert_eq!(twice.text().await.unwrap(), "nobody");
    let basic = Client::new().get(api.url("/who")).basic_auth("a", Some("b")).send();
    assert_eq!(basic.await.unwrap().text().await.unwrap(), "nobody");
}

#[tokio::test]
async fn a_token_endpoint_of_the_api_belongs_to_the_authorization_server() {
    let auth = server();
    let other = server();
    let api = auth.api();
    api.token_endpoint("/oauth/token", &auth);
    api.token_endpoint("/other/", &other);
    let form = [("grant_type", "client_credentials")];
    assert!(auth.accepts(&token(api.url("/oauth/token"), &form).await));
    let second = token(api.url("/other/"), &form).await;
    assert!(other.accepts(&second) && !auth.accepts(&second));

    auth.next(MockResponse::new(503));
    let request = Client::new().post(api.url("/oauth/token")).form(&form);
    assert_eq!(request.send().await.unwrap().status(), 503);
    assert_eq!(get(&api, "/oauth/token").await.status(), 405);
    assert_eq!(
        (auth.token_requests(), auth.tokens_granted(), other.tokens_granted()),
        (3, 1, 1)
    );
    assert_eq!(auth.last_token_request().path, "/oauth/token");
    assert!(api.requests().is_empty());
}

#[tokio::test]
async fn endpoint_paths_are_configurable() {
    let auth = AuthServer::builder()
        .client(ID, SECRET)
        .redirect_uri(ID, "https://web.example/callback")
        .user("jane", "not-a-real-password")
        .token_path("/request_token")
        .authorization_path("/oauth/authorize")
        .start();
    let form = [("grant_type", "client_credentials")];
    assert!(auth.accepts(&token(auth.url("/request_token"), &form).await));
    assert_eq!(auth.token_requests(), 1);
    let back = auth.visit(&auth.url("/oauth/authorize?response_type=code&client_id=client-id"));
    assert!(back.starts_with("https://web.example/callback?code="));
    for default in ["/token", "/authorize"] {
        assert_eq!(
            Client::new().post(auth.url(default)).send().await.unwrap().status(),
            404
        );
    }
    let metadata = auth.url("/.well-known/oauth-authorization-server");
    let metadata: Value = Client::new().get(metadata).send().await.unwrap().json().await.unwrap();
    assert_eq!(metadata["token_endpoint"], auth.token_url());
    assert_eq!(metadata["authorization_endpoint"], auth.authorization_url());
}

#[tokio::test]
async fn introspection_describes_valid_tokens() {
    let auth = server();
    let url = auth.token_url();
    let own = token(url.clone(), &[("grant_type", "client_credentials"), ("scope", "a b")]).await;
    let own = auth.introspect(&own).unwrap();
    assert_eq!(
        (own.client_id.as_str(), own.grant_type, own.username.as_deref()),
        (ID, "client_credentials", None)
    );
    assert!(own.has_scope("a") && own.has_scope("b") && !own.has_scope("a b"));

    let password = [
        ("grant_type", "password"),
        ("username", "jane"),
        ("password", "not-a-real-password"),
    ];
    let request = Client::new().post(&url).basic_auth(ID, Some(SECRET)).form(&password);
    let tokens: Value = request.send().await.unwrap().json().await.unwrap();
    let refresh = [
        ("grant_type", "refresh_token"),
        ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
    ];
    let refreshed = auth.introspect(&token(url.clone(), &refresh).await).unwrap();
    assert_eq!(
        (refreshed.grant_type, refreshed.username.as_deref()),
        ("password", Some("jane"))
    );

    let sign_in = format!("{}?response_type=code&client_id={ID}", auth.authorization_url());
    let back = auth.visit(&sign_in);
    let code = back.split_once("code=").unwrap().1;
    let signed_in = token(url, &[("grant_type", "authorization_code"), ("code", code)]).await;
    assert_eq!(auth.introspect(&signed_in).unwrap().grant_type, "authorization_code");
    auth.revoke_all();
    assert_eq!(auth.introspect(&signed_in), None);
}
