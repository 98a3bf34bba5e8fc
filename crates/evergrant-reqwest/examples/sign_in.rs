//! A web application whose users sign in with an authorization server. `UserTokens` has one token manager for each
//! user.
//!
//! `cargo run -p evergrant-reqwest --example sign_in` starts it with an embedded server, and signs a user in.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Redirect;
use axum::routing::get;
use evergrant::error::SignInProblem;
use evergrant::store::MemoryStore;
use evergrant::{AuthorizationCode, AuthorizationRequest, SignIn, UserTokens};
use evergrant_reqwest::{Client, Transport};
use evergrant_testing::AuthServer;
use tokio::net::TcpListener;

/// The session of one browser. A real application finds it by a cookie.
#[derive(Default)]
struct Session {
    /// The sign-in in progress. If several processes serve one user, save it with `expose_json` in the session store.
    request: Option<AuthorizationRequest>,
}

#[derive(Clone)]
struct App {
    sign_in: SignIn,
    users: UserTokens,
    /// The base of each user's client: connections are shared, tokens are not.
    api: Client,
    sessions: Arc<Mutex<HashMap<&'static str, Session>>>,
}

type HttpError = (StatusCode, String);

/// The key of the user's account. A real application finds it by the session.
const USER_ID: &str = "user-7";

impl App {
    fn session<T>(&self, change: impl FnOnce(&mut Session) -> T) -> T {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        change(sessions.entry("this browser").or_default())
    }
}

async fn login(State(app): State<App>) -> Result<Redirect, HttpError> {
    let request = app.sign_in.begin().map_err(unavailable)?;
    let redirect = Redirect::to(request.url().as_str());
    app.session(|session| session.request = Some(request));
    Ok(redirect)
}

async fn callback(State(app): State<App>, RawQuery(query): RawQuery) -> Result<&'static str, HttpError> {
    let no_sign_in = || (StatusCode::BAD_REQUEST, "no sign-in is in progress".to_owned());
    // Taken out, so that a page that is loaded twice redeems its code once: servers revoke the tokens of a code that
    // they see again.
    let request = app.session(|session| session.request.take()).ok_or_else(no_sign_in)?;
    let query = query.unwrap_or_default();
    let sign_in = app.users.for_user(USER_ID).sign_in().map_err(unavailable)?;
    let finished = sign_in.finish(&request, &query).await;
    if is_of_another_sign_in(&finished) {
        // This sign-in goes on: an attacker can send this browser here with another code.
        app.session(|session| session.request = session.request.take().or(Some(request)));
    }
    finished.map_err(unavailable)?;
    Ok("signed in")
}

fn is_of_another_sign_in<T>(finished: &Result<T, evergrant::Error>) -> bool {
    use SignInProblem::{StateMismatch, StateMissing};
    matches!(finished, Err(evergrant::Error::SignInFailed(error)) if matches!(error.problem(), StateMissing | StateMismatch))
}

async fn books(State(app): State<App>) -> Result<String, HttpError> {
    let api = app.api.with_authorizer(app.users.for_user(USER_ID));
    let response = api.get("books").send_ok().await;
    let response = response.map_err(|error| match needs_sign_in(&error) {
        true => (StatusCode::UNAUTHORIZED, "sign in at /login".to_owned()),
        false => unavailable(error),
    })?;
    response.text().await.map_err(unavailable)
}

fn needs_sign_in(error: &evergrant_reqwest::Error) -> bool {
    use evergrant_reqwest::Error::Authorization;
    matches!(error, Authorization(evergrant::Error::SignInRequired(_)))
}

fn unavailable(error: impl Error) -> HttpError {
    (StatusCode::BAD_GATEWAY, error.to_string())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let home = format!("http://{}", listener.local_addr()?);
    let auth = AuthServer::builder()
        .client("web-shop", "not-a-real-secret")
        .user("reader", "not-a-real-password")
        .redirect_uri("web-shop", &format!("{home}/callback"))
        .start();
    let api_server = auth.api();

    let application = AuthorizationCode::builder("web-shop", "not-a-real-secret")
        .authorization_url(auth.authorization_url())
        .token_url(auth.token_url())
        .redirect_uri(format!("{home}/callback"))
        .scopes(["books.read"])
        .build(Transport::default())?;
    let app = App {
        sign_in: application.sign_in()?,
        // For several processes, and for restarts: a store of `evergrant-store`, such as Postgres.
        users: UserTokens::builder(application.clone(), MemoryStore::new()).build()?,
        api: Client::builder(application).base_url(api_server.url("/")).build()?,
        sessions: Arc::default(),
    };
    let routes = Router::new()
        .route("/login", get(login))
        .route("/callback", get(callback))
        .route("/books", get(books))
        .with_state(app);
    let service = tokio::spawn(async { axum::serve(listener, routes).await });

    // Acts as a browser, which follows redirects.
    let browser = reqwest::Client::new();
    let show = async |path: &str| {
        let response = browser.get(format!("{home}{path}")).send().await?;
        println!("GET {path}: {} {}", response.status().as_u16(), response.text().await?);
        Ok::<(), reqwest::Error>(())
    };
    show("/books").await?;
    show("/login").await?;
    show("/books").await?;
    auth.revoke_all();
    show("/books").await?;
    println!("token requests: {}", auth.token_requests());
    service.abort();
    Ok(())
}
