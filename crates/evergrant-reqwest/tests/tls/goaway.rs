//! HTTP/2 GOAWAY in the middle of a token request (RFC 9113 section 6.8).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use evergrant::error::TransportErrorKind;
use evergrant::{AuthorizationCode, Error, Exchange, Token};
use evergrant_reqwest::Transport;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::server::{Server, TOKEN};

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;

/// What a server does with a request on stream 1.
#[derive(Debug, Clone, Copy)]
enum Deed {
    /// Says that it has processed nothing.
    Unprocessed,
    /// Says that it processes stream 1, and is gone.
    Vanishes,
    /// Says that it processes stream 1, and answers.
    Answers,
}

#[tokio::test]
async fn a_request_that_was_not_processed_is_repeated_whatever_the_grant() {
    // More often than reqwest repeats by itself.
    let server = server(Deed::Unprocessed, 4).await;
    let token = refreshed(&server).await.expect("a token");
    assert_eq!(token.access_token().expose(), "not-a-real-token");
    assert_eq!(server.connections(), 5);
}

#[tokio::test]
async fn a_request_that_may_have_been_processed_is_not_repeated() {
    let server = server(Deed::Vanishes, 1).await;
    let error = refreshed(&server).await.expect_err("no token");
    let is_interrupted = matches!(&error, Error::Unreachable(error) if error.kind() == TransportErrorKind::Interrupted);
    assert!(is_interrupted, "{error}");
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn an_answer_that_comes_after_the_goaway_is_taken() {
    let server = server(Deed::Answers, usize::MAX).await;
    refreshed(&server).await.expect("a token");
    assert_eq!(server.connections(), 1);
}

/// By a refresh token, which may be good for one request.
async fn refreshed(server: &Server) -> Result<Token, Error> {
    let transport = Transport::from_builder(|| reqwest::Client::builder().http2_prior_knowledge());
    let tokens = AuthorizationCode::new("shop", "not-a-real-secret")
        .token_url(format!("http://127.0.0.1:{}/token", server.port))
        .retries(2)
        .token_provider(async |_, exchange: Exchange| {
            let old = Token::new("old").with_refresh_token("not-a-real-refresh-token");
            exchange.renew(Some(&old)).await
        })
        .build(transport.expect("a transport"))
        .expect("a manager");
    tokens.token().await
}

/// Does the deed `times`, and then answers.
async fn server(deed: Deed, times: usize) -> Server {
    let done = Arc::new(AtomicUsize::new(0));
    Server::start(move |stream| {
        let deed = match done.fetch_add(1, Ordering::SeqCst) < times {
            true => Some(deed),
            false => None,
        };
        async move {
            // Gone is gone.
            let _ = converse(stream, deed).await;
        }
    })
    .await
}

async fn converse(mut stream: TcpStream, deed: Option<Deed>) -> std::io::Result<()> {
    stream.read_exact(&mut [0; 24]).await?;
    stream.write_all(&frame(SETTINGS, 0, 0, &[])).await?;
    // To the end of the request's body.
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        stream.read_exact(&mut vec![0; length]).await?;
        if head[3] == DATA && head[4] & 1 == 1 {
            break;
        }
    }
    let last = match deed {
        None => None,
        Some(Deed::Unprocessed) => Some(0_u32),
        Some(Deed::Vanishes | Deed::Answers) => Some(1),
    };
    if let Some(last) = last {
        let payload = [last.to_be_bytes(), [0; 4]].concat();
        stream.write_all(&frame(GOAWAY, 0, 0, &payload)).await?;
    }
    if matches!(deed, None | Some(Deed::Answers)) {
        // `:status: 200`, the eighth of the static table (RFC 7541).
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
