//! The transport: no redirects, no proxy for loopback addresses, and the kinds of errors.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Command;

use evergrant::error::TransportErrorKind;
use evergrant::transport::DEFAULT_USER_AGENT;
use evergrant::{ClientCredentials, Error, TokenEndpointOptions};
use evergrant_reqwest::{Client, Transport};
use evergrant_testing::{ApiServer, AuthServer, Fault, MockResponse};

use crate::support::SECRET;

async fn error(auth: &AuthServer, transport: Transport) -> Error {
    let builder = ClientCredentials::builder("shop", SECRET)
        .token_url(auth.token_url())
        .retries(0);
    builder
        .build(transport)
        .expect("a manager")
        .token()
        .await
        .expect_err("no token")
}

fn server() -> AuthServer {
    AuthServer::builder().client("shop", SECRET).start()
}

#[tokio::test]
async fn a_token_request_follows_no_redirect() {
    let elsewhere = ApiServer::unprotected();
    for status in [301, 302, 303, 307, 308] {
        let auth = server();
        auth.next(MockResponse::new(status).header("location", &elsewhere.url("/token?session=not-a-real-session")));
        let policy = || reqwest::redirect::Policy::limited(10);
        let transport = Transport::from_builder(|| reqwest::Client::builder().redirect(policy())).expect("a transport");
        let error = error(&auth, transport).await;
        assert!(matches!(&error, Error::OAuthProvider(error) if error.status().as_u16() == status));
        assert!(
            error.to_string().contains("use the final URL") && !error.to_string().contains("not-a-real"),
            "{error}"
        );
    }
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn a_redirect_followed_by_an_existing_client_is_detected() {
    let elsewhere = ApiServer::unprotected();
    let auth = server();
    auth.next(MockResponse::new(302).header("location", &elsewhere.url("/token")));
    let error = error(&auth, Transport::danger_from_client(reqwest::Client::new())).await;
    assert!(error.to_string().contains("Policy::none()"), "{error}");
}

#[tokio::test]
async fn transport_errors_have_the_right_kind() {
    for (fault, kind) in [
        (Fault::Disconnect, TransportErrorKind::Interrupted),
        (Fault::Truncated, TransportErrorKind::Interrupted),
        (Fault::Oversized, TransportErrorKind::TooLarge),
    ] {
        let auth = server();
        auth.next(fault);
        let error = error(&auth, Transport::default()).await;
        assert!(
            matches!(&error, Error::Unreachable(error) if error.kind() == kind),
            "{error}"
        );
    }
    let auth = server();
    auth.stop();
    let error = error(&auth, Transport::default()).await;
    assert!(
        matches!(&error, Error::Unreachable(error) if error.kind() == TransportErrorKind::Connect),
        "{error}"
    );
}

#[tokio::test]
async fn from_builder_uses_the_settings() {
    let auth = server();
    let transport = Transport::from_builder(|| reqwest::Client::builder().https_only(true)).expect("a transport");
    assert!(matches!(error(&auth, transport).await, Error::Unreachable(_)));
}

/// A loopback address without a server stands for another machine.
#[tokio::test]
async fn plain_http_to_localhost_ignores_name_resolution() {
    let auth = server();
    let api = auth.api();
    let elsewhere = || reqwest::Client::builder().resolve("localhost", ([127, 0, 0, 2], 0).into());
    let builder =
        ClientCredentials::builder("shop", SECRET).token_url(auth.token_url().replace("127.0.0.1", "localhost"));
    let transport = Transport::from_builder(elsewhere).expect("a transport");
    let tokens = builder.build(transport).expect("a manager");
    let client = Client::builder(tokens).http(elsewhere);
    let client = client.base_url(api.url("/").replace("127.0.0.1", "localhost"));
    client
        .build()
        .expect("a client")
        .get("books")
        .send_ok()
        .await
        .expect("a response");
    assert_eq!((auth.token_requests(), api.requests().len()), (1, 1));
}

/// Set in a child process, because all tests of this process share its environment.
const PROXY_TEST_CHILD: &str = "EVERGRANT_TEST_PROXY_CHILD";

#[test]
fn plain_http_to_loopback_ignores_the_proxy_in_the_environment() {
    if std::env::var_os(PROXY_TEST_CHILD).is_some() {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        return runtime.block_on(call_loopback_and_remote());
    }
    let proxy = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", proxy.local_addr().expect("an address"));
    let seen = std::thread::spawn(move || {
        let (mut stream, _) = proxy.accept().expect("a connection");
        let mut head = [0; 4096];
        let length = stream.read(&mut head).expect("a request");
        let response = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
        stream.write_all(response).expect("the response is sent");
        String::from_utf8_lossy(&head[..length]).into_owned()
    });
    let mut child = Command::new(std::env::current_exe().expect("this program"));
    child.args([
        "--exact",
        "transport::plain_http_to_loopback_ignores_the_proxy_in_the_environment",
    ]);
    child.env(PROXY_TEST_CHILD, "1");
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        child.env(name, &address);
    }
    for name in ["NO_PROXY", "no_proxy", "REQUEST_METHOD"] {
        child.env_remove(name);
    }
    let ended = child.output().expect("it runs");
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stdout));
    let seen = seen.join().expect("a proxy");
    assert!(seen.starts_with("GET http://sidecar.invalid/"), "{seen}");
}

/// Sends one request that uses the proxy, and others that must not reach it.
async fn call_loopback_and_remote() {
    let auth = server();
    let api = auth.api();
    let url = auth.token_url();
    let custom = Transport::from_builder(|| reqwest::Client::builder().user_agent("bookshop")).expect("a transport");
    for (transport, url) in [
        (Transport::default(), &url),
        (custom.clone(), &url),
        (custom, &url.replace("127.0.0.1", "localhost")),
    ] {
        let builder = ClientCredentials::builder("shop", SECRET).token_url(url);
        let tokens = builder.build(transport).expect("a manager");
        tokens.token().await.expect("a token");
        let client = Client::builder(tokens)
            .base_url(api.url("/"))
            .build()
            .expect("a client");
        client.get("books").send_ok().await.expect("a response");
    }
    assert_eq!((auth.token_requests(), api.requests().len()), (3, 3));

    let elsewhere = Client::builder(evergrant::Requirement::none())
        .base_url("http://sidecar.invalid/")
        .danger_allow_http_to("http://sidecar.invalid".parse().expect("an origin"))
        .build()
        .expect("a client");
    elsewhere.get("x").send_ok().await.expect("the proxy's response");
}

#[tokio::test]
async fn the_applications_user_agent_replaces_the_default() {
    let default = DEFAULT_USER_AGENT.to_str().expect("text").to_owned();
    assert!(default.starts_with("evergrant/"), "{default}");
    let headers = |name: &'static str, value: &'static str| {
        let pair = (
            http::HeaderName::from_static(name),
            http::HeaderValue::from_static(value),
        );
        http::HeaderMap::from_iter([pair])
    };
    let client = reqwest::Client::builder;
    let quoted = "a\"user-agent\": b";
    let transports: [(Transport, &str); 8] = [
        (Transport::default(), &default),
        (Transport::from_builder(client).expect("a transport"), &default),
        (from(move || client().user_agent("bookshop/1.0")), "bookshop/1.0"),
        (
            from(move || client().default_headers(headers("user-agent", "by-header"))),
            "by-header",
        ),
        (
            from(move || client().default_headers(headers("x-user-agent", "other"))),
            &default,
        ),
        (
            from(move || client().default_headers(headers("x-note", quoted))),
            &default,
        ),
        (
            Transport::danger_from_client(client().no_proxy().user_agent("mine").build().expect("a client")),
            "mine",
        ),
        (
            Transport::danger_from_client(client().no_proxy().build().expect("a client")),
            &default,
        ),
    ];
    for (transport, expected) in transports {
        for user_agent in [None, Some("for-tokens/2")] {
            let auth = server();
            let mut builder = ClientCredentials::builder("shop", SECRET).token_url(auth.token_url());
            if let Some(user_agent) = user_agent {
                builder = builder.token_endpoint_options(TokenEndpointOptions::new().user_agent(user_agent));
            }
            let tokens = builder.build(transport.clone()).expect("a manager");
            tokens.token().await.expect("a token");
            let request = auth.last_token_request();
            assert_eq!(request.header("user-agent"), Some(user_agent.unwrap_or(expected)));
            assert_eq!(request.headers.get_all("user-agent").iter().count(), 1);
        }
    }
}

fn from(settings: impl Fn() -> reqwest::ClientBuilder) -> Transport {
    Transport::from_builder(settings).expect("a transport")
}
