//! The local parts of a sign-in (RFC 8252 section 7.3): a page that redirects the browser to the server, and a loopback
//! listener that waits for the redirect with the code.

mod final_page;
mod listener_connections;
mod redirect_uri;
mod start_page;

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use evergrant::error::SignInProblem;
use evergrant::{AuthorizationRequest, Error, SignIn, Token};
use http::{Method, Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

use self::final_page::Page;
use self::listener_connections::Connections;
use self::redirect_uri::RedirectUri;
pub(crate) use self::start_page::StartPage;
use crate::failure::{self, Failure, Kind};

/// Listens at the redirect URI.
pub(crate) struct Listener {
    socket: TcpListener,
    uri: String,
    path: Arc<str>,
}

/// The redirect URI, unless the user sets another one.
const DEFAULT_URI: &str = "http://127.0.0.1/callback";

/// A browser's request for the redirect's path, which waits for a page.
struct Visit {
    /// The path and the query.
    redirect: String,
    page: oneshot::Sender<Page>,
}

impl Listener {
    /// Listens at the registered URI, or at the default one on a free port. Without `state`, the default URI has an
    /// unguessable path, as nothing else proves that a redirect belongs to this sign-in.
    pub(crate) async fn bind(registered: Option<&str>, without_state: bool) -> Result<Self, Failure> {
        let default_uri = || -> Result<String, Failure> {
            Ok(match without_state {
                false => DEFAULT_URI.to_owned(),
                true => {
                    let random = SignIn::random_path_segment();
                    let random =
                        random.map_err(|error| failure::local("cannot generate a path for the redirect", error))?;
                    format!("{DEFAULT_URI}/{random}")
                }
            })
        };
        let registered = match registered {
            Some(registered) => RedirectUri::parse(registered)?,
            None => RedirectUri::parse(&default_uri()?)?,
        };
        let port = registered.port.unwrap_or(0);
        let failed = |error| cannot_listen(&registered.address, port, &error);
        let socket = TcpListener::bind((registered.address.as_str(), port))
            .await
            .map_err(failed)?;
        let port = socket.local_addr().map_err(failed)?.port();
        Ok(Self {
            socket,
            uri: registered.with_port(port),
            path: registered.path.into(),
        })
    }

    pub(crate) fn uri(&self) -> &str {
        &self.uri
    }

    /// Serves pages until a redirect completes the request, with success or failure. Redirects that do not belong to
    /// the request are ignored: any program on this machine and any web page can send one. The browser shows success
    /// once `save` has stored the token.
    ///
    /// `wait` is the maximum time for the redirect to arrive; the token request has its own limits.
    pub(crate) async fn finish(
        self,
        sign_in: &SignIn,
        request: &AuthorizationRequest,
        wait: Duration,
        save: impl AsyncFn(&Token) -> Result<(), Failure>,
    ) -> Result<Token, Failure> {
        let (visits, visitors) = mpsc::channel(8);
        let mut connections = Connections::default();
        let serving = async {
            loop {
                // A failed connection does not end the sign-in.
                let Ok((stream, _)) = self.socket.accept().await else {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                };
                let (visits, path) = (visits.clone(), Arc::clone(&self.path));
                connections.accept(stream, move |request| {
                    respond(request, visits.clone(), Arc::clone(&path))
                });
            }
        };
        // This drops the receiver, so later visits get `Page::Gone`.
        let outcome = tokio::select! {
            () = serving => unreachable!("serves until it is dropped"),
            outcome = wait_for_redirect(visitors, sign_in, request, wait, save) => outcome,
        };
        connections.close().await;
        outcome
    }
}

/// The error for an address that cannot be used, with the remedy.
fn cannot_listen(address: &str, port: u16, error: &io::Error) -> Failure {
    let remedy = match error.kind() {
        io::ErrorKind::AddrInUse => {
            "; another program uses this port, possibly another `evergrant login`: end it, or pass another registered --redirect-uri"
        }
        io::ErrorKind::PermissionDenied => "; pass a registered --redirect-uri with a port of 1024 or higher",
        io::ErrorKind::AddrNotAvailable => "; this machine does not have this address: pass another --redirect-uri",
        _ => "",
    };
    let address = match address.contains(':') {
        true => format!("[{address}]:{port}"),
        false => format!("{address}:{port}"),
    };
    Failure::usage(format!("cannot listen for the redirect at {address}: {error}{remedy}"))
}

async fn wait_for_redirect(
    mut visitors: mpsc::Receiver<Visit>,
    sign_in: &SignIn,
    request: &AuthorizationRequest,
    wait: Duration,
    save: impl AsyncFn(&Token) -> Result<(), Failure>,
) -> Result<Token, Failure> {
    let mut timeout = std::pin::pin!(tokio::time::sleep(wait));
    let mut state_dropped = false;
    loop {
        let visit = tokio::select! {
            biased;
            () = &mut timeout => None,
            visit = visitors.recv() => visit,
        };
        let Some(Visit { redirect, page }) = visit else {
            let hint = match state_dropped {
                true => "a redirect had a code but no `state`: see the warning above",
                false => "run it again, with --wait for a longer time",
            };
            return Err(Failure::new(
                Kind::Unreachable,
                format!("no sign-in within {}; {hint}", failure::seconds(wait)),
            ));
        };
        let outcome = match sign_in.finish(request, &redirect).await {
            Ok(token) => save(&token).await.map(|()| token),
            Err(error) if is_unauthenticated(&error) => {
                if !state_dropped && lacks_only_state(&error, &redirect) {
                    state_dropped = true;
                    failure::warn(&format!("{error} (--danger-allow-missing-state)"));
                }
                let _ = page.send(Page::Failed(error.to_string()));
                continue;
            }
            Err(error) => Err(error.into()),
        };
        // The browser may have disconnected.
        let _ = page.send(match &outcome {
            Ok(_) => Page::SignedIn,
            Err(failure) => Page::Failed(failure.message().to_owned()),
        });
        return outcome;
    }
}

/// Whether the redirect has a code and lacks only its `state`.
fn lacks_only_state(error: &Error, redirect: &str) -> bool {
    let query = redirect.split_once('?').map_or("", |(_, query)| query);
    let has_code = url::form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "code");
    has_code && matches!(error, Error::SignInFailed(error) if *error.problem() == SignInProblem::StateMissing)
}

/// Whether the redirect has no valid `state`, so that anybody may have sent it.
fn is_unauthenticated(error: &Error) -> bool {
    matches!(error, Error::SignInFailed(error) if matches!(
        error.problem(),
        SignInProblem::StateMissing | SignInProblem::StateMismatch | SignInProblem::DuplicateParameter("state")
    ))
}

async fn respond(
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
        redirect: format!("{path}?{query}"),
        page,
    };
    let page = match visits.send(visit).await {
        Ok(()) => decided.await.unwrap_or(Page::Gone),
        Err(_) => Page::Gone,
    };
    Ok(page.into_response())
}
