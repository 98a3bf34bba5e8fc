//! This machine's ends of a sign-in (RFC 8252 section 7.3): a page that leads the browser away, and a loopback listener that
//! waits for it to come back with a code.

mod guests;
mod page;
mod start;
mod uri;

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

use self::guests::Guests;
use self::page::Page;
pub(crate) use self::start::StartPage;
use self::uri::RedirectUri;
use crate::failure::{self, Failure, Kind};

/// Listens where the redirect leads.
pub(crate) struct Listener {
    socket: TcpListener,
    uri: String,
    path: Arc<str>,
}

/// Where the browser comes back to, unless the user has registered another place.
const USUAL: &str = "http://127.0.0.1/callback";

/// A browser that has come to the redirect's path, and waits for a page.
struct Visit {
    /// The path and the query.
    redirect: String,
    page: oneshot::Sender<Page>,
}

impl Listener {
    /// At the registered URI, or on a free port; at a path that cannot be guessed where nothing else ties a redirect to
    /// us.
    pub(crate) async fn bind(registered: Option<&str>, without_state: bool) -> Result<Self, Failure> {
        let usual = || -> Result<String, Failure> {
            Ok(match without_state {
                false => USUAL.to_owned(),
                true => {
                    let random = SignIn::random_path_segment();
                    let random =
                        random.map_err(|error| failure::local("cannot make up a path for the redirect", error))?;
                    format!("{USUAL}/{random}")
                }
            })
        };
        let registered = match registered {
            Some(registered) => RedirectUri::parse(registered)?,
            None => RedirectUri::parse(&usual()?)?,
        };
        let port = registered.port.unwrap_or(0);
        let cannot = |error| cannot_listen(&registered.address, port, &error);
        let socket = TcpListener::bind((registered.address.as_str(), port))
            .await
            .map_err(cannot)?;
        let port = socket.local_addr().map_err(cannot)?.port();
        Ok(Self {
            socket,
            uri: registered.at(port),
            path: registered.path.into(),
        })
    }

    pub(crate) fn uri(&self) -> &str {
        &self.uri
    }

    /// Serves pages until a redirect answers the request, for good or ill. One that answers no request of ours ends nothing:
    /// any program on this machine, and any web page, can send one. The user is told of a success once the token is kept.
    ///
    /// `wait` is for the user to come back; what follows has limits of its own.
    pub(crate) async fn finish(
        self,
        sign_in: &SignIn,
        request: &AuthorizationRequest,
        wait: Duration,
        keep: impl AsyncFn(&Token) -> Result<(), Failure>,
    ) -> Result<Token, Failure> {
        let (visits, visitors) = mpsc::channel(8);
        let mut guests = Guests::default();
        let serving = async {
            loop {
                // What is wrong with one connection is that browser's concern.
                let Ok((stream, _)) = self.socket.accept().await else {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                };
                let (visits, path) = (visits.clone(), Arc::clone(&self.path));
                guests.welcome(stream, move |request| {
                    answer(request, visits.clone(), Arc::clone(&path))
                });
            }
        };
        // Whoever comes later finds that it is over, as this drops the visitors.
        let outcome = tokio::select! {
            () = serving => unreachable!("it serves for ever"),
            outcome = decide(visitors, sign_in, request, wait, keep) => outcome,
        };
        guests.see_off().await;
        outcome
    }
}

/// Names the address, and what to do about it.
fn cannot_listen(address: &str, port: u16, error: &io::Error) -> Failure {
    let remedy = match error.kind() {
        io::ErrorKind::AddrInUse => {
            "; another program listens there, such as another `evergrant login`: end it, or give another --redirect-uri that the server knows"
        }
        io::ErrorKind::PermissionDenied => "; give a --redirect-uri with a port from 1024 on that the server knows",
        io::ErrorKind::AddrNotAvailable => "; this machine has no such address: give another --redirect-uri",
        _ => "",
    };
    let at = match address.contains(':') {
        true => format!("[{address}]:{port}"),
        false => format!("{address}:{port}"),
    };
    Failure::usage(format!("cannot listen for the redirect at {at}: {error}{remedy}"))
}

async fn decide(
    mut visitors: mpsc::Receiver<Visit>,
    sign_in: &SignIn,
    request: &AuthorizationRequest,
    wait: Duration,
    keep: impl AsyncFn(&Token) -> Result<(), Failure>,
) -> Result<Token, Failure> {
    let mut patience = std::pin::pin!(tokio::time::sleep(wait));
    let mut state_dropped = false;
    loop {
        let visit = tokio::select! {
            biased;
            () = &mut patience => None,
            visit = visitors.recv() => visit,
        };
        let Some(Visit { redirect, page }) = visit else {
            let why = match state_dropped {
                true => "a browser came back with a code and no `state`: see the warning above",
                false => "run it again, with --wait for more time",
            };
            return Err(Failure::new(
                Kind::Unreachable,
                format!("nobody has signed in within {}; {why}", failure::seconds(wait)),
            ));
        };
        let outcome = match sign_in.finish(request, &redirect).await {
            Ok(token) => keep(&token).await.map(|()| token),
            Err(error) if is_anybodys(&error) => {
                if !state_dropped && is_state_dropped(&error, &redirect) {
                    state_dropped = true;
                    failure::warn(&format!("{error}; here that is --danger-allow-missing-state"));
                }
                let _ = page.send(Page::Failed(error.to_string()));
                continue;
            }
            Err(error) => Err(error.into()),
        };
        // The browser may be gone.
        let _ = page.send(match &outcome {
            Ok(_) => Page::SignedIn,
            Err(failure) => Page::Failed(failure.message().to_owned()),
        });
        return outcome;
    }
}

/// Whether all that the redirect lacks is its `state`.
fn is_state_dropped(error: &Error, redirect: &str) -> bool {
    let query = redirect.split_once('?').map_or("", |(_, query)| query);
    let has_code = url::form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "code");
    has_code && matches!(error, Error::SignInFailed(error) if *error.problem() == SignInProblem::StateMissing)
}

/// Whether the redirect may have come from anybody.
fn is_anybodys(error: &Error) -> bool {
    matches!(error, Error::SignInFailed(error) if matches!(
        error.problem(),
        SignInProblem::StateMissing | SignInProblem::StateMismatch | SignInProblem::Repeated("state")
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
        redirect: format!("{path}?{query}"),
        page,
    };
    let page = match visits.send(visit).await {
        Ok(()) => decided.await.unwrap_or(Page::Late),
        Err(_) => Page::Late,
    };
    Ok(page.into_response())
}
