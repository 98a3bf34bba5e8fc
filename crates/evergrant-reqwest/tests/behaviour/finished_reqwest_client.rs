//! A finished reqwest client is used where that is safe, and rejected where it is not.

use evergrant::{BuildError, ClientCredentials, Requirement};
use evergrant_reqwest::{Client, Transport};
use evergrant_testing::{ApiServer, AuthServer};
use reqwest::redirect::Policy;
use reqwest::{ClientBuilder, Proxy};

use crate::support::SECRET;

fn without_redirects() -> ClientBuilder {
    reqwest::Client::builder().no_proxy().redirect(Policy::none())
}

#[tokio::test]
async fn settings_are_written_once_for_tokens_and_calls() {
    let http = without_redirects().user_agent("bookshop/1").build().unwrap();
    let auth = AuthServer::builder().client("shop", SECRET).start();
    let api = auth.api();
    let transport = Transport::from_client(http.clone()).unwrap();
    assert!(evergrant::Transport::relaxations(&transport).is_empty());
    let tokens = ClientCredentials::builder("shop", SECRET).token_url(auth.token_url());
    let tokens = tokens.build(transport).unwrap();
    let client = Client::builder(tokens)
        .base_url(api.url("/"))
        .http_client(http)
        .build()
        .unwrap();
    client.get("redirect?to=/books").send_ok().await.unwrap();
    assert_eq!(auth.last_token_request().header("user-agent"), Some("bookshop/1"));
    let paths: Vec<_> = api.requests().into_iter().map(|request| request.path).collect();
    assert_eq!(paths, ["/redirect", "/books"]);
}

#[tokio::test]
async fn a_client_that_follows_redirects_is_rejected_with_the_remedy() {
    for http in [
        reqwest::Client::new(),
        without_redirects().redirect(Policy::limited(3)).build().unwrap(),
    ] {
        let client = Client::builder(Requirement::none()).base_url("https://api.example.com");
        for error in [
            client.http_client(http.clone()).build().unwrap_err(),
            Transport::from_client(http).unwrap_err(),
        ] {
            let BuildError::HttpClient { problem } = &error else {
                panic!("{error}")
            };
            assert!(problem.contains("redirect(Policy::none())"), "{problem}");
        }
    }
}

#[tokio::test]
async fn a_builder_follows_no_redirects() {
    let (api, elsewhere) = (ApiServer::unprotected(), ApiServer::unprotected());
    let builder = reqwest::Client::builder().no_proxy().redirect(Policy::limited(3));
    let client = Client::builder(Requirement::none())
        .base_url(api.url("/"))
        .http_builder(builder)
        .build()
        .unwrap();
    let redirect = client
        .get(format!("redirect?to={}", elsewhere.url("/x")))
        .header("x-api-key", "not-a-real-key");
    assert_eq!(redirect.send_ok().await.unwrap().url().as_str(), elsewhere.url("/x"));
    assert_eq!(elsewhere.requests()[0].header("x-api-key"), None);
}

#[tokio::test]
async fn a_proxy_never_sees_plain_http_to_this_machine() {
    let (api, proxy) = (ApiServer::unprotected(), ApiServer::unprotected());
    let http = without_redirects()
        .proxy(Proxy::all(proxy.url("/")).unwrap())
        .build()
        .unwrap();
    let client = Client::builder(Requirement::none())
        .base_url(api.url("/"))
        .http_client(http.clone())
        .build()
        .unwrap();
    let error = client.get("books").send().await.unwrap_err().to_string();
    assert!(
        error.contains(&format!("GET {}", api.url("/books"))) && error.contains("no_proxy()"),
        "{error}"
    );
    let error = client.get("books").authorize().await.unwrap_err().to_string();
    assert!(error.contains("no_proxy()"), "{error}");

    let tokens = ClientCredentials::builder("shop", SECRET)
        .token_url(api.url("/token"))
        .retries(0);
    let error = tokens
        .build(Transport::from_client(http).unwrap())
        .unwrap()
        .token()
        .await
        .unwrap_err();
    assert!(error.to_string().contains("no_proxy()"), "{error}");
    assert!(api.requests().is_empty() && proxy.requests().is_empty());
}
