//! A server that refuses before it has read the request's body, while that is still being written.

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

use crate::shop::{Body, Shared, Shop};

#[derive(Clone, Copy)]
enum Protocol {
    Http1,
    Http2,
}

/// Refuses the first request once it has the first piece of its body, and says so; answers later ones with their bodies.
#[derive(Clone)]
struct Hasty {
    requests: Shared<usize>,
    refused: mpsc::UnboundedSender<()>,
}

impl Hasty {
    async fn start(self, protocol: Protocol) -> io::Result<String> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (server, stream) = (self.clone(), TokioIo::new(stream));
                let service = service_fn(move |request| server.clone().answer(request));
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

    async fn answer(self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, BoxError> {
        let mut body = request.into_body();
        let number = self.requests.with(|count| std::mem::replace(count, *count + 1));
        if number > 0 {
            let body = body.collect().await?.to_bytes();
            return Ok(Response::new(Full::new(body)));
        }
        body.frame().await.ok_or("no body")??;
        self.refused.send(())?;
        Ok(Response::builder().status(401).body(Full::from("no"))?)
    }
}

/// A body that gives what is sent to it, as it comes.
fn channel() -> (mpsc::UnboundedSender<&'static str>, Body) {
    let (sender, mut receiver) = mpsc::unbounded_channel::<&'static str>();
    let pieces = stream::poll_fn(move |context| {
        let piece = receiver.poll_recv(context);
        piece.map(|piece| piece.map(|piece| Ok::<_, io::Error>(Frame::data(Bytes::from(piece)))))
    });
    (sender, StreamBody::new(pieces).boxed_unsync())
}

async fn recovers(protocol: Protocol) -> Result<(), BoxError> {
    let shop = Shop::open();
    let (said, mut refused) = mpsc::unbounded_channel();
    let server = Hasty {
        requests: Shared::default(),
        refused: said,
    };
    let url = server.clone().start(protocol).await?;
    let mut http = Client::builder(TokioExecutor::new());
    if let Protocol::Http2 = protocol {
        http.http2_only(true);
    }
    let service = shop.layer().base_url(&url).build()?.layer(http.build_http());
    let (pieces, body) = channel();
    let call = tokio::spawn(service.oneshot(Request::post(&url).body(body)?));
    pieces.send("one ")?;
    refused.recv().await;
    shop.auth.wait_for_token_requests(2).await;
    pieces.send("two ")?;
    pieces.send("three")?;
    drop(pieces);
    let answer = call.await??;
    assert_eq!(
        (answer.status().as_u16(), server.requests.with(|count| *count)),
        (200, 2)
    );
    assert_eq!(answer.into_body().collect().await?.to_bytes(), "one two three");
    Ok(())
}

#[tokio::test]
async fn an_early_refusal_is_recovered_with_the_whole_body_over_http_1() {
    recovers(Protocol::Http1).await.unwrap();
}

#[tokio::test]
async fn an_early_refusal_is_recovered_with_the_whole_body_over_http_2() {
    recovers(Protocol::Http2).await.unwrap();
}

/// The first attempt waits for the body's next piece, in a task of its own, when the replay takes the body away from it.
#[tokio::test]
async fn a_first_attempt_that_waits_is_woken_and_told() {
    let shop = Shop::open();
    let (pieces, body) = channel();
    let (said, mut heard) = mpsc::unbounded_channel();
    let service = shop.layer().build().unwrap().layer(tower::service_fn(
        move |request: Request<evergrant_tower::Replayable<Body>>| {
            let said = said.clone();
            async move {
                let mut body = request.into_body();
                let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
                assert_eq!(first, "one ");
                let reading = tokio::spawn(body.collect());
                tokio::task::yield_now().await;
                let refuse = !reading.is_finished() && said.send(reading).is_ok();
                Response::builder().status(if refuse { 401 } else { 200 }).body(())
            }
        },
    ));
    let request = Request::post(shop.api.url("/")).body(body).unwrap();
    pieces.send("one ").unwrap();
    let call = tokio::spawn(service.oneshot(request));
    let (first, second) = (heard.recv().await.unwrap(), heard.recv().await.unwrap());
    let error = first.await.unwrap().unwrap_err();
    assert!(error.to_string().contains("is being repeated"), "{error}");
    pieces.send("two").unwrap();
    drop(pieces);
    assert_eq!(second.await.unwrap().unwrap().to_bytes(), "two");
    assert_eq!(call.await.unwrap().unwrap().status(), 401);
}
