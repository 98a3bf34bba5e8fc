//! HTTP/2 GOAWAY during a token request (RFC 9113 section 6.8).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use evergrant::error::TransportErrorKind;
use evergrant::{AuthorizationCode, Error, Token, TokenEndpoint};
use evergrant_reqwest::Transport;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::server::{Server, TOKEN};

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;

/// What the server sends after the request on stream 1.
#[derive(Debug, Clone, Copy)]
enum GoAway {
    /// A GOAWAY without any processed stream.
    Unprocessed,
    /// A GOAWAY after stream 1, and no response.
    NoResponse,
    /// A GOAWAY after stream 1, and the response.
    Response,
}

#[tokio::test]
async fn an_unprocessed_request_is_repeated_for_every_grant() {
    // More often than reqwest retries.
    let server = server(GoAway::Unprocessed, 4).await;
    let token = refresh(&server).await.expect("a token");
    assert_eq!(token.access_token().expose(), "not-a-real-token");
    assert_eq!(server.connections(), 5);
}

#[tokio::test]
async fn a_request_that_may_have_been_processed_is_not_repeated() {
    let server = server(GoAway::NoResponse, 1).await;
    let error = refresh(&server).await.expect_err("no token");
    let is_interrupted = matches!(&error, Error::Unreachable(error) if error.kind() == TransportErrorKind::Interrupted);
    assert!(is_interrupted, "{error}");
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_response_after_the_goaway_is_accepted() {
    let server = server(GoAway::Response, usize::MAX).await;
    refresh(&server).await.expect("a token");
    assert_eq!(server.connections(), 1);
}

/// Fetches a token with a refresh token, which may be single-use.
async fn refresh(server: &Server) -> Result<Token, Error> {
    let transport = Transport::from_builder(|| reqwest::Client::builder().http2_prior_knowledge());
    let tokens = AuthorizationCode::builder("shop", "not-a-real-secret")
        .token_url(format!("http://127.0.0.1:{}/token", server.port))
        .retries(2)
        .token_provider(async |_, endpoint: TokenEndpoint| {
            let old = Token::new("old").with_refresh_token("not-a-real-refresh-token");
            endpoint.renew(Some(&old)).await
        })
        .build(transport.expect("a transport"))
        .expect("a manager");
    tokens.token().await
}

/// Sends the GOAWAY `times`, and then responds without it.
async fn server(goaway: GoAway, times: usize) -> Server {
    let done = Arc::new(AtomicUsize::new(0));
    Server::start(move |stream| {
        let goaway = match done.fetch_add(1, Ordering::SeqCst) < times {
            true => Some(goaway),
            false => None,
        };
        async move {
            // The client may close the connection.
            let _ = serve_connection(stream, goaway).await;
        }
    })
    .await
}

async fn serve_connection(mut stream: TcpStream, goaway: Option<GoAway>) -> std::io::Result<()> {
    stream.read_exact(&mut [0; 24]).await?;
    stream.write_all(&frame(SETTINGS, 0, 0, &[])).await?;
    // Read to the end of the request body.
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        stream.read_exact(&mut vec![0; length]).await?;
        if head[3] == DATA && head[4] & 1 == 1 {
            break;
        }
    }
    let last = match goaway {
        None => None,
        Some(GoAway::Unprocessed) => Some(0_u32),
        Some(GoAway::NoResponse | GoAway::Response) => Some(1),
    };
    if let Some(last) = last {
        let payload = [last.to_be_bytes(), [0; 4]].concat();
        stream.write_all(&frame(GOAWAY, 0, 0, &payload)).await?;
    }
    if matches!(goaway, None | Some(GoAway::Response)) {
        // `:status: 200`, entry 8 of the static table (RFC 7541).
        stream.write_all(&frame(HEADERS, 4, 1, &[0x88])).await?;
        stream.write_all(&frame(DATA, 1, 1, TOKEN.as_bytes())).await?;
    }
    stream.shutdown().await?;
    stream.read_to_end(&mut Vec::new()).await.map(drop)
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("short").to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}
