//! A server that rejects a request while its body is still being sent.

use std::io;
use std::net::Ipv4Addr;

use bytes::Bytes;
use evergrant::error::BoxError;
use futures_util::stream;
use http::{Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tower::{Layer as _, ServiceExt as _};

use crate::fixture::{Body, Fixture, Shared};

#[derive(Clone, Copy)]
enum Protocol {
    Http1,
    Http2,
}

/// A server that rejects the first request after the first chunk of its body, and echoes the bodies of later ones.
#[derive(Clone)]
struct EarlyRejectionServer {
    requests: Shared<usize>,
    rejected: mpsc::UnboundedSender<()>,
}

impl EarlyRejectionServer {
    async fn start(self, protocol: Protocol) -> io::Result<String> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (server, stream) = (self.clone(), TokioIo::new(stream));
                let service = service_fn(move |request| server.clone().respond(request));
                match protocol {
                    Protocol::Http1 => drop(tokio::spawn(http1::Builder::new().serve_connection(stream, service))),
                    Protocol::Http2 => {
                        let server = http2::Builder::new(TokioExecutor::new());
                        drop(tokio::spawn(server.serve_connection(stream, service)));
                    }
                }
            }
        });
        Ok(url)
    }

    async fn respond(self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, BoxError> {
        let mut body = request.into_body();
        let number = self.requests.with(|count| std::mem::replace(count, *count + 1));
        if number > 0 {
            let body = body.collect().await?.to_bytes();
            return Ok(Response::new(Full::new(body)));
        }
        body.frame().await.ok_or("no body")??;
        self.rejected.send(())?;
        Ok(Response::builder().status(401).body(Full::from("no"))?)
    }
}

/// A body that is fed through a channel.
fn channel() -> (mpsc::UnboundedSender<&'static str>, Body) {
    let (sender, mut receiver) = mpsc::unbounded_channel::<&'static str>();
    let chunks = stream::poll_fn(move |context| {
        let chunk = receiver.poll_recv(context);
        chunk.map(|chunk| chunk.map(|chunk| Ok::<_, io::Error>(Frame::data(Bytes::from(chunk)))))
    });
    (sender, StreamBody::new(chunks).boxed_unsync())
}

async fn assert_replayed(protocol: Protocol) -> Result<(), BoxError> {
    let fixture = Fixture::new();
    let (rejected_sender, mut rejected) = mpsc::unbounded_channel();
    let server = EarlyRejectionServer {
        requests: Shared::default(),
        rejected: rejected_sender,
    };
    let url = server.clone().start(protocol).await?;
    let mut http = Client::builder(TokioExecutor::new());
    if let Protocol::Http2 = protocol {
        http.http2_only(true);
    }
    let service = fixture.layer().base_url(&url).build()?.layer(http.build_http());
    let (chunks, body) = channel();
    let call = tokio::spawn(service.oneshot(Request::post(&url).body(body)?));
    chunks.send("one ")?;
    rejected.recv().await;
    fixture.auth.wait_for_token_requests(2).await;
    chunks.send("two ")?;
    chunks.send("three")?;
    drop(chunks);
    let response = call.await??;
    assert_eq!(
        (response.status().as_u16(), server.requests.with(|count| *count)),
        (200, 2)
    );
    assert_eq!(response.into_body().collect().await?.to_bytes(), "one two three");
    Ok(())
}

#[tokio::test]
async fn an_early_rejection_is_replayed_over_http_1() {
    assert_replayed(Protocol::Http1).await.unwrap();
}

#[tokio::test]
async fn an_early_rejection_is_replayed_over_http_2() {
    assert_replayed(Protocol::Http2).await.unwrap();
}

/// The first attempt waits for the next chunk in a separate task when the replay takes over the body.
#[tokio::test]
async fn a_waiting_attempt_is_woken_with_an_error() {
    let fixture = Fixture::new();
    let (chunks, body) = channel();
    let (readers_sender, mut readers) = mpsc::unbounded_channel();
    let service = fixture.layer().build().unwrap().layer(tower::service_fn(
        move |request: Request<evergrant_tower::Replayable<Body>>| {
            let readers_sender = readers_sender.clone();
            async move {
                let mut body = request.into_body();
                let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
                assert_eq!(first, "one ");
                let reading = tokio::spawn(body.collect());
                tokio::task::yield_now().await;
                let reject = !reading.is_finished() && readers_sender.send(reading).is_ok();
                Response::builder()
                    .status(if reject { 401 } else { 200 })
                    .body(String::new())
            }
        },
    ));
    let request = Request::post(fixture.api.url("/")).body(body).unwrap();
    chunks.send("one ").unwrap();
    let call = tokio::spawn(service.oneshot(request));
    let (first, second) = (readers.recv().await.unwrap(), readers.recv().await.unwrap());
    let error = first.await.unwrap().unwrap_err();
    assert!(error.to_string().contains("is being repeated"), "{error}");
    chunks.send("two").unwrap();
    drop(chunks);
    assert_eq!(second.await.unwrap().unwrap().to_bytes(), "two");
    assert_eq!(call.await.unwrap().unwrap().status(), 401);
}
