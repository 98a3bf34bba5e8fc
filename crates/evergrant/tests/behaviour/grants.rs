//! The grants with users: password, authorization code, and the refresh tokens of both.

use std::sync::{Arc, Mutex};

use evergrant::error::SignInProblem;
use evergrant::{
    AuthorizationCode, AuthorizationRequest, BuildError, ClientCredentials, Error, Password, SignIn, Token,
    TokenManager,
};
use evergrant_reqwest::Transport;
use evergrant_testing::{Answer, AuthServerBuilder, Fault, RefreshTokens};
use serde_json::json;
use url::form_urlencoded;

use crate::support::{CLIENT, SECRET, World, crowd, seconds};

const USER: &str = "reader";
const PASSWORD: &str = "not a real&password+%";
const REDIRECT: &str = "http://127.0.0.1:8765/callback";

fn world() -> World {
    World::with(users)
}

fn users(server: AuthServerBuilder) -> AuthServerBuilder {
    server.user(USER, PASSWORD).redirect_uri(CLIENT, REDIRECT)
}

fn by_password(world: &World) -> TokenManager {
    let builder = world.configured(Password::new(USER, PASSWORD).client(CLIENT, SECRET));
    builder.scopes(["books.read"]).build(Transport::default()).unwrap()
}

fn by_code(world: &World) -> evergrant::TokenManagerBuilder {
    world
        .configured(AuthorizationCode::new(CLIENT, SECRET))
        .authorization_url(world.auth.authorization_url())
        .redirect_uri(REDIRECT)
        .scopes(["books.read"])
}

async fn signed_in(world: &World) -> TokenManager {
    let tokens = by_code(world).build(Transport::default()).unwrap();
    sign_in(world, &tokens).await.unwrap();
    tokens
}

async fn sign_in(world: &World, tokens: &TokenManager) -> Result<Token, Error> {
    let sign_in = tokens.sign_in().unwrap();
    let request = sign_in.begin().unwrap();
    let redirect = world.auth.visit(request.url().as_str());
    sign_in.finish(&request, &redirect).await
}

fn sent(world: &World, name: &str) -> Option<String> {
    world.auth.last_token_request().form_value(name)
}

#[tokio::test]
async fn a_password_brings_one_token_for_all_callers() {
    let world = world();
    let tokens = by_password(&world);
    let callers = crowd(20, || {
        let tokens = tokens.clone();
        async move { tokens.token().await.unwrap().access_token().expose().to_owned() }
    });
    let got = callers.await;
    assert!(got.iter().all(|token| *token == got[0]));
    assert_eq!(world.requests(), 1);
    assert_eq!(sent(&world, "grant_type").as_deref(), Some("password"));
    assert_eq!(sent(&world, "username").as_deref(), Some(USER));
    assert_eq!(sent(&world, "password").as_deref(), Some(PASSWORD));
    assert_eq!(sent(&world, "scope").as_deref(), Some("books.read"));
}

#[tokio::test]
async fn a_wrong_password_is_a_typed_error_that_does_not_repeat_it() {
    let world = world();
    let builder = world.configured(Password::new(USER, "not-the-real-password").client(CLIENT, SECRET));
    let tokens = builder.build(Transport::default()).unwrap();
    let error = tokens.token().await.unwrap_err();
    assert!(
        matches!(&error, Error::OAuthProvider(error) if error.code() == Some("invalid_grant")),
        "{error}"
    );
    assert!(!format!("{error} {error:?} {tokens:?}").contains("not-the-real-password"));
    assert!(tokens.token().await.is_err());
    assert_eq!(world.requests(), 1, "and it is not tried again at once");
}

#[tokio::test]
async fn a_renewed_refresh_token_is_used_next_time() {
    let world = world();
    let tokens = by_password(&world);
    let mut shown = Vec::new();
    let mut current = tokens.token().await.unwrap();
    for _ in 0..3 {
        let refresh_token = current.refresh_token().unwrap().expose().to_owned();
        world.clock.advance(seconds(3600));
        current = tokens.token().await.unwrap();
        assert_eq!(sent(&world, "grant_type").as_deref(), Some("refresh_token"));
        assert_eq!(sent(&world, "refresh_token"), Some(refresh_token));
        assert_eq!(sent(&world, "scope"), None, "those that were granted");
        shown.push(sent(&world, "refresh_token"));
    }
    shown.dedup();
    assert_eq!(shown.len(), 3, "each of them was another one");
    assert_eq!(world.requests(), 4);
}

#[tokio::test]
async fn a_refresh_token_that_the_server_does_not_change_is_kept() {
    let world = World::with(|server| users(server).refresh_tokens(RefreshTokens::Reusable));
    let tokens = by_password(&world);
    let first = tokens.token().await.unwrap();
    for _ in 0..3 {
        world.clock.advance(seconds(3600));
        let token = tokens.token().await.unwrap();
        assert_eq!(
            token.refresh_token().unwrap().expose(),
            first.refresh_token().unwrap().expose()
        );
        assert_eq!(token.scopes(), first.scopes());
    }
}

#[tokio::test]
async fn a_refused_refresh_token_falls_back_to_the_password() {
    let world = world();
    let tokens = by_password(&world);
    tokens.token().await.unwrap();
    world.auth.revoke_refresh_tokens();
    world.clock.advance(seconds(3600));
    tokens.token().await.unwrap();
    assert_eq!(world.requests(), 3, "the refresh token, then the password");
    assert_eq!(sent(&world, "grant_type").as_deref(), Some("password"));
}

#[tokio::test]
async fn a_server_that_fails_in_passing_costs_no_refresh_token() {
    let world = world();
    let tokens = signed_in(&world).await;
    world.clock.advance(seconds(3600));
    world.auth.next(Answer::new(503));
    assert!(tokens.token().await.unwrap_err().is_retryable());
    world.clock.advance(seconds(60));
    tokens.token().await.unwrap();
    assert_eq!(sent(&world, "grant_type").as_deref(), Some("refresh_token"));
}

#[tokio::test]
async fn the_scope_openid_brings_a_nonce_unless_the_application_has_its_own() {
    let world = world();
    let request = |builder: evergrant::TokenManagerBuilder| {
        let tokens = builder.build(Transport::default()).unwrap();
        tokens.sign_in().unwrap().begin().unwrap()
    };
    let nonces = |request: &AuthorizationRequest| {
        let query = request.url().query_pairs();
        let nonces = query
            .filter(|(name, _)| name == "nonce")
            .map(|(_, value)| value.into_owned());
        nonces.collect::<Vec<_>>()
    };
    let sent = request(by_code(&world).scopes(["openid", "books.read"]));
    let nonce = sent.nonce().unwrap().expose().to_owned();
    assert_eq!((nonces(&sent), nonce.len()), (vec![nonce.clone()], 43));
    let kept = AuthorizationRequest::from_json(&sent.expose_json()).unwrap();
    assert_eq!(kept.nonce().unwrap().expose(), nonce);
    assert!(!format!("{sent:?}").contains(&nonce));
    let own = request(by_code(&world).scopes(["openid"]).authorization_param("nonce", "own"));
    assert_eq!((nonces(&own), own.nonce().is_none()), (vec!["own".to_owned()], true));
    let none = request(by_code(&world));
    assert!(nonces(&none).is_empty() && none.nonce().is_none());
}

#[tokio::test]
async fn a_user_signs_in_with_a_code_a_state_and_a_challenge() {
    let world = world();
    let updates: Arc<Mutex<Vec<String>>> = Arc::default();
    let tokens = by_code(&world)
        .authorization_param("prompt", "consent")
        .resource("https://api.example.com/books?a=b")
        .on_token_update({
            let updates = Arc::clone(&updates);
            move |token| updates.lock().unwrap().push(token.access_token().expose().to_owned())
        })
        .build(Transport::default())
        .unwrap();
    assert!(matches!(tokens.token().await, Err(Error::SignInRequired(_))));
    assert_eq!(world.requests(), 0, "and nothing was sent");

    let sign_in = tokens.sign_in().unwrap();
    let request = sign_in.begin().unwrap();
    let query: Vec<(String, String)> = request.url().query_pairs().into_owned().collect();
    for (name, expected) in [
        ("response_type", "code"),
        ("client_id", CLIENT),
        ("redirect_uri", REDIRECT),
        ("scope", "books.read"),
        ("state", request.state().expose()),
        ("code_challenge_method", "S256"),
        ("prompt", "consent"),
        ("resource", "https://api.example.com/books?a=b"),
    ] {
        let found = query.iter().find(|(key, _)| key == name);
        assert_eq!(found.map(|(_, value)| value.as_str()), Some(expected), "{name}");
    }
    assert_eq!(request.code_verifier().expose().len(), 43);
    assert!(!request.url().as_str().contains(request.code_verifier().expose()));

    let redirect = world.auth.visit(request.url().as_str());
    let token = sign_in.finish(&request, &redirect).await.unwrap();
    assert_eq!(
        tokens.token().await.unwrap().access_token().expose(),
        token.access_token().expose()
    );
    assert_eq!(sent(&world, "grant_type").as_deref(), Some("authorization_code"));
    assert_eq!(sent(&world, "redirect_uri").as_deref(), Some(REDIRECT));
    assert_eq!(
        sent(&world, "code_verifier").as_deref(),
        Some(request.code_verifier().expose())
    );
    world.until(|| !updates.lock().unwrap().is_empty()).await;
    assert_eq!(*updates.lock().unwrap(), [token.access_token().expose()]);

    world.clock.advance(seconds(3600));
    tokens.token().await.unwrap();
    assert_eq!(sent(&world, "grant_type").as_deref(), Some("refresh_token"));
}

#[tokio::test]
async fn a_refused_refresh_token_asks_the_user_to_sign_in_again_and_is_not_shown_again() {
    let world = world();
    let tokens = signed_in(&world).await;
    world.auth.revoke_refresh_tokens();
    world.clock.advance(seconds(3600));
    for _ in 0..3 {
        let error = tokens.token().await.unwrap_err();
        assert!(matches!(&error, Error::SignInRequired(_)), "{error}");
        assert!(error.to_string().contains("sign in"), "{error}");
        assert!(!error.is_retryable());
        world.clock.advance(seconds(60));
    }
    assert_eq!(world.requests(), 2, "the code, and one refresh");

    sign_in(&world, &tokens).await.unwrap();
    tokens.token().await.unwrap();
}

#[tokio::test]
async fn a_token_without_a_refresh_token_is_served_to_its_end_and_never_renewed() {
    let world = World::with(|server| users(server).refresh_tokens(RefreshTokens::None));
    let tokens = signed_in(&world).await;
    world.clock.advance(seconds(3500));
    tokens.token().await.unwrap();
    assert!(!tokens.status().fetching);
    world.clock.advance(seconds(100));
    assert!(matches!(tokens.token().await, Err(Error::SignInRequired(_))));
    assert_eq!(world.requests(), 1);
}

#[tokio::test]
async fn an_expired_stored_token_is_renewed_with_its_refresh_token() {
    let world = world();
    let stored = signed_in(&world).await.token().await.unwrap().expose_json();
    world.clock.advance(seconds(7200));
    let stored = Token::from_json(&stored).unwrap();
    let tokens = world
        .configured(AuthorizationCode::new(CLIENT, SECRET))
        .token(stored)
        .build(Transport::default())
        .unwrap();
    tokens.token().await.unwrap();
    assert_eq!(sent(&world, "grant_type").as_deref(), Some("refresh_token"));
}

#[tokio::test]
async fn a_redirect_that_does_not_answer_the_request_is_refused_before_anything_is_sent() {
    let world = world();
    let tokens = by_code(&world).build(Transport::default()).unwrap();
    let sign_in = tokens.sign_in().unwrap();
    let request = sign_in.begin().unwrap();
    let state = request.state().expose().to_owned();
    let other = sign_in.begin().unwrap().state().expose().to_owned();
    for (redirect, expected) in [
        ("/callback?code=abc".to_owned(), SignInProblem::StateMissing),
        (
            format!("/callback?code=abc&state={other}"),
            SignInProblem::StateMismatch,
        ),
        (format!("{REDIRECT}?state={state}"), SignInProblem::CodeMissing),
        (
            format!("{REDIRECT}?code=a&code=b&state={state}"),
            SignInProblem::Repeated("code"),
        ),
        (
            format!("{REDIRECT}?code=a&state={state}&state={state}"),
            SignInProblem::Repeated("state"),
        ),
        ("not a redirect".to_owned(), SignInProblem::StateMissing),
        (String::new(), SignInProblem::StateMissing),
    ] {
        match sign_in.finish(&request, &redirect).await {
            Err(Error::SignInFailed(error)) => {
                assert_eq!(*error.problem(), expected, "{redirect}");
                assert!(!error.to_string().contains(&state));
            }
            other => panic!("{redirect}: {other:?}"),
        }
    }
    assert_eq!(world.requests(), 0);
}

#[tokio::test]
async fn a_server_that_drops_the_state_is_named_as_the_cause() {
    let world = World::with(|server| users(server).drop_state());
    let tokens = by_code(&world).build(Transport::default()).unwrap();
    let told = sign_in(&world, &tokens).await.unwrap_err().to_string();
    assert!(
        told.contains("a code and no `state`") && told.contains("drops it"),
        "{told}"
    );
    assert!(told.contains("danger_allow_missing_state()"), "{told}");

    let sign_in = tokens.sign_in().unwrap();
    let request = sign_in.begin().unwrap();
    for (redirect, cause) in [
        ("/callback?code=abc", "a code and no `state`"),
        ("?code=abc&state=", "a code and no `state`"),
        ("code=abc&scope=books.read", "a code and no `state`"),
        ("/callback?error=access_denied", "an error and no `state`"),
        ("/callback", "take only redirects"),
        ("/callback?codes=1", "take only redirects"),
    ] {
        let told = sign_in.finish(&request, redirect).await.unwrap_err().to_string();
        assert!(told.contains(cause) && !told.contains("abc"), "{redirect}: {told}");
    }
    assert_eq!(world.requests(), 0);
}

#[tokio::test]
async fn a_path_that_cannot_be_guessed_stands_for_a_state_that_is_dropped() {
    let path = SignIn::random_path_segment().unwrap();
    assert!(path.len() == 32 && path != SignIn::random_path_segment().unwrap());
    let uri = format!("{REDIRECT}/{path}");
    let world = World::with(|server| users(server).redirect_uris_below().drop_state());
    let builder = by_code(&world).redirect_uri(&uri).danger_allow_missing_state();
    let tokens = builder.build(Transport::default()).unwrap();
    sign_in(&world, &tokens).await.unwrap();
    assert!(sent(&world, "code_verifier").is_some_and(|verifier| verifier.len() >= 43));
    assert_eq!(sent(&world, "redirect_uri").as_deref(), Some(uri.as_str()));
    let requests = world.requests();

    let sign_in = tokens.sign_in().unwrap();
    let request = sign_in.begin().unwrap();
    let (state, other) = (request.state().expose(), SignIn::random_path_segment().unwrap());
    for (redirect, expected) in [
        (
            format!("/callback/{path}?code=a&state=guessed"),
            SignInProblem::StateMismatch,
        ),
        (
            format!("/callback/{path}?code=a&state={state}&state={state}"),
            SignInProblem::Repeated("state"),
        ),
        (
            format!("/callback/{path}?code=a&code=b"),
            SignInProblem::Repeated("code"),
        ),
        (format!("/callback/{path}"), SignInProblem::CodeMissing),
        (format!("/callback/{other}?code=a"), SignInProblem::StateMissing),
        (format!("/callback?code=a&path={path}"), SignInProblem::StateMissing),
        (format!("?code=a#/{path}"), SignInProblem::StateMissing),
        ("/callback?code=a".to_owned(), SignInProblem::StateMissing),
        ("code=a".to_owned(), SignInProblem::StateMissing),
    ] {
        match sign_in.finish(&request, &redirect).await {
            Err(Error::SignInFailed(error)) => {
                assert_eq!(*error.problem(), expected, "{redirect}");
                let told = error.to_string();
                assert!(
                    expected != SignInProblem::StateMissing || told.contains("whole URL"),
                    "{told}"
                );
                assert!(!told.contains(&path) && !told.contains(state), "{told}");
            }
            other => panic!("{redirect}: {other:?}"),
        }
    }
    assert_eq!(world.requests(), requests, "nothing was sent");
    // A server that returns the state is believed as ever.
    world.auth.next(Answer::new(503));
    let error = sign_in
        .finish(&request, &format!("?code=a&state={state}"))
        .await
        .unwrap_err();
    assert!(!matches!(error, Error::SignInFailed(_)), "{error}");
}

#[test]
fn a_state_may_be_missing_only_where_the_path_looks_random() {
    let build = |uri: &str| {
        let builder = AuthorizationCode::public(CLIENT).token_url("https://auth.example.com/token");
        let builder = builder
            .authorization_url("https://auth.example.com/authorize")
            .redirect_uri(uri);
        builder.danger_allow_missing_state().build(Transport::default())
    };
    for uri in [
        "http://127.0.0.1:8765/callback/9f86d081884c7d659a2feaa0c55ad015",
        "https://shop.example.com/9f86d081884c7d659a2feaa0c55ad015?tenant=a",
        "com.example.app:/callback/mZ2lR0x8QvS7_-aKp3Tn5w",
    ] {
        assert!(build(uri).is_ok(), "{uri}");
    }
    for uri in [
        REDIRECT,
        "http://127.0.0.1:8765/",
        "http://127.0.0.1:8765/callback?9f86d081884c7d659a2feaa0c55ad015",
        "http://127.0.0.1:8765/9f86d081884c7d659a2feaa0c55ad015/callback",
        "http://127.0.0.1:8765/9f86d081-884c-4d65-9a2f-eaa0c55ad015",
        "http://127.0.0.1:8765/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ] {
        let error = build(uri).unwrap_err();
        assert!(
            matches!(
                &error,
                BuildError::InvalidUrl {
                    setting: "redirect_uri",
                    ..
                }
            ),
            "{error}"
        );
        assert!(error.to_string().contains("openssl rand -hex 16"), "{error}");
    }
}

#[test]
fn a_parameter_of_the_authorization_url_is_given_once() {
    let code = || {
        let builder = AuthorizationCode::public(CLIENT).token_url("https://auth.example.com/token");
        builder
            .authorization_url("https://auth.example.com/a?tenant=x")
            .redirect_uri(REDIRECT)
    };
    for builder in [
        code()
            .authorization_param("prompt", "login")
            .authorization_param("prompt", "consent"),
        code().authorization_param("tenant", "y"),
    ] {
        let error = builder.build(Transport::default()).unwrap_err();
        assert!(matches!(error, BuildError::RepeatedParameter { .. }), "{error}");
    }
    let both = code()
        .authorization_param("resource", "a")
        .authorization_param("resource", "b");
    let tokens = both.build(Transport::default()).unwrap();
    let request = tokens.sign_in().unwrap().begin().unwrap();
    assert_eq!(
        request
            .url()
            .query_pairs()
            .filter(|(name, _)| name == "resource")
            .count(),
        2
    );
}

#[tokio::test]
async fn a_user_who_says_no_is_a_typed_error() {
    let world = world();
    world.auth.deny_sign_ins();
    let tokens = by_code(&world).build(Transport::default()).unwrap();
    match sign_in(&world, &tokens).await {
        Err(Error::SignInFailed(error)) => match error.problem() {
            SignInProblem::Refused { code, .. } => assert_eq!(code, "access_denied"),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_code_is_exchanged_once_even_when_the_server_fails() {
    let world = world();
    let tokens = by_code(&world).retries(5).build(Transport::default()).unwrap();
    world.auth.next(Answer::new(503));
    assert!(sign_in(&world, &tokens).await.is_err());
    assert_eq!(world.requests(), 1);
    sign_in(&world, &tokens).await.unwrap();
}

#[tokio::test]
async fn a_request_survives_in_a_session_and_shows_no_secret() {
    let world = world();
    let tokens = by_code(&world).build(Transport::default()).unwrap();
    let sign_in = tokens.sign_in().unwrap();
    let request = sign_in.begin().unwrap();
    let stored = request.expose_json();
    let redirect = world.auth.visit(request.url().as_str());
    for secret in [request.state(), request.code_verifier()] {
        assert!(!format!("{request:?} {sign_in:?}").contains(secret.expose()));
    }
    drop(request);
    let request = AuthorizationRequest::from_json(&stored).unwrap();
    sign_in.finish(&request, &redirect).await.unwrap();
    assert!(AuthorizationRequest::from_json("{}").is_err());
}

#[tokio::test]
async fn in_manual_style_the_application_installs_what_it_is_given() {
    let world = world();
    let tokens = by_code(&world).manual().build(Transport::default()).unwrap();
    let token = sign_in(&world, &tokens).await.unwrap();
    assert!(matches!(tokens.token().await, Err(Error::NotAuthorized(_))));
    let user = tokens.with_token(token.clone()).unwrap();
    user.token().await.unwrap();

    world.clock.advance(seconds(3600));
    assert!(matches!(user.token().await, Err(Error::TokenExpired(_))));
    let renewed = user.renew_token(&token).await.unwrap();
    assert_ne!(renewed.access_token().expose(), token.access_token().expose());
    user.with_token(renewed).unwrap().token().await.unwrap();
    assert!(matches!(tokens.fetch_token().await, Err(Error::SignInRequired(_))));
}

#[tokio::test]
async fn in_manual_style_calls_at_the_same_time_share_one_renewal() {
    let world = world();
    let stored = signed_in(&world).await.token().await.unwrap();
    world.clock.advance(seconds(3600));
    let tokens = by_code(&world)
        .manual()
        .token(stored)
        .build(Transport::default())
        .unwrap();
    let hold = world.auth.hold();
    let (calls, held) = (tokens.clone(), async {
        world.until(|| world.requests() == 2).await;
        hold.release();
    });
    let (got, ()) = tokio::join!(
        crowd(8, || {
            let tokens = calls.clone();
            async move { tokens.fetch_token().await }
        }),
        held
    );
    let got: Vec<_> = got.into_iter().map(|token| token.unwrap()).collect();
    let first = got[0].access_token().expose();
    assert!(got.iter().all(|token| token.access_token().expose() == first));
    assert_eq!(world.requests(), 2, "the code, and one refresh");
}

#[tokio::test]
async fn a_new_sign_in_wins_over_a_renewal_under_way() {
    let world = world();
    let tokens = signed_in(&world).await;
    world.clock.advance(seconds(3600));
    let renewal = world.auth.hold();
    let waiting = tokio::spawn({
        let tokens = tokens.clone();
        async move { tokens.token().await }
    });
    world.until(|| world.requests() == 2).await;
    let sign_in = tokens.sign_in().unwrap();
    let request = sign_in.begin().unwrap();
    let redirect = world.auth.visit(request.url().as_str());
    let finish = tokio::spawn(async move { sign_in.finish(&request, &redirect).await });
    world.until(|| world.requests() == 3).await;
    renewal.release();
    let second = finish.await.unwrap().unwrap();
    // Whichever of the two answers comes first.
    waiting.await.unwrap().unwrap();
    for _ in 0..20 {
        let current = tokens.token().await.unwrap();
        assert_eq!(current.access_token().expose(), second.access_token().expose());
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn settings_of_a_sign_in_are_refused_where_they_mean_nothing() {
    let build = |builder: evergrant::TokenManagerBuilder| builder.build(Transport::default());
    let code = || AuthorizationCode::public(CLIENT).token_url("https://auth.example.com/token");
    let client = || ClientCredentials::new(CLIENT, SECRET).token_url("https://auth.example.com/token");
    assert!(matches!(
        build(client().redirect_uri(REDIRECT)),
        Err(BuildError::WrongGrant { .. })
    ));
    assert!(matches!(
        build(code().authorization_url("https://auth.example.com/authorize")),
        Err(BuildError::MissingForSignIn {
            setting: "redirect_uri"
        })
    ));
    assert!(matches!(
        build(
            code()
                .authorization_url("http://auth.example.com/authorize")
                .redirect_uri(REDIRECT)
        ),
        Err(BuildError::NotEncrypted { .. })
    ));
    assert!(matches!(
        build(code().authorization_param("state", "fixed")),
        Err(BuildError::ReservedParameter { .. })
    ));
    assert!(matches!(
        build(
            code()
                .authorization_url("https://auth.example.com/a")
                .redirect_uri("http://127.0.0.1/#part")
        ),
        Err(BuildError::InvalidUrl { .. })
    ));
    for uri in [
        "http://shop.example.com/callback",
        "javascript:alert(1)",
        "data:,x",
        "callback",
    ] {
        let builder = code().authorization_url("https://auth.example.com/a").redirect_uri(uri);
        assert!(matches!(build(builder), Err(BuildError::InvalidUrl { .. })), "{uri}");
    }
    for uri in [
        "https://shop.example.com/callback",
        "http://127.0.0.1",
        "com.example.shop:/callback",
    ] {
        build(code().authorization_url("https://auth.example.com/a").redirect_uri(uri)).unwrap();
    }
    let fixed = code()
        .authorization_url("https://auth.example.com/a?state=fixed")
        .redirect_uri(REDIRECT);
    assert!(matches!(build(fixed), Err(BuildError::InvalidUrl { .. })));
    assert!(matches!(
        build(client()).unwrap().sign_in(),
        Err(BuildError::WrongGrant { .. })
    ));
    assert!(matches!(
        build(code()).unwrap().sign_in(),
        Err(BuildError::MissingForSignIn { .. })
    ));
}

#[tokio::test]
async fn many_users_have_a_manager_each_that_renews_by_itself() {
    let world = world();
    let application = by_code(&world).build(Transport::default()).unwrap();
    let sign_in = application.sign_in().unwrap();
    let mut users = Vec::new();
    for _ in 0..2 {
        let request = sign_in.begin().unwrap();
        let redirect = world.auth.visit(request.url().as_str());
        let told: Arc<Mutex<Vec<String>>> = Arc::default();
        let update = {
            let told = Arc::clone(&told);
            move |token: Token| told.lock().unwrap().push(token.access_token().expose().to_owned())
        };
        users.push((sign_in.finish_apart(&request, &redirect, update).await.unwrap(), told));
    }
    let first = users[0].0.token().await.unwrap();
    let second = users[1].0.token().await.unwrap();
    assert_ne!(first.access_token().expose(), second.access_token().expose());
    assert!(matches!(application.token().await, Err(Error::SignInRequired(_))));
    world.clock.advance(seconds(3600));
    for (user, told) in &users {
        let token = user.token().await.unwrap();
        world.until(|| told.lock().unwrap().len() == 2).await;
        assert_eq!(
            told.lock().unwrap()[1],
            token.access_token().expose(),
            "its own, and nobody else's"
        );
    }
    assert_eq!(world.requests(), 4);
}

#[tokio::test]
async fn a_manager_dropped_while_it_refreshes_tells_of_the_new_refresh_token_all_the_same() {
    let world = world();
    let first = signed_in(&world).await.token().await.unwrap();
    let told: Arc<Mutex<Vec<Token>>> = Arc::default();
    let application = by_code(&world).build(Transport::default()).unwrap();
    let user = application.for_user(first.clone(), {
        let told = Arc::clone(&told);
        move |token| told.lock().unwrap().push(token)
    });
    let user = user.unwrap();
    world.clock.advance(seconds(3200));
    let hold = world.auth.hold();
    user.token().await.unwrap();
    world.until(|| world.requests() == 2).await;
    drop((user, application));
    hold.release();
    world.until(|| !told.lock().unwrap().is_empty()).await;
    let renewed = told.lock().unwrap()[0].clone();
    assert_ne!(
        renewed.refresh_token().unwrap().expose(),
        first.refresh_token().unwrap().expose()
    );
}

#[tokio::test]
async fn a_refresh_token_is_not_shown_twice_when_its_fate_is_unclear() {
    let world = world();
    let stored = signed_in(&world).await.token().await.unwrap();
    world.clock.advance(seconds(3600));
    // The clock moves on while requests are under way, which must not end them.
    let long = seconds(100_000);
    let tokens = by_code(&world)
        .retries(5)
        .max_wait(long)
        .attempt_timeout(long)
        .flight_timeout(long)
        .token(stored)
        .build(Transport::default())
        .unwrap();
    world.auth.next(Fault::Disconnect);
    assert!(tokens.token().await.is_err());
    assert_eq!(world.requests(), 2, "the code, and one refresh");

    world.clock.advance(seconds(60));
    world.auth.next_n(2, Answer::new(503));
    let waiting = tokio::spawn(async move { tokens.token().await });
    while !waiting.is_finished() {
        world.clock.advance(seconds(1));
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    waiting.await.unwrap().unwrap();
    assert_eq!(world.requests(), 5, "a server that says 503 has not taken it");
}

#[tokio::test]
async fn a_refused_renewal_of_a_token_that_is_still_valid_is_the_last_one() {
    let world = world();
    let tokens = signed_in(&world).await;
    world.auth.revoke_refresh_tokens();
    world.clock.advance(seconds(3200));
    for _ in 0..10 {
        tokens.token().await.unwrap();
        world.until(|| !tokens.status().fetching).await;
        world.clock.advance(seconds(35));
    }
    assert_eq!((world.requests(), tokens.status().fetches_failed), (2, 1));
    world.clock.advance(seconds(60));
    match tokens.token().await {
        Err(Error::SignInRequired(error)) => assert_eq!(error.refusal().unwrap().code(), Some("invalid_grant")),
        other => panic!("{other:?}"),
    }
    assert_eq!((world.requests(), tokens.status().fetches_failed), (2, 1));
}

#[tokio::test]
async fn a_token_that_cannot_be_renewed_is_too_short_for_a_long_job() {
    let world = World::with(|server| users(server).refresh_tokens(RefreshTokens::None));
    let tokens = signed_in(&world).await;
    let error = tokens.token_valid_for(seconds(7200)).await.unwrap_err();
    assert!(matches!(error, Error::LifetimeTooShort { .. }), "{error}");
    tokens.token_valid_for(seconds(600)).await.unwrap();
    assert_eq!(world.requests(), 1);
}

#[tokio::test]
async fn what_is_shown_for_a_token_is_masked_when_the_server_repeats_it() {
    let world = world();
    let refused = |secret: &str| {
        Answer::new(400).json(&format!(
            r#"{{"error":"invalid_grant","error_description":"no {secret}"}}"#
        ))
    };
    let by_password = world.configured(Password::new(USER, "hush-not-a-real-password").client(CLIENT, SECRET));
    world.auth.next(refused("hush-not-a-real-password"));
    let error = by_password
        .build(Transport::default())
        .unwrap()
        .token()
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("[redacted]") && !format!("{error:?}").contains("hush"),
        "{error}"
    );

    let stored = Token::new("old").with_refresh_token("hush-not-a-real-refresh-token");
    let expired = stored.with_expires_at(world.clock.wall() - seconds(1));
    let tokens = by_code(&world).token(expired).build(Transport::default()).unwrap();
    world.auth.next(refused("hush-not-a-real-refresh-token"));
    match tokens.token().await {
        Err(Error::SignInRequired(error)) => {
            let refusal = error.refusal().unwrap().to_string();
            assert!(refusal.contains("[redacted]") && !refusal.contains("hush"), "{refusal}");
        }
        other => panic!("{other:?}"),
    }

    let tokens = by_code(&world).build(Transport::default()).unwrap();
    let sign_in = tokens.sign_in().unwrap();
    let request = sign_in.begin().unwrap();
    world.auth.next(refused("hush-not-a-real-code"));
    let redirect = format!("?code=hush-not-a-real-code&state={}", request.state().expose());
    let error = sign_in.finish(&request, &redirect).await.unwrap_err();
    assert!(
        error.to_string().contains("[redacted]") && !format!("{error:?}").contains("hush"),
        "{error}"
    );
}

#[tokio::test]
async fn self_similar_codes_of_any_length_are_masked_when_the_server_repeats_them() {
    let world = world();
    for piece in ["\\", "%25", "&amp;", "a", "QUFB"] {
        for count in [100, 800, 8 * 1024 / piece.len()] {
            let tokens = by_code(&world).build(Transport::default()).unwrap();
            let sign_in = tokens.sign_in().unwrap();
            let request = sign_in.begin().unwrap();
            let code = piece.repeat(count);
            let body = json!({"error": "invalid_grant", "error_description": code.repeat(2)});
            world.auth.next(Answer::new(400).json(&body.to_string()));
            let mut redirect = form_urlencoded::Serializer::new(format!("{REDIRECT}?"));
            redirect
                .append_pair("code", &code)
                .append_pair("state", request.state().expose());
            let error = sign_in.finish(&request, &redirect.finish()).await.unwrap_err();
            assert!(matches!(error, Error::OAuthProvider(_)), "{error}");
            assert!(!error.to_string().contains(&piece.repeat(8)), "{error}");
        }
    }
}

#[tokio::test]
async fn an_overlong_code_is_refused_and_an_overlong_description_cut_before_anything_is_sent() {
    let world = world();
    let tokens = by_code(&world).build(Transport::default()).unwrap();
    let sign_in = tokens.sign_in().unwrap();
    let request = sign_in.begin().unwrap();
    let state = request.state().expose();
    let finish = |redirect: String| {
        let (sign_in, request) = (sign_in.clone(), request.clone());
        async move {
            match sign_in.finish(&request, &redirect).await {
                Err(Error::SignInFailed(error)) => error.problem().clone(),
                other => panic!("{other:?}"),
            }
        }
    };
    let long = finish(format!("?state={state}&code={}", "%5C".repeat(8 * 1024 + 1))).await;
    assert!(
        matches!(long, SignInProblem::CodeTooLong { limit: 8192, .. }),
        "{long:?}"
    );
    let said = format!("{state}{}", "%5C".repeat(500_000));
    match finish(format!("?state={state}&error={said}&error_description={said}")).await {
        SignInProblem::Refused { code, description, .. } => {
            for text in [code, description.unwrap()] {
                assert!(
                    text.starts_with("[redacted]\\") && text.chars().count() == 301,
                    "{text}"
                );
            }
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(world.requests(), 0);
}

#[tokio::test]
async fn a_refreshed_token_keeps_the_scopes_that_it_need_not_name_again_even_when_scopes_are_strict() {
    let world = world();
    let builder = world.configured(Password::new(USER, PASSWORD).client(CLIENT, SECRET));
    let tokens = builder
        .scopes(["books.read"])
        .strict_scopes()
        .build(Transport::default())
        .unwrap();
    let first = tokens.token().await.unwrap();
    world.auth.respond_without("scope");
    world.clock.advance(seconds(3600));
    assert_eq!(tokens.token().await.unwrap().scopes(), first.scopes());
    world.auth.respond_with("scope", "\"other\"");
    world.clock.advance(seconds(3600));
    tokens.token().await.unwrap();
    assert_eq!(world.requests(), 3);
}

#[tokio::test]
async fn a_refresh_token_for_client_credentials_is_not_used() {
    let world = world();
    world.auth.respond_with("refresh_token", "\"not-a-real-refresh-token\"");
    let tokens = world.tokens();
    tokens.token().await.unwrap();
    world.clock.advance(seconds(3600));
    tokens.token().await.unwrap();
    assert_eq!(sent(&world, "grant_type").as_deref(), Some("client_credentials"));
}

#[tokio::test]
async fn a_request_is_finished_with_the_settings_that_it_was_begun_with() {
    let world = world();
    let begun = by_code(&world)
        .build(Transport::default())
        .unwrap()
        .sign_in()
        .unwrap()
        .begin()
        .unwrap();
    let redirect = world.auth.visit(begun.url().as_str());
    let other = World::with(users);
    let tokens = by_code(&other).build(Transport::default()).unwrap();
    match tokens.sign_in().unwrap().finish(&begun, &redirect).await {
        Err(Error::SignInFailed(error)) => assert_eq!(*error.problem(), SignInProblem::OtherClient),
        other => panic!("{other:?}"),
    }
    assert_eq!(other.requests(), 0);
}

#[tokio::test]
async fn a_redirect_of_another_issuer_is_refused_and_a_query_alone_is_read() {
    let world = world();
    let tokens = by_code(&world)
        .issuer("https://auth.example.com")
        .build(Transport::default())
        .unwrap();
    let sign_in = tokens.sign_in().unwrap();
    let request = sign_in.begin().unwrap();
    let state = request.state().expose();
    for redirect in [
        format!("?code=a&state={state}"),
        format!("?code=a&state={state}&iss=https://elsewhere.example.com"),
    ] {
        match sign_in.finish(&request, &redirect).await {
            Err(Error::SignInFailed(error)) => assert_eq!(*error.problem(), SignInProblem::OtherIssuer),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(world.requests(), 0);
    // Without a slash before it, and with a question mark in it, as a web framework may give it.
    let redirect = format!("code=4/0A?x&state={state}&iss=https%3A%2F%2Fauth.example.com");
    assert!(matches!(
        sign_in.finish(&request, &redirect).await,
        Err(Error::OAuthProvider(_))
    ));
    assert_eq!(sent(&world, "code").as_deref(), Some("4/0A?x"));
}

#[tokio::test]
async fn a_user_whose_request_ends_while_the_code_is_exchanged_is_told_of_all_the_same() {
    let world = world();
    let application = by_code(&world).build(Transport::default()).unwrap();
    let sign_in = application.sign_in().unwrap();
    let request = sign_in.begin().unwrap();
    let redirect = world.auth.visit(request.url().as_str());
    let told: Arc<Mutex<Vec<Token>>> = Arc::default();
    let update = {
        let told = Arc::clone(&told);
        move |token| told.lock().unwrap().push(token)
    };
    let hold = world.auth.hold();
    let finish = tokio::spawn(async move { sign_in.finish_apart(&request, &redirect, update).await });
    world.until(|| world.requests() == 1).await;
    finish.abort();
    assert!(finish.await.unwrap_err().is_cancelled());
    hold.release();
    world.until(|| !told.lock().unwrap().is_empty()).await;
}

#[tokio::test]
async fn a_users_update_callback_that_panics_costs_no_sign_in() {
    let world = world();
    let application = by_code(&world).build(Transport::default()).unwrap();
    let sign_in = application.sign_in().unwrap();
    let request = sign_in.begin().unwrap();
    let redirect = world.auth.visit(request.url().as_str());
    let user = sign_in
        .finish_apart(&request, &redirect, |_| panic!("the database is gone"))
        .await;
    user.unwrap().token().await.unwrap();
}
