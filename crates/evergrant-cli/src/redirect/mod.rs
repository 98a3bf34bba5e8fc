//! The loopback end of a sign-in (RFC 8252 section 7.3): waits for the browser to come back with a code.

mod page;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use evergrant::error::SignInProblem;
use evergrant::{AuthorizationRequest, Error, SignIn, Token};
use http::{Method, Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use url::{Host, Url};

use self::page::Page;
use crate::failure::{Failure, local};

/// Listens where the redirect leads.
pub(crate) struct Listener {
    socket: TcpListener,
    uri: Url,
}

/// A browser that has come to the redirect's path, and waits for a page.
struct Visit {
    query: String,
    page: oneshot::Sender<Page>,
}

/// How long a browser may take to fetch the last page.
const GOODBYE: Duration = Duration::from_secs(2);

impl Listener {
    /// At the registered URI, or on a free port.
    pub(crate) async fn bind(registered: Option<&str>) -> Result<Self, Failure> {
        let unfit = |problem: &str| {
            Failure::usage(format!(
                "the redirect URI {problem}; write it as http://127.0.0.1:PORT/callback"
            ))
        };
        let mut uri: Url = registered
            .unwrap_or("http://127.0.0.1/callback")
            .parse()
            .map_err(|_| unfit("is not a URL"))?;
        let address = match uri.host() {
            Some(Host::Ipv4(address)) if address.is_loopback() => address.to_string(),
            Some(Host::Ipv6(address)) if address.is_loopback() => address.to_string(),
            Some(Host::Domain("localhost")) => "127.0.0.1".to_owned(),
            _ => return Err(unfit("leads elsewhere than to this machine")),
        };
        if uri.scheme() != "http" {
            return Err(unfit("is not plain http, and nothing else can be served here"));
        }
        let port = uri.port().unwrap_or(0);
        let socket = TcpListener::bind((address.as_str(), port)).await;
        let socket = socket.map_err(|error| local("cannot listen for the redirect", error))?;
        let port = socket
            .local_addr()
            .map_err(|error| local("cannot listen for the redirect", error))?;
        if uri.set_port(Some(port.port())).is_err() {
            return Err(unfit("cannot have a port"));
        }
        Ok(Self { socket, uri })
    }

    pub(crate) fn uri(&self) -> &str {
        self.uri.as_str()
    }

    /// Serves pages until a redirect answers the request, for good or ill. One that answers no request of ours ends nothing:
    /// any program on this machine, and any web page, can send one.
    pub(crate) async fn finish(self, sign_in: &SignIn, request: &AuthorizationRequest) -> Result<Token, Failure> {
        let (visits, mut visitors) = mpsc::channel(8);
        let farewell = GracefulShutdown::new();
        let path: Arc<str> = self.uri.path().into();
        let serving = async {
            loop {
                // What is wrong with one connection is that browser's concern.
                let Ok((stream, _)) = self.socket.accept().await else {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                };
                let (visits, path) = (visits.clone(), Arc::clone(&path));
                let service = service_fn(move |request| answer(request, visits.clone(), Arc::clone(&path)));
                let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                tokio::spawn(farewell.watch(connection));
            }
        };
        let deciding = async {
            loop {
                let Some(Visit { query, page }) = visitors.recv().await else {
                    std::future::pending::<()>().await;
                    unreachable!("nothing comes after pending");
                };
                let outcome = sign_in.finish(request, &query).await;
                // The browser may be gone.
                let _ = page.send(Page::of(&outcome));
                if !outcome.as_ref().is_err_and(is_anybodys) {
                    return outcome;
                }
            }
        };
        let outcome: Result<Token, Error> = tokio::select! {
            () = serving => unreachable!("it serves for ever"),
            outcome = deciding => outcome,
        };
        let _ = tokio::time::timeout(GOODBYE, farewell.shutdown()).await;
        Ok(outcome?)
    }
}

/// Whether the redirect may have come from anybody.
fn is_anybodys(error: &Error) -> bool {
    matches!(error, Error::SignInFailed(error) if matches!(
        error.problem(),
        SignInProblem::StateMissing | SignInProblem::StateMismatch | SignInProblem::Repeated(_)
    ))
}

async fn answer(
    request: Request<Incoming>,
    visits: mpsc::Sender<Visit>,
    path: Arc<str>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    if *request.method() != Method::GET || request.uri().path() != &*path {
        return Ok(Page::NotFound.into_response());
    }
    let query = request.uri().query().unwrap_or_default().to_owned();
    let (page, decided) = oneshot::channel();
    let visit = Visit {
        query: format!("?{query}"),
        page,
    };
    let page = match visits.send(visit).await {
        Ok(()) => decided.await.unwrap_or(Page::Late),
        Err(_) => Page::Late,
    };
    Ok(page.into_response())
}
