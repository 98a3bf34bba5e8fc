//! Session schemes: a session is opened by one login, and again when the API no longer accepts it.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use evergrant_sdk::http::Method;
use evergrant_sdk::{
    Core, Dispatcher, Error, Expect, SessionCredentials, Settings, Status, Token, TokenEndpoint, Untyped, decode,
    evergrant, session_token,
};
use evergrant_testing::{Fault, MockResponse, RouteRequest};

use crate::support::{self, Fixture, ServiceCredentials, api, with};

/// An API that requires an OAuth token and a session. Its login requires an OAuth token and opens a session.
struct Shop {
    fixture: Fixture,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    opened: usize,
    open: HashSet<String>,
    accepts_any_login: bool,
}

#[derive(serde::Deserialize)]
struct LoginResponse {
    session: String,
}

impl Shop {
    fn new() -> Self {
        let (fixture, state) = (Fixture::new(), Arc::<Mutex<State>>::default());
        let (auth, shared) = (fixture.auth.clone(), Arc::clone(&state));
        fixture
            .api
            .route(Method::POST, "/v1/session/login", move |request: &RouteRequest<'_>| {
                let mut state = shared.lock().unwrap();
                let known = request.bearer_token().is_some_and(|token| auth.accepts(token));
                if !known && !state.accepts_any_login {
                    return MockResponse::new(401);
                }
                state.opened += 1;
                let session = format!("session-{}", state.opened);
                state.open.insert(session.clone());
                MockResponse::new(200).json(&format!(r#"{{"session": "{session}"}}"#))
            });
        for path in ["/v1/session/books", "/v1/session/alone"] {
            let (auth, shared) = (fixture.auth.clone(), Arc::clone(&state));
            fixture.api.route(Method::GET, path, move |request: &RouteRequest<'_>| {
                let known = request.bearer_token().is_none_or(|token| auth.accepts(token));
                let session = request.header("x-session").unwrap_or_default();
                match known && shared.lock().unwrap().open.contains(session) {
                    true => MockResponse::new(200),
                    false => MockResponse::new(401),
                }
            });
        }
        Self { fixture, state }
    }

    fn core(&self) -> Core {
        self.fixture
            .core_with(|settings| settings.session(api::SESSION, credentials()))
    }

    /// Closes all sessions, as after a time without calls.
    fn expire_sessions(&self) {
        self.state.lock().unwrap().open.clear();
    }

    fn logins(&self) -> usize {
        self.state.lock().unwrap().opened
    }
}

fn credentials() -> SessionCredentials {
    SessionCredentials::log_in(|dispatcher: Dispatcher| async move {
        let responses = [Expect::new(Status::Any, decode::json::<LoginResponse>)];
        let opened = dispatcher
            .request(&api::LOG_IN)
            .send::<_, Untyped>(&responses, &[])
            .await?;
        Ok(Token::new(opened.session.clone()))
    })
}

async fn books(core: &Core) -> Result<(), Error> {
    books_with(core.dispatcher()).await
}

async fn books_with(dispatcher: &Dispatcher) -> Result<(), Error> {
    let responses = [Expect::new(Status::Any, decode::empty)];
    let call = dispatcher
        .request(&api::SESSION_BOOKS)
        .send::<_, Untyped>(&responses, &[]);
    call.await.map(|_| ())
}

#[tokio::test]
async fn concurrent_calls_share_one_login() {
    let shop = Shop::new();
    let core = shop.core();
    let calls: Vec<_> = (0..50)
        .map(|_| {
            let core = core.clone();
            tokio::spawn(async move { books(&core).await })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!((shop.logins(), shop.fixture.auth.token_requests()), (1, 1));
    let request = shop.fixture.api.requests().pop().unwrap();
    assert_eq!(
        request.header("x-session"),
        Some("session-1"),
        "unchanged, without Bearer"
    );
    assert!(request.header("authorization").unwrap().starts_with("Bearer "));
}

#[tokio::test]
async fn an_expired_session_is_opened_again_with_the_same_token() {
    let shop = Shop::new();
    let core = shop.core();
    books(&core).await.unwrap();
    shop.expire_sessions();
    let (first, second) = tokio::join!(books(&core), books(&core));
    first.unwrap();
    second.unwrap();
    assert_eq!((shop.logins(), shop.fixture.auth.token_requests()), (2, 1));
    books(&core).await.unwrap();
    assert_eq!(shop.logins(), 2);
}

#[tokio::test]
async fn a_token_that_the_login_rejects_is_renewed() {
    let shop = Shop::new();
    let core = shop.core();
    books(&core).await.unwrap();
    shop.expire_sessions();
    shop.fixture.auth.revoke_all();
    books(&core).await.unwrap();
    assert_eq!((shop.logins(), shop.fixture.auth.token_requests()), (2, 2));

    // The response does not tell whether the token or the session was rejected, so the session is opened again too.
    shop.fixture.auth.revoke_all();
    books(&core).await.unwrap();
    assert_eq!((shop.logins(), shop.fixture.auth.token_requests()), (3, 3));
}

#[tokio::test]
async fn a_rejected_token_is_renewed_even_if_the_login_accepts_it() {
    let shop = Shop::new();
    shop.state.lock().unwrap().accepts_any_login = true;
    let core = shop.core();
    books(&core).await.unwrap();
    for round in 2..5 {
        shop.fixture.auth.revoke_all();
        books(&core).await.unwrap();
        assert_eq!((shop.logins(), shop.fixture.auth.token_requests()), (round, round));
    }
    // An expired session does not renew the token.
    shop.expire_sessions();
    books(&core).await.unwrap();
    assert_eq!((shop.logins(), shop.fixture.auth.token_requests()), (5, 4));
}

#[tokio::test]
async fn concurrent_calls_recover_even_if_the_login_accepts_the_rejected_token() {
    let shop = Shop::new();
    shop.state.lock().unwrap().accepts_any_login = true;
    let core = shop.core();
    books(&core).await.unwrap();
    shop.fixture.auth.revoke_all();
    let calls: Vec<_> = (0..50)
        .map(|_| {
            let core = core.clone();
            tokio::spawn(async move { books(&core).await })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!((shop.logins(), shop.fixture.auth.token_requests()), (2, 2));
}

#[tokio::test]
async fn rejected_tokens_of_a_provider_are_not_requested_repeatedly() {
    let fixture = Fixture::new();
    for path in ["/v1/session/books", "/v1/books"] {
        fixture
            .api
            .route(Method::GET, path, |_: &RouteRequest<'_>| MockResponse::new(401));
    }
    let (provided, logins) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
    let next = |counter: &Arc<AtomicUsize>| {
        let number = counter.fetch_add(1, Ordering::SeqCst);
        Ok(Token::new(format!("token-{number}")))
    };
    let core = fixture.core_with(|settings| {
        let (provided, logins) = (Arc::clone(&provided), Arc::clone(&logins));
        let own = support::credentials().token_provider(move |_: Option<Token>, _: TokenEndpoint| {
            let token = next(&provided);
            async { token }
        });
        settings.oauth(api::CCG, own);
        let log_in = move |_: Dispatcher| {
            let token = next(&logins);
            async { token }
        };
        settings.session(api::SESSION, SessionCredentials::log_in(log_in));
    });
    for _ in 0..200 {
        assert_eq!(books(&core).await.unwrap_err().status().unwrap(), 401);
    }
    let counts = (provided.load(Ordering::SeqCst), logins.load(Ordering::SeqCst));
    assert!(counts.0 <= 3 && counts.1 <= 3, "{counts:?}");
}

#[tokio::test]
async fn a_fixed_session_token_is_sent_unchanged_and_not_renewed() {
    let shop = Shop::new();
    shop.state.lock().unwrap().open.insert("own-not-real".to_owned());
    let own = SessionCredentials::token("own-not-real");
    let core = shop.fixture.core_with(|settings| settings.session(api::SESSION, own));
    books(&core).await.unwrap();
    assert!(core.manager(api::SESSION).is_none());
    shop.expire_sessions();
    assert_eq!(books(&core).await.unwrap_err().status().unwrap(), 401);
    assert_eq!(shop.logins(), 0);
}

#[tokio::test]
async fn a_login_error_names_the_login_call() {
    let shop = Shop::new();
    let core = shop.core();
    shop.fixture.api.next(MockResponse::new(503).header("retry-after", "7"));
    let error = books(&core).await.unwrap_err();
    assert!(matches!(error, Error::Authorization(evergrant::Error::Login(_))));
    let shown = error.to_string();
    let login = format!(
        ": the login failed: POST /session/login at {} returned 503",
        shop.fixture.api.url("")
    );
    assert!(
        shown.starts_with("GET /session/books at ") && shown.contains(&login),
        "{shown}"
    );
    assert!(error.is_retryable());
    assert_eq!(error.retry_after(), Some(std::time::Duration::from_secs(7)));
    assert_eq!(error.status().unwrap(), 503);
    assert!(error.api().is_none(), "no response to this call");
    assert_eq!(error.login().unwrap().api().unwrap().operation(), api::LOG_IN.id);

    let wrong = ServiceCredentials::new("shop", "wrong-not-real");
    let core = with(&core, |settings| settings.oauth(api::CCG, wrong));
    assert!(matches!(books(&core).await.unwrap_err(), Error::OAuthProvider(_)));
    assert_eq!(shop.logins(), 0);
}

#[tokio::test]
async fn a_rejected_login_is_cached_until_its_credentials_change() {
    let shop = Shop::new();
    let core = shop.core();
    shop.fixture.api.next(MockResponse::new(403).json(r#"{"hushhush": 1}"#));
    for _ in 0..200 {
        let error = books(&core).await.unwrap_err();
        assert_eq!(error.status().unwrap(), 403);
        assert_eq!(&error.login().unwrap().api().unwrap().body()[..], br#"{"hushhush": 1}"#);
        assert!(!format!("{error} {error:?}").contains("hushhush"));
    }
    assert_eq!(shop.fixture.api.requests().len(), 1);
    let changed = with(&core, |settings| settings.session(api::SESSION, credentials()));
    books(&changed).await.unwrap();
    assert!(books(&core).await.is_err(), "the original client is unchanged");
}

#[tokio::test]
async fn a_login_without_a_response_is_retryable_and_cached() {
    let shop = Shop::new();
    let core = shop.core();
    for _ in 0..20 {
        shop.fixture.api.next(Fault::Reset);
        let error = books(&core).await.unwrap_err();
        assert!(error.is_retryable(), "{error}");
        assert_eq!(error.status(), None);
        let login = format!(
            ": the login failed: POST /session/login at {} failed: ",
            shop.fixture.api.url("")
        );
        assert!(error.to_string().contains(&login), "{error}");
        assert!(matches!(error.login(), Some(Error::Http(_))));
    }
    assert!(shop.fixture.api.requests().len() <= 2);
}

#[tokio::test]
async fn a_provider_error_is_retried_by_the_next_call() {
    let shop = Shop::new();
    let attempts = Arc::<AtomicUsize>::default();
    let counter = Arc::clone(&attempts);
    let own = SessionCredentials::log_in(move |_| {
        counter.fetch_add(1, Ordering::SeqCst);
        async { Err(evergrant::Error::provider("the vault is sealed")) }
    });
    let core = shop.fixture.core_with(|settings| settings.session(api::SESSION, own));
    for _ in 0..3 {
        let error = books(&core).await.unwrap_err();
        assert!(error.login().is_none() && error.to_string().contains("the vault is sealed"));
    }
    assert_eq!(attempts.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_login_that_requires_a_session_is_an_error() {
    let shop = Shop::new();
    let circular = SessionCredentials::log_in(|dispatcher: Dispatcher| async move {
        books_with(&dispatcher).await?;
        Ok(Token::new("unreachable"))
    });
    let core = shop
        .fixture
        .core_with(|settings| settings.session(api::SESSION, circular));
    let error = books(&core).await.unwrap_err();
    assert!(
        matches!(&error, Error::Authorization(evergrant::Error::RequirementNotMet(_))),
        "{error:?}"
    );
    assert!(shop.fixture.api.requests().is_empty());
}

#[tokio::test]
async fn derived_clients_share_a_session_unless_the_login_changes() {
    let shop = Shop::new();
    let first = shop.core();
    books(&first).await.unwrap();
    let second = with(&first, |settings| settings.timeout(std::time::Duration::from_secs(9)));
    let third = with(&second, |settings| {
        settings.keys(api::COOKIE, evergrant_sdk::KeyCredentials::new(["x"]))
    });
    books(&second).await.unwrap();
    assert_eq!(shop.logins(), 1);
    books(&third).await.unwrap();
    assert_eq!(shop.logins(), 2, "other credentials may be used by the login");
    // A session outlives the client that opened it.
    drop((first, third));
    shop.expire_sessions();
    books(&second).await.unwrap();
    let fourth = with(&second, |settings| settings.oauth(api::CCG, support::credentials()));
    books(&fourth).await.unwrap();
    assert_eq!((shop.logins(), shop.fixture.auth.token_requests()), (4, 2));
}

#[tokio::test]
async fn a_stored_session_token_is_used() {
    let shop = Shop::new();
    shop.state.lock().unwrap().open.insert("stored-not-real".to_owned());
    let stored = |settings: &mut Settings| settings.token(api::SESSION, Token::new("stored-not-real"));
    let core = with(&shop.core(), stored);
    books(&core).await.unwrap();
    assert_eq!(shop.logins(), 0);
    shop.expire_sessions();
    books(&core).await.unwrap();
    assert_eq!(shop.logins(), 1);
}

#[test]
fn session_token_errors_do_not_show_the_response() {
    let response = serde_json::json!({"session": "hushhush", "other": 7, "empty": ""});
    let token = session_token(&response, "session").unwrap();
    assert_eq!(token.access_token().expose(), "hushhush");
    for member in ["other", "empty", "missing"] {
        let error = session_token(&response, member).unwrap_err();
        assert!(error.to_string().contains(&format!("no `{member}`")), "{error}");
        assert!(!format!("{error} {error:?}").contains("hushhush"));
    }
}

#[tokio::test]
async fn dropping_the_last_client_frees_the_login() {
    let shop = Shop::new();
    let held = Arc::new(());
    let watched = Arc::downgrade(&held);
    let credentials = SessionCredentials::log_in(move |dispatcher: Dispatcher| {
        let _held = &held;
        let _ = dispatcher;
        async { Ok(Token::new("not-a-real-session")) }
    });
    let core = shop
        .fixture
        .core_with(|settings| settings.session(api::SESSION, credentials));
    let _ = books(&core).await;
    let second = with(&core, |settings| settings.timeout(std::time::Duration::from_secs(9)));
    drop((core, second));
    for _ in 0..200 {
        if watched.strong_count() == 0 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the login is still referenced");
}
