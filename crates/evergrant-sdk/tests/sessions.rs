//! Sessions of an API: opened once by logging in, and again when the API has forgotten them.

#![expect(clippy::unwrap_used, reason = "what a test sets up is known to work")]

mod support;

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use evergrant_sdk::http::Method;
use evergrant_sdk::{
    Core, Error, Exchange, Expect, SessionCredentials, Settings, Status, Token, Untyped, decode, evergrant,
    session_token,
};
use evergrant_testing::{Answer, Fault, RouteRequest};
use support::{World, api, with};

/// An API that wants an OAuth token and a session, which its login gives to whoever has an OAuth token.
struct Shop {
    world: World,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    opened: usize,
    open: HashSet<String>,
    lets_everybody_log_in: bool,
}

#[derive(serde::Deserialize)]
struct Opened {
    session: String,
}

impl Shop {
    fn new() -> Self {
        let (world, state) = (World::new(), Arc::<Mutex<State>>::default());
        let (auth, shared) = (world.auth.clone(), Arc::clone(&state));
        world
            .api
            .route(Method::POST, "/v1/session/login", move |request: &RouteRequest<'_>| {
                let mut state = shared.lock().unwrap();
                let known = request.bearer_token().is_some_and(|token| auth.accepts(token));
                if !known && !state.lets_everybody_log_in {
                    return Answer::new(401);
                }
                state.opened += 1;
                let session = format!("session-{}", state.opened);
                state.open.insert(session.clone());
                Answer::new(200).json(&format!(r#"{{"session": "{session}"}}"#))
            });
        for path in ["/v1/session/books", "/v1/session/alone"] {
            let (auth, shared) = (world.auth.clone(), Arc::clone(&state));
            world.api.route(Method::GET, path, move |request: &RouteRequest<'_>| {
                let known = request.bearer_token().is_none_or(|token| auth.accepts(token));
                let session = request.header("x-session").unwrap_or_default();
                match known && shared.lock().unwrap().open.contains(session) {
                    true => Answer::new(200),
                    false => Answer::new(401),
                }
            });
        }
        Self { world, state }
    }

    fn core(&self) -> Core {
        self.world
            .core_with(|settings| settings.session(api::SESSION, credentials()))
    }

    /// As after half an hour without a call.
    fn idle_out(&self) {
        self.state.lock().unwrap().open.clear();
    }

    fn logins(&self) -> usize {
        self.state.lock().unwrap().opened
    }
}

fn credentials() -> SessionCredentials {
    SessionCredentials::log_in(|core: Core| async move {
        let answers = [Expect::new(Status::Any, decode::json::<Opened>)];
        let opened = core.request(&api::LOG_IN).send::<_, Untyped>(&answers, &[]).await?;
        Ok(Token::new(opened.session.clone()))
    })
}

async fn books(core: &Core) -> Result<(), Error> {
    let answers = [Expect::new(Status::Any, decode::empty)];
    let call = core.request(&api::SESSION_BOOKS).send::<_, Untyped>(&answers, &[]);
    call.await.map(|_| ())
}

#[tokio::test]
async fn a_session_is_opened_once_however_many_ask() {
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
    assert_eq!((shop.logins(), shop.world.auth.token_requests()), (1, 1));
    let request = shop.world.api.requests().pop().unwrap();
    assert_eq!(
        request.header("x-session"),
        Some("session-1"),
        "as it is, without Bearer"
    );
    assert!(request.header("authorization").unwrap().starts_with("Bearer "));
}

#[tokio::test]
async fn a_session_that_has_idled_out_is_opened_again_and_no_token_asked_for() {
    let shop = Shop::new();
    let core = shop.core();
    books(&core).await.unwrap();
    shop.idle_out();
    let (first, second) = tokio::join!(books(&core), books(&core));
    first.unwrap();
    second.unwrap();
    assert_eq!((shop.logins(), shop.world.auth.token_requests()), (2, 1));
    books(&core).await.unwrap();
    assert_eq!(shop.logins(), 2);
}

#[tokio::test]
async fn a_token_that_is_refused_as_well_is_renewed_on_the_way() {
    let shop = Shop::new();
    let core = shop.core();
    books(&core).await.unwrap();
    shop.idle_out();
    shop.world.auth.revoke_all();
    books(&core).await.unwrap();
    assert_eq!((shop.logins(), shop.world.auth.token_requests()), (2, 2));

    // The token alone: the session is opened again too, which is what the API's answer leaves to guess.
    shop.world.auth.revoke_all();
    books(&core).await.unwrap();
    assert_eq!((shop.logins(), shop.world.auth.token_requests()), (3, 3));
}

#[tokio::test]
async fn a_token_that_the_login_does_not_find_refused_is_renewed_all_the_same() {
    let shop = Shop::new();
    shop.state.lock().unwrap().lets_everybody_log_in = true;
    let core = shop.core();
    books(&core).await.unwrap();
    for round in 2..5 {
        shop.world.auth.revoke_all();
        books(&core).await.unwrap();
        assert_eq!((shop.logins(), shop.world.auth.token_requests()), (round, round));
    }
    // Sessions are none the worse for it.
    shop.idle_out();
    books(&core).await.unwrap();
    assert_eq!((shop.logins(), shop.world.auth.token_requests()), (5, 4));
}

#[tokio::test]
async fn many_calls_whose_token_the_login_does_not_find_refused_all_succeed() {
    let shop = Shop::new();
    shop.state.lock().unwrap().lets_everybody_log_in = true;
    let core = shop.core();
    books(&core).await.unwrap();
    shop.world.auth.revoke_all();
    let calls: Vec<_> = (0..50)
        .map(|_| {
            let core = core.clone();
            tokio::spawn(async move { books(&core).await })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!((shop.logins(), shop.world.auth.token_requests()), (2, 2));
}

#[tokio::test]
async fn tokens_of_the_applications_own_are_not_asked_for_again_and_again() {
    let world = World::new();
    for path in ["/v1/session/books", "/v1/books"] {
        world
            .api
            .route(Method::GET, path, |_: &RouteRequest<'_>| Answer::new(401));
    }
    let (asked, logins) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
    let next = |counter: &Arc<AtomicUsize>| {
        let number = counter.fetch_add(1, Ordering::SeqCst);
        Ok(Token::new(format!("token-{number}")))
    };
    let core = world.core_with(|settings| {
        let (asked, logins) = (Arc::clone(&asked), Arc::clone(&logins));
        let own = support::credentials().token_provider(move |_: Option<Token>, _: Exchange| {
            let token = next(&asked);
            async { token }
        });
        settings.oauth(api::CCG, own);
        let log_in = move |_: Core| {
            let token = next(&logins);
            async { token }
        };
        settings.session(api::SESSION, SessionCredentials::log_in(log_in));
    });
    for _ in 0..200 {
        assert_eq!(books(&core).await.unwrap_err().status().unwrap(), 401);
    }
    let counts = (asked.load(Ordering::SeqCst), logins.load(Ordering::SeqCst));
    assert!(counts.0 <= 3 && counts.1 <= 3, "{counts:?}");
}

#[tokio::test]
async fn a_session_that_the_application_has_is_sent_as_it_is_and_not_renewed() {
    let shop = Shop::new();
    shop.state.lock().unwrap().open.insert("own-not-real".to_owned());
    let own = SessionCredentials::token("own-not-real");
    let core = shop.world.core_with(|settings| settings.session(api::SESSION, own));
    books(&core).await.unwrap();
    assert!(core.manager(api::SESSION).is_none());
    shop.idle_out();
    assert_eq!(books(&core).await.unwrap_err().status().unwrap(), 401);
    assert_eq!(shop.logins(), 0);
}

#[tokio::test]
async fn a_login_that_fails_says_so_of_itself() {
    let shop = Shop::new();
    let core = shop.core();
    shop.world.api.next(Answer::new(503).header("retry-after", "7"));
    let error = books(&core).await.unwrap_err();
    assert!(matches!(error, Error::Authorization(evergrant::Error::Login(_))));
    let shown = error.to_string();
    let login = format!(
        ": the login failed: POST /session/login at {} was answered 503",
        shop.world.api.url("")
    );
    assert!(
        shown.starts_with("GET /session/books at ") && shown.contains(&login),
        "{shown}"
    );
    assert!(error.is_retryable());
    assert_eq!(error.retry_after(), Some(std::time::Duration::from_secs(7)));
    assert_eq!(error.status().unwrap(), 503);
    assert!(error.api().is_none(), "no answer to this call");
    assert_eq!(error.login().unwrap().api().unwrap().operation(), api::LOG_IN.id);

    let wrong = evergrant_sdk::OAuthCredentials::client_credentials("shop", "wrong-not-real");
    let core = with(&core, |settings| settings.oauth(api::CCG, wrong));
    assert!(matches!(books(&core).await.unwrap_err(), Error::OAuthProvider(_)));
    assert_eq!(shop.logins(), 0);
}

#[tokio::test]
async fn a_login_that_was_refused_is_not_made_with_every_call_until_its_credentials_change() {
    let shop = Shop::new();
    let core = shop.core();
    shop.world.api.next(Answer::new(403).json(r#"{"hushhush": 1}"#));
    for _ in 0..200 {
        let error = books(&core).await.unwrap_err();
        assert_eq!(error.status().unwrap(), 403);
        assert_eq!(&error.login().unwrap().api().unwrap().body()[..], br#"{"hushhush": 1}"#);
        assert!(!format!("{error} {error:?}").contains("hushhush"));
    }
    assert_eq!(shop.world.api.requests().len(), 1);
    let changed = with(&core, |settings| settings.session(api::SESSION, credentials()));
    books(&changed).await.unwrap();
    assert!(books(&core).await.is_err(), "the client that it came from is untouched");
}

#[tokio::test]
async fn a_login_that_is_not_answered_is_retryable_and_remembered_as_well() {
    let shop = Shop::new();
    let core = shop.core();
    for _ in 0..20 {
        shop.world.api.next(Fault::Reset);
        let error = books(&core).await.unwrap_err();
        assert!(error.is_retryable(), "{error}");
        assert_eq!(error.status(), None);
        let login = format!(
            ": the login failed: POST /session/login at {} failed: ",
            shop.world.api.url("")
        );
        assert!(error.to_string().contains(&login), "{error}");
        assert!(matches!(error.login(), Some(Error::Http(_))));
    }
    assert!(shop.world.api.requests().len() <= 2);
}

#[tokio::test]
async fn a_failure_of_the_applications_own_is_the_next_calls_to_retry() {
    let shop = Shop::new();
    let tried = Arc::<AtomicUsize>::default();
    let counter = Arc::clone(&tried);
    let own = SessionCredentials::log_in(move |_| {
        counter.fetch_add(1, Ordering::SeqCst);
        async { Err(evergrant::Error::provider("the vault is sealed")) }
    });
    let core = shop.world.core_with(|settings| settings.session(api::SESSION, own));
    for _ in 0..3 {
        let error = books(&core).await.unwrap_err();
        assert!(error.login().is_none() && error.to_string().contains("the vault is sealed"));
    }
    assert_eq!(tried.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_login_that_needs_a_session_is_an_error_and_no_wait_without_end() {
    let shop = Shop::new();
    let circular = SessionCredentials::log_in(|core: Core| async move {
        books(&core).await?;
        Ok(Token::new("never-had"))
    });
    let core = shop
        .world
        .core_with(|settings| settings.session(api::SESSION, circular));
    let error = books(&core).await.unwrap_err();
    assert!(
        matches!(&error, Error::Authorization(evergrant::Error::RequirementNotMet(_))),
        "{error:?}"
    );
    assert!(shop.world.api.requests().is_empty());
}

#[tokio::test]
async fn clients_share_a_session_until_something_of_its_login_changes() {
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
    assert_eq!(shop.logins(), 2, "other credentials, which a login may use");
    // A session outlives the client that opened it.
    drop((first, third));
    shop.idle_out();
    books(&second).await.unwrap();
    let fourth = with(&second, |settings| settings.oauth(api::CCG, support::credentials()));
    books(&fourth).await.unwrap();
    assert_eq!((shop.logins(), shop.world.auth.token_requests()), (4, 2));
}

#[tokio::test]
async fn a_session_may_start_from_a_stored_token() {
    let shop = Shop::new();
    shop.state.lock().unwrap().open.insert("stored-not-real".to_owned());
    let stored = |settings: &mut Settings| settings.token(api::SESSION, Token::new("stored-not-real"));
    let core = with(&shop.core(), stored);
    books(&core).await.unwrap();
    assert_eq!(shop.logins(), 0);
    shop.idle_out();
    books(&core).await.unwrap();
    assert_eq!(shop.logins(), 1);
}

#[test]
fn a_token_is_taken_out_of_the_logins_answer_and_its_absence_shows_none_of_it() {
    let answer = serde_json::json!({"session": "hushhush", "other": 7, "empty": ""});
    let token = session_token(&answer, "session").unwrap();
    assert_eq!(token.access_token().expose(), "hushhush");
    for member in ["other", "empty", "missing"] {
        let error = session_token(&answer, member).unwrap_err();
        assert!(error.to_string().contains(&format!("no `{member}`")), "{error}");
        assert!(!format!("{error} {error:?}").contains("hushhush"));
    }
}

#[tokio::test]
async fn nothing_stays_behind_when_the_last_client_goes() {
    let shop = Shop::new();
    let held = Arc::new(());
    let watched = Arc::downgrade(&held);
    let credentials = SessionCredentials::log_in(move |core: Core| {
        let _held = &held;
        let _ = core;
        async { Ok(Token::new("not-a-real-session")) }
    });
    let core = shop
        .world
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
    panic!("a client is still held");
}
