//! The connections of a client: its own, those of another client, or those of an existing reqwest client.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use evergrant::scheme::{ApiKey, Bearer};
use evergrant::{Authorizer, Requirement};
use evergrant_reqwest::{Client, Error};
use evergrant_testing::{AuthServer, MockResponse};
use reqwest::redirect::Policy;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

#[tokio::test]
async fn share_connections_reuses_a_connection() {
    let server = Server::start().await;
    let first = client(&server);
    first.get("a").send().await.expect("a response");
    let builder = Client::builder(Requirement::none()).base_url(format!("{}/v2", server.url));
    let second = builder.share_connections(&first).build().expect("a client");
    second.get("b").send().await.expect("a response");
    assert_eq!(server.connections(), 1);
    client(&server).get("c").send().await.expect("a response");
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_client_transport_omits_the_clients_default_headers() {
    let auth = AuthServer::builder().client("shop", "not-a-real-secret").start();
    let api = auth.api();
    let client = Client::builder(Requirement::none())
        .base_url(api.url("/"))
        .http(|| {
            let name = http::HeaderName::from_static("x-from-http-settings");
            let headers = [(name, http::HeaderValue::from_static("yes"))];
            reqwest::Client::builder().default_headers(headers.into_iter().collect())
        })
        .default_header(
            http::HeaderName::from_static("x-tenant"),
            http::HeaderValue::from_static("a"),
        )
        .build()
        .expect("a client");
    let tokens = evergrant::ClientCredentials::builder("shop", "not-a-real-secret").token_url(auth.token_url());
    let tokens = tokens.build(client.transport()).expect("a manager");
    let response = client.with_authorizer(tokens).get("books").send_ok().await;
    response.expect("a response");
    let request = auth.last_token_request();
    assert_eq!(request.header("x-from-http-settings"), Some("yes"));
    assert_eq!(request.header("x-tenant"), None);
    assert_eq!(api.requests()[0].header("x-tenant"), Some("a"));
}

#[tokio::test]
async fn a_redirect_followed_by_an_existing_client_is_detected() {
    let auth = AuthServer::builder().client("shop", "not-a-real-secret").start();
    let (api, elsewhere) = (auth.api(), auth.api());
    let build = |policy: Policy| {
        let http = reqwest::Client::builder()
            .user_agent("bookshop")
            .no_proxy()
            .redirect(policy);
        let scheme = Bearer::new("bearer")
            .with_token(auth.issue_token("shop", &[]))
            .expect("a token");
        Client::builder(Authorizer::from(scheme))
            .base_url(api.url("/"))
            .danger_http_client(http.build().expect("a client"))
            .build()
            .expect("a client")
    };
    build(Policy::none()).get("books").send_ok().await.expect("a response");
    assert_eq!(api.requests()[0].header("user-agent"), Some("bookshop"));

    let redirect = MockResponse::new(307).header("location", &elsewhere.url("/books"));
    api.next(redirect);
    let outcome = build(Policy::limited(3)).get("moved").send().await;
    assert!(matches!(outcome, Err(Error::UnexpectedRedirect { .. })), "{outcome:?}");
}

#[tokio::test]
async fn share_connections_does_not_share_credentials() {
    let server = Server::start().await;
    let key = |name| {
        let scheme = ApiKey::in_header("key", name).and_then(|scheme| scheme.with_key("not-a-real-key"));
        scheme.expect("a scheme")
    };
    let first = Client::builder(key("x-first"))
        .base_url(&server.url)
        .build()
        .expect("a client");
    let second = Client::builder(key("x-second"))
        .base_url(&server.url)
        .share_connections(&first);
    let response = second
        .build()
        .expect("a client")
        .get("")
        .send()
        .await
        .expect("a response");
    let seen = response.text().await.expect("text");
    assert!(seen.contains("x-second") && !seen.contains("x-first"), "{seen}");
}

fn client(server: &Server) -> Client {
    let builder = Client::builder(Requirement::none()).base_url(&server.url);
    builder.build().expect("a client")
}

/// A server that echoes the head of each request, and counts connections.
struct Server {
    url: String,
    connections: Arc<AtomicUsize>,
}

impl Server {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve_connection(stream));
            }
        });
        Self { url, connections }
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

async fn serve_connection(mut stream: TcpStream) {
    let mut head = Vec::new();
    while let Ok(byte) = stream.read_u8().await {
        head.push(byte);
        if head.ends_with(b"\r\n\r\n") {
            let response = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", head.len());
            let _ = stream.write_all(response.as_bytes()).await;
            let _ = stream.write_all(&head).await;
            head.clear();
        }
    }
}
