//! Requests that are built first and sent later, by this crate or by another one.

use std::sync::Arc;

use evergrant::{ClientCredentials, TokenManager};
use evergrant_reqwest::{Client, Error, Execute, Transport};
use evergrant_testing::{ApiServer, AuthServer};
use reqwest::{Body, Method, Request, Url, Version};

use crate::support::SECRET;

struct Fixture {
    auth: AuthServer,
    api: ApiServer,
    tokens: TokenManager,
    client: Client,
}

fn fixture() -> Fixture {
    let auth = AuthServer::builder().client("shop", SECRET).start();
    let api = auth.api();
    let tokens = ClientCredentials::builder("shop", SECRET).token_url(auth.token_url());
    let tokens = tokens.build(Transport::default()).unwrap();
    let client = Client::builder(tokens.clone())
        .base_url(api.url("/v1/"))
        .build()
        .unwrap();
    Fixture {
        auth,
        api,
        tokens,
        client,
    }
}

#[tokio::test]
async fn paths_and_urls_have_several_types() {
    let fixture = fixture();
    let Fixture { api, client, .. } = &fixture;
    let url = Url::parse(&api.url("/v1/books")).unwrap();
    let text = String::from("books");
    for request in [
        client.get("books"),
        client.get(&text),
        client.get(text),
        client.get(&url),
        client.get(url),
        client.get(api.url("/v1/books").replace("http://", "ws://")),
    ] {
        request.send_ok().await.unwrap();
    }
    assert!(api.requests().iter().all(|request| request.path == "/v1/books"));
}

#[tokio::test]
async fn a_built_request_is_authorized_and_replayed() {
    let fixture = fixture();
    let Fixture { auth, api, client, .. } = &fixture;
    let request = client
        .post("echo")
        .body("a body")
        .version(Version::HTTP_11)
        .build()
        .unwrap();
    assert_eq!(request.version(), Version::HTTP_11);
    assert!(
        request.headers().is_empty(),
        "credentials are added when the request is sent"
    );
    client.execute(request.try_clone().unwrap()).await.unwrap();
    auth.revoke_all();
    let response = client.execute(request).await.unwrap();
    assert_eq!(response.status(), 200);
    let bodies: Vec<_> = api.requests().into_iter().map(|request| request.body).collect();
    assert_eq!(bodies, ["a body"; 3]);
}

#[tokio::test]
async fn a_built_request_keeps_the_settings_of_its_builder() {
    let fixture = fixture();
    let Fixture { auth, api, client, .. } = &fixture;
    let open = client.get("books?page=1#part").unauthenticated().build().unwrap();
    assert_eq!(open.url().fragment(), Some("part"));
    assert!(open.body().is_none());
    assert_eq!(client.execute(open).await.unwrap().status(), 401);
    assert_eq!(api.requests()[0].header("authorization"), None);

    client.get("books").send_ok().await.unwrap();
    auth.revoke_all();
    api.reset_records();
    let once = client.get("books").no_replay().build().unwrap();
    assert_eq!(client.execute(once).await.unwrap().status(), 401);
    assert_eq!(api.requests().len(), 1);

    let named = client
        .get("https://api.example.org/hush")
        .call_name("GET /{id}")
        .build()
        .unwrap();
    let error = client.execute(named).await.unwrap_err().to_string();
    assert!(error.starts_with("GET /{id}") && !error.contains("hush"), "{error}");
}

#[tokio::test]
async fn a_request_from_elsewhere_follows_the_rules_of_origins() {
    let fixture = fixture();
    let Fixture { api, client, .. } = &fixture;
    let elsewhere = ApiServer::unprotected();
    let request = |url: &str| Request::new(Method::GET, url.parse().unwrap());
    let error = client.execute(request(&elsewhere.url("/x"))).await.unwrap_err();
    assert!(
        matches!(&error, Error::Authorization(evergrant::Error::Origin(_))),
        "{error}"
    );
    let with_user = api.url("/v1/books").replace("http://", "http://user:hush@");
    let error = client.execute(request(&with_user)).await.unwrap_err();
    assert!(
        error.to_string().contains("user name") && !error.to_string().contains("hush"),
        "{error}"
    );
    assert!(elsewhere.requests().is_empty() && api.requests().is_empty());
    // Only the origin of a full URL is checked.
    client.execute(request(&api.url("/v2/books"))).await.unwrap();
}

#[tokio::test]
async fn a_builder_is_cloned_unless_its_body_is_a_stream() {
    let fixture = fixture();
    let Fixture { client, .. } = &fixture;
    let request = client.put("echo").body("twice").unauthenticated();
    let copy = request.try_clone().unwrap();
    assert_eq!(
        request.send().await.unwrap().status(),
        copy.send().await.unwrap().status()
    );
    let stream = Body::wrap_stream(futures_util::stream::once(async { Ok::<_, std::io::Error>("once") }));
    assert!(client.put("echo").body(stream).try_clone().is_none());
    let error = client.get("../x").try_clone().unwrap().build().unwrap_err();
    assert!(error.to_string().contains("cannot be used"), "{error}");
}

#[tokio::test]
async fn a_password_is_for_a_request_without_the_clients_credentials() {
    let fixture = fixture();
    let Fixture { api, client, .. } = &fixture;
    let login = || client.post("login").basic_auth("reader", Some("not-a-real-password"));
    let error = login().send().await.unwrap_err();
    assert!(
        error.to_string().contains("already has an `authorization` header"),
        "{error}"
    );
    login().unauthenticated().send().await.unwrap();
    assert!(api.requests()[0].header("authorization").unwrap().starts_with("Basic "));
}

#[tokio::test]
async fn another_crate_sends_an_authorized_request() {
    let fixture = fixture();
    let Fixture {
        auth,
        api,
        tokens,
        client,
    } = &fixture;
    let (request, generation) = client.get("books").authorize().await.unwrap();
    assert_eq!(request.try_clone().unwrap().send().await.unwrap().status(), 200);
    auth.revoke_all();
    assert_eq!(request.send().await.unwrap().status(), 401);
    tokens.reject(generation.unwrap());
    let (request, _) = client.get("books").authorize().await.unwrap();
    assert_eq!(request.send().await.unwrap().status(), 200);

    let redirect = client.get(format!("{}?to=/v1/books", api.url("/redirect")));
    let (redirect, _) = redirect.authorize().await.unwrap();
    assert_eq!(
        redirect.send().await.unwrap().status(),
        302,
        "it would carry the credentials along"
    );
    let elsewhere = client.get("https://api.example.org/").authorize().await.unwrap_err();
    assert!(matches!(elsewhere, Error::Authorization(evergrant::Error::Origin(_))));
}

#[tokio::test]
async fn a_trait_object_stands_for_any_client() {
    let fixture = fixture();
    let Fixture { api, client, .. } = &fixture;
    let plain = reqwest::Client::builder().no_proxy().build().unwrap();
    let clients: [(Arc<dyn Execute>, u16); 2] = [(Arc::new(client.clone()), 200), (Arc::new(plain), 401)];
    for (client, status) in clients {
        let request = Request::new(Method::GET, api.url("/v1/books").parse().unwrap());
        assert_eq!(client.execute(request).await.unwrap().status(), status);
    }
}

#[cfg(feature = "blocking")]
#[test]
fn the_blocking_client_sends_built_requests() {
    let fixture = fixture();
    let Fixture { auth, client, .. } = &fixture;
    let client = evergrant_reqwest::blocking::Client::new(client.clone()).unwrap();
    let request = client.get("books").version(Version::HTTP_11).build().unwrap();
    assert_eq!(client.execute(request.try_clone().unwrap()).unwrap().status(), 200);
    auth.revoke_all();
    assert_eq!(client.execute(request).unwrap().status(), 200);
    let form = client.post("echo").json(&[1, 2]).try_clone().unwrap();
    assert!(form.send().unwrap().text().unwrap().contains("[1,2]"));
}
