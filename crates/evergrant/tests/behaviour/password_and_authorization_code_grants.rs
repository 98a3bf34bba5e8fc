//! The password and authorization code grants and their refresh tokens.

use std::sync::{Arc, Mutex};

use evergrant::TimeLimits;
use evergrant::client_auth::PublicClient;
use evergrant::error::SignInProblem;
use evergrant::{
    AuthorizationCode, AuthorizationRequest, BuildError, ClientCredentials, Error, Password, SignIn, Token,
    TokenManager,
};
use evergrant_reqwest::Transport;
use evergrant_testing::{AuthServerBuilder, Fault, MockResponse, RefreshTokens};
use serde_json::json;
use url::form_urlencoded;

use crate::support::{CLIENT, Fixture, SECRET, call_concurrently, seconds};

const USER: &str = "reader";
const PASSWORD: &str = "not a real&password+%";
const REDIRECT: &str = "http://127.0.0.1:8765/callback";

fn fixture() -> Fixture {
    Fixture::with(users)
}

fn users(server: AuthServerBuilder) -> AuthServerBuilder {
    server.user(USER, PASSWORD).redirect_uri(CLIENT, REDIRECT)
}

fn password_manager(fixture: &Fixture) -> TokenManager {
    let builder = fixture.configured(Password::new(USER, PASSWORD).builder(CLIENT, SECRET));
    builder.scopes(["books.read"]).build(Transport::default()).unwrap()
}

fn code_builder(fixture: &Fixture) -> evergrant::TokenManagerBuilder<AuthorizationCode> {
    fixture
        .configured(AuthorizationCode::builder(CLIENT, SECRET))
        .authorization_url(fixture.auth.authorization_url())
        .redirect_uri(REDIRECT)
        .scopes(["books.read"])
}

async fn signed_in_manager(fixture: &Fixture) -> TokenManager {
    let tokens = code_builder(fixture).build(Transport::default()).unwrap();
    sign_in(fixture, &tokens).await.unwrap();
    tokens
}

async fn sign_in(fixture: &Fixture, tokens: &TokenManager) -> Result<Token, Error> {
    let sign_in = tokens.sign_in().unwrap();
    let request = sign_in.begin().unwrap();
    let redirect = fixture.auth.visit(request.url().as_str());
    sign_in.finish(&request, &redirect).await
}

fn sent_parameter(fixture: &Fixture, name: &str) -> Option<String> {
    fixture.auth.last_token_request().form_value(name)
}

#[tokio::test]
async fn the_password_grant_fetches_one_token_for_all_calls() {
    let fixture = fixture();
    let tokens = password_manager(&fixture);
    let callers = call_concurrently(20, || {
        let tokens = tokens.clone();
        async move { tokens.token().await.unwrap().access_token().expose().to_owned() }
    });
    let received = callers.await;
    assert!(received.iter().all(|token| *token == received[0]));
    assert_eq!(fixture.requests(), 1);
    assert_eq!(sent_parameter(&fixture, "grant_type").as_deref(), Some("password"));
    assert_eq!(sent_parameter(&fixture, "username").as_deref(), Some(USER));
    assert_eq!(sent_parameter(&fixture, "password").as_deref(), Some(PASSWORD));
    assert_eq!(sent_parameter(&fixture, "scope").as_deref(), Some("books.read"));
}

#[tokio::test]
async fn a_wrong_password_is_an_error_without_the_password() {
    let fixture = fixture();
    let builder = fixture.configured(Password::new(USER, "not-the-real-password").builder(CLIENT, SECRET));
    let tokens = builder.build(Transport::default()).unwrap();
    let error = tokens.token().await.unwrap_err();
    assert!(
        matches!(&error, Error::OAuthProvider(error) if error.code() == Some("invalid_grant")),
        "{error}"
    );
    assert!(!format!("{error} {error:?} {tokens:?}").contains("not-the-real-password"));
    assert!(tokens.token().await.is_err());
    assert_eq!(
        fixture.requests(),
        1,
        "the rejected request is not repeated immediately"
    );
}

#[tokio::test]
async fn a_rotated_refresh_token_is_used_next() {
    let fixture = fixture();
    let tokens = password_manager(&fixture);
    let mut refresh_tokens = Vec::new();
    let mut current = tokens.token().await.unwrap();
    for _ in 0..3 {
        let refresh_token = current.refresh_token().unwrap().expose().to_owned();
        fixture.clock.advance(seconds(3600));
        current = tokens.token().await.unwrap();
        assert_eq!(sent_parameter(&fixture, "grant_type").as_deref(), Some("refresh_token"));
        assert_eq!(sent_parameter(&fixture, "refresh_token"), Some(refresh_token));
        assert_eq!(
            sent_parameter(&fixture, "scope"),
            None,
            "a refresh keeps the granted scopes"
        );
        refresh_tokens.push(sent_parameter(&fixture, "refresh_token"));
    }
    refresh_tokens.dedup();
    assert_eq!(refresh_tokens.len(), 3, "the refresh token is different each time");
    assert_eq!(fixture.requests(), 4);
}

#[tokio::test]
async fn an_unchanged_refresh_token_is_kept() {
    let fixture = Fixture::with(|server| users(server).refresh_tokens(RefreshTokens::Reusable));
    let tokens = password_manager(&fixture);
    let first = tokens.token().await.unwrap();
    for _ in 0..3 {
        fixture.clock.advance(seconds(3600));
        let token = tokens.token().await.unwrap();
        assert_eq!(
            token.refresh_token().unwrap().expose(),
            first.refresh_token().unwrap().expose()
        );
        assert_eq!(token.scopes(), first.scopes());
    }
}

#[tokio::test]
async fn a_rejected_refresh_token_falls_back_to_the_password() {
    let fixture = fixture();
    let tokens = password_manager(&fixture);
    tokens.token().await.unwrap();
    fixture.auth.revoke_refresh_tokens();
    fixture.clock.advance(seconds(3600));
    tokens.token().await.unwrap();
    assert_eq!(fixture.requests(), 3, "one refresh, then one password grant");
    assert_eq!(sent_parameter(&fixture, "grant_type").as_deref(), Some("password"));
}

#[tokio::test]
async fn a_transient_failure_keeps_the_refresh_token() {
    let fixture = fixture();
    let tokens = signed_in_manager(&fixture).await;
    fixture.clock.advance(seconds(3600));
    fixture.auth.next(MockResponse::new(503));
    assert!(tokens.token().await.unwrap_err().is_retryable());
    fixture.clock.advance(seconds(60));
    tokens.token().await.unwrap();
    assert_eq!(sent_parameter(&fixture, "grant_type").as_deref(), Some("refresh_token"));
}

#[tokio::test]
async fn the_scope_openid_adds_a_nonce_unless_one_is_set() {
    let fixture = fixture();
    let request = |builder: evergrant::TokenManagerBuilder<AuthorizationCode>| {
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
    let sent = request(code_builder(&fixture).scopes(["openid", "books.read"]));
    let nonce = sent.nonce().unwrap().expose().to_owned();
    assert_eq!((nonces(&sent), nonce.len()), (vec![nonce.clone()], 43));
    let restored = AuthorizationRequest::from_json(&sent.expose_json()).unwrap();
    assert_eq!(restored.nonce().unwrap().expose(), nonce);
    assert!(!format!("{sent:?}").contains(&nonce));
    let own = request(
        code_builder(&fixture)
            .scopes(["openid"])
            .authorization_param("nonce", "own"),
    );
    assert_eq!((nonces(&own), own.nonce().is_none()), (vec!["own".to_owned()], true));
    let none = request(code_builder(&fixture));
    assert!(nonces(&none).is_empty() && none.nonce().is_none());
}

#[tokio::test]
async fn a_user_signs_in_with_code_state_and_challenge() {
    let fixture = fixture();
    let updates: Arc<Mutex<Vec<String>>> = Arc::default();
    let tokens = code_builder(&fixture)
        .authorization_param("prompt", "consent")
        .resource("https://api.example.com/books?a=b")
        .on_token_update({
            let updates = Arc::clone(&updates);
            move |token| updates.lock().unwrap().push(token.access_token().expose().to_owned())
        })
        .build(Transport::default())
        .unwrap();
    assert!(matches!(tokens.token().await, Err(Error::SignInRequired(_))));
    assert_eq!(fixture.requests(), 0, "no request is sent");

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

    let redirect = fixture.auth.visit(request.url().as_str());
    let token = sign_in.finish(&request, &redirect).await.unwrap();
    assert_eq!(
        tokens.token().await.unwrap().access_token().expose(),
        token.access_token().expose()
    );
    assert_eq!(
        sent_parameter(&fixture, "grant_type").as_deref(),
        Some("authorization_code")
    );
    assert_eq!(sent_parameter(&fixture, "redirect_uri").as_deref(), Some(REDIRECT));
    assert_eq!(
        sent_parameter(&fixture, "code_verifier").as_deref(),
        Some(request.code_verifier().expose())
    );
    fixture.wait_until(|| !updates.lock().unwrap().is_empty()).await;
    assert_eq!(*updates.lock().unwrap(), [token.access_token().expose()]);

    fixture.clock.advance(seconds(3600));
    tokens.token().await.unwrap();
    assert_eq!(sent_parameter(&fixture, "grant_type").as_deref(), Some("refresh_token"));
}

#[tokio::test]
async fn a_rejected_refresh_token_requires_a_sign_in_and_is_not_sent_again() {
    let fixture = fixture();
    let tokens = signed_in_manager(&fixture).await;
    fixture.auth.revoke_refresh_tokens();
    fixture.clock.advance(seconds(3600));
    for _ in 0..3 {
        let error = tokens.token().await.unwrap_err();
        assert!(matches!(&error, Error::SignInRequired(_)), "{error}");
        assert!(error.to_string().contains("sign in"), "{error}");
        assert!(!error.is_retryable());
        fixture.clock.advance(seconds(60));
    }
    assert_eq!(fixture.requests(), 2, "one code and one refresh");

    sign_in(&fixture, &tokens).await.unwrap();
    tokens.token().await.unwrap();
}

#[tokio::test]
async fn a_token_without_a_refresh_token_is_served_until_expiry() {
    let fixture = Fixture::with(|server| users(server).refresh_tokens(RefreshTokens::None));
    let tokens = signed_in_manager(&fixture).await;
    fixture.clock.advance(seconds(3500));
    tokens.token().await.unwrap();
    assert!(!tokens.status().fetching);
    fixture.clock.advance(seconds(100));
    assert!(matches!(tokens.token().await, Err(Error::SignInRequired(_))));
    assert_eq!(fixture.requests(), 1);
}

#[tokio::test]
async fn an_expired_stored_token_is_renewed_with_its_refresh_token() {
    let fixture = fixture();
    let stored = signed_in_manager(&fixture).await.token().await.unwrap().expose_json();
    fixture.clock.advance(seconds(7200));
    let stored = Token::from_json(&stored).unwrap();
    let tokens = fixture
        .configured(AuthorizationCode::builder(CLIENT, SECRET))
        .token(stored)
        .build(Transport::default())
        .unwrap();
    tokens.token().await.unwrap();
    assert_eq!(sent_parameter(&fixture, "grant_type").as_deref(), Some("refresh_token"));
}

#[tokio::test]
async fn a_redirect_that_does_not_match_the_request_is_rejected() {
    let fixture = fixture();
    let tokens = code_builder(&fixture).build(Transport::default()).unwrap();
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
            SignInProblem::DuplicateParameter("code"),
        ),
        (
            format!("{REDIRECT}?code=a&state={state}&state={state}"),
            SignInProblem::DuplicateParameter("state"),
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
    assert_eq!(fixture.requests(), 0);
}

#[tokio::test]
async fn a_missing_state_is_explained() {
    let fixture = Fixture::with(|server| users(server).omit_state());
    let tokens = code_builder(&fixture).build(Transport::default()).unwrap();
    let message = sign_in(&fixture, &tokens).await.unwrap_err().to_string();
    assert!(
        message.contains("a code but no `state`") && message.contains("drops it"),
        "{message}"
    );
    assert!(message.contains("danger_allow_missing_state()"), "{message}");

    let sign_in = tokens.sign_in().unwrap();
    let request = sign_in.begin().unwrap();
    for (redirect, cause) in [
        ("/callback?code=abc", "a code but no `state`"),
        ("?code=abc&state=", "a code but no `state`"),
        ("code=abc&scope=books.read", "a code but no `state`"),
        ("/callback?error=access_denied", "an error but no `state`"),
        ("/callback", "pass on only redirects"),
        ("/callback?codes=1", "pass on only redirects"),
    ] {
        let message = sign_in.finish(&request, redirect).await.unwrap_err().to_string();
        assert!(
            message.contains(cause) && !message.contains("abc"),
            "{redirect}: {message}"
        );
    }
    assert_eq!(fixture.requests(), 0);
}

#[tokio::test]
async fn an_unguessable_path_replaces_a_missing_state() {
    let path = SignIn::random_path_segment().unwrap();
    assert!(path.len() == 32 && path != SignIn::random_path_segment().unwrap());
    let uri = format!("{REDIRECT}/{path}");
    let fixture = Fixture::with(|server| users(server).allow_redirect_subpaths().omit_state());
    let builder = code_builder(&fixture).redirect_uri(&uri).danger_allow_missing_state();
    let tokens = builder.build(Transport::default()).unwrap();
    sign_in(&fixture, &tokens).await.unwrap();
    assert!(sent_parameter(&fixture, "code_verifier").is_some_and(|verifier| verifier.len() >= 43));
    assert_eq!(sent_parameter(&fixture, "redirect_uri").as_deref(), Some(uri.as_str()));
    let requests = fixture.requests();

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
            SignInProblem::DuplicateParameter("state"),
        ),
        (
            format!("/callback/{path}?code=a&code=b"),
            SignInProblem::DuplicateParameter("code"),
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
                let message = error.to_string();
                assert!(
                    expected != SignInProblem::StateMissing || message.contains("complete URL"),
                    "{message}"
                );
                assert!(!message.contains(&path) && !message.contains(state), "{message}");
            }
            other => panic!("{redirect}: {other:?}"),
        }
    }
    assert_eq!(fixture.requests(), requests, "no request is sent");
    // A redirect with the state is still accepted.
    fixture.auth.next(MockResponse::new(503));
    let error = sign_in
        .finish(&request, &format!("?code=a&state={state}"))
        .await
        .unwrap_err();
    assert!(!matches!(error, Error::SignInFailed(_)), "{error}");
}

#[test]
fn a_state_may_be_missing_only_with_a_random_path() {
    let build = |uri: &str| {
        let builder = AuthorizationCode::builder(CLIENT, PublicClient).token_url("https://auth.example.com/token");
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
fn duplicate_authorization_parameters_are_rejected() {
    let code = || {
        let builder = AuthorizationCode::builder(CLIENT, PublicClient).token_url("https://auth.example.com/token");
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
async fn a_denied_sign_in_is_an_error() {
    let fixture = fixture();
    fixture.auth.deny_sign_ins();
    let tokens = code_builder(&fixture).build(Transport::default()).unwrap();
    match sign_in(&fixture, &tokens).await {
        Err(Error::SignInFailed(error)) => match error.problem() {
            SignInProblem::Rejected { code, .. } => assert_eq!(code, "access_denied"),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_code_is_sent_once_even_when_the_server_fails() {
    let fixture = fixture();
    let tokens = code_builder(&fixture).retries(5).build(Transport::default()).unwrap();
    fixture.auth.next(MockResponse::new(503));
    assert!(sign_in(&fixture, &tokens).await.is_err());
    assert_eq!(fixture.requests(), 1);
    sign_in(&fixture, &tokens).await.unwrap();
}

#[tokio::test]
async fn an_authorization_request_round_trips_and_prints_no_secret() {
    let fixture = fixture();
    let tokens = code_builder(&fixture).build(Transport::default()).unwrap();
    let sign_in = tokens.sign_in().unwrap();
    let request = sign_in.begin().unwrap();
    let stored = request.expose_json();
    let redirect = fixture.auth.visit(request.url().as_str());
    for secret in [request.state(), request.code_verifier()] {
        assert!(!format!("{request:?} {sign_in:?}").contains(secret.expose()));
    }
    drop(request);
    let request = AuthorizationRequest::from_json(&stored).unwrap();
    sign_in.finish(&request, &redirect).await.unwrap();
    assert!(AuthorizationRequest::from_json("{}").is_err());
}

#[tokio::test]
async fn manual_mode_leaves_tokens_to_the_application() {
    let fixture = fixture();
    let tokens = code_builder(&fixture).manual().build(Transport::default()).unwrap();
    let token = sign_in(&fixture, &tokens).await.unwrap();
    assert!(matches!(tokens.token().await, Err(Error::NotAuthorized(_))));
    let user = tokens.with_token(token.clone()).unwrap();
    user.token().await.unwrap();

    fixture.clock.advance(seconds(3600));
    assert!(matches!(user.token().await, Err(Error::TokenExpired(_))));
    let renewed = user.renew_token(&token).await.unwrap();
    assert_ne!(renewed.access_token().expose(), token.access_token().expose());
    user.with_token(renewed).unwrap().token().await.unwrap();
    assert!(matches!(tokens.fetch_token().await, Err(Error::SignInRequired(_))));
}

#[tokio::test]
async fn manual_mode_shares_concurrent_renewals() {
    let fixture = fixture();
    let stored = signed_in_manager(&fixture).await.token().await.unwrap();
    fixture.clock.advance(seconds(3600));
    let tokens = code_builder(&fixture)
        .manual()
        .token(stored)
        .build(Transport::default())
        .unwrap();
    let hold = fixture.auth.hold();
    let (calls, held) = (tokens.clone(), async {
        fixture.wait_until(|| fixture.requests() == 2).await;
        hold.release();
    });
    let (received, ()) = tokio::join!(
        call_concurrently(8, || {
            let tokens = calls.clone();
            async move { tokens.fetch_token().await }
        }),
        held
    );
    let received: Vec<_> = received.into_iter().map(|token| token.unwrap()).collect();
    let first = received[0].access_token().expose();
    assert!(received.iter().all(|token| token.access_token().expose() == first));
    assert_eq!(fixture.requests(), 2, "one code and one refresh");
}

#[tokio::test]
async fn a_new_sign_in_replaces_a_renewal_in_progress() {
    let fixture = fixture();
    let tokens = signed_in_manager(&fixture).await;
    fixture.clock.advance(seconds(3600));
    let renewal = fixture.auth.hold();
    let call = tokio::spawn({
        let tokens = tokens.clone();
        async move { tokens.token().await }
    });
    fixture.wait_until(|| fixture.requests() == 2).await;
    let sign_in = tokens.sign_in().unwrap();
    let request = sign_in.begin().unwrap();
    let redirect = fixture.auth.visit(request.url().as_str());
    let finish = tokio::spawn(async move { sign_in.finish(&request, &redirect).await });
    fixture.wait_until(|| fixture.requests() == 3).await;
    renewal.release();
    let second = finish.await.unwrap().unwrap();
    // The two responses may arrive in either order.
    call.await.unwrap().unwrap();
    for _ in 0..20 {
        let current = tokens.token().await.unwrap();
        assert_eq!(current.access_token().expose(), second.access_token().expose());
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn invalid_sign_in_settings_are_rejected() {
    let build = |builder: evergrant::TokenManagerBuilder<AuthorizationCode>| builder.build(Transport::default());
    let code = || AuthorizationCode::builder(CLIENT, PublicClient).token_url("https://auth.example.com/token");
    let client = || ClientCredentials::builder(CLIENT, SECRET).token_url("https://auth.example.com/token");
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
        client().build(Transport::default()).unwrap().sign_in(),
        Err(BuildError::WrongGrant { .. })
    ));
    assert!(matches!(
        build(code()).unwrap().sign_in(),
        Err(BuildError::MissingForSignIn { .. })
    ));
}

#[tokio::test]
async fn each_user_has_a_manager_that_renews() {
    let fixture = fixture();
    let application = code_builder(&fixture).build(Transport::default()).unwrap();
    let sign_in = application.sign_in().unwrap();
    let mut users = Vec::new();
    for _ in 0..2 {
        let request = sign_in.begin().unwrap();
        let redirect = fixture.auth.visit(request.url().as_str());
        let updates: Arc<Mutex<Vec<String>>> = Arc::default();
        let update = {
            let updates = Arc::clone(&updates);
            move |token: Token| updates.lock().unwrap().push(token.access_token().expose().to_owned())
        };
        users.push((
            sign_in.finish_for_user(&request, &redirect, update).await.unwrap(),
            updates,
        ));
    }
    let first = users[0].0.token().await.unwrap();
    let second = users[1].0.token().await.unwrap();
    assert_ne!(first.access_token().expose(), second.access_token().expose());
    assert!(matches!(application.token().await, Err(Error::SignInRequired(_))));
    fixture.clock.advance(seconds(3600));
    for (user, updates) in &users {
        let token = user.token().await.unwrap();
        fixture.wait_until(|| updates.lock().unwrap().len() == 2).await;
        assert_eq!(
            updates.lock().unwrap()[1],
            token.access_token().expose(),
            "the callback receives only the token of its user"
        );
    }
    assert_eq!(fixture.requests(), 4);
}

#[tokio::test]
async fn a_refresh_of_a_dropped_manager_calls_the_update_callback() {
    let fixture = fixture();
    let first = signed_in_manager(&fixture).await.token().await.unwrap();
    let updates: Arc<Mutex<Vec<Token>>> = Arc::default();
    let application = code_builder(&fixture).build(Transport::default()).unwrap();
    let user = application.for_user(first.clone(), {
        let updates = Arc::clone(&updates);
        move |token| updates.lock().unwrap().push(token)
    });
    let user = user.unwrap();
    fixture.clock.advance(seconds(3200));
    let hold = fixture.auth.hold();
    user.token().await.unwrap();
    fixture.wait_until(|| fixture.requests() == 2).await;
    drop((user, application));
    hold.release();
    fixture.wait_until(|| !updates.lock().unwrap().is_empty()).await;
    let renewed = updates.lock().unwrap()[0].clone();
    assert_ne!(
        renewed.refresh_token().unwrap().expose(),
        first.refresh_token().unwrap().expose()
    );
}

#[tokio::test]
async fn a_refresh_token_is_not_sent_again_after_an_unknown_outcome() {
    let fixture = fixture();
    let stored = signed_in_manager(&fixture).await.token().await.unwrap();
    fixture.clock.advance(seconds(3600));
    // Long limits, because the clock advances while requests are in progress.
    let long = seconds(100_000);
    let tokens = code_builder(&fixture)
        .retries(5)
        .time_limits(TimeLimits::new().wait(long).attempt(long).fetch(long))
        .token(stored)
        .build(Transport::default())
        .unwrap();
    fixture.auth.next(Fault::Disconnect);
    assert!(tokens.token().await.is_err());
    assert_eq!(fixture.requests(), 2, "one code and one refresh");

    fixture.clock.advance(seconds(60));
    fixture.auth.next_n(2, MockResponse::new(503));
    let call = tokio::spawn(async move { tokens.token().await });
    while !call.is_finished() {
        fixture.clock.advance(seconds(1));
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    call.await.unwrap().unwrap();
    assert_eq!(fixture.requests(), 5, "a 503 does not use up the refresh token");
}

#[tokio::test]
async fn a_rejected_renewal_is_not_repeated() {
    let fixture = fixture();
    let tokens = signed_in_manager(&fixture).await;
    fixture.auth.revoke_refresh_tokens();
    fixture.clock.advance(seconds(3200));
    for _ in 0..10 {
        tokens.token().await.unwrap();
        fixture.wait_until(|| !tokens.status().fetching).await;
        fixture.clock.advance(seconds(35));
    }
    assert_eq!((fixture.requests(), tokens.status().fetches_failed), (2, 1));
    fixture.clock.advance(seconds(60));
    match tokens.token().await {
        Err(Error::SignInRequired(error)) => assert_eq!(error.rejection().unwrap().code(), Some("invalid_grant")),
        other => panic!("{other:?}"),
    }
    assert_eq!((fixture.requests(), tokens.status().fetches_failed), (2, 1));
}

#[tokio::test]
async fn a_token_that_cannot_be_renewed_is_too_short_for_a_longer_lifetime() {
    let fixture = Fixture::with(|server| users(server).refresh_tokens(RefreshTokens::None));
    let tokens = signed_in_manager(&fixture).await;
    let error = tokens.token_valid_for(seconds(7200)).await.unwrap_err();
    assert!(matches!(error, Error::LifetimeTooShort { .. }), "{error}");
    tokens.token_valid_for(seconds(600)).await.unwrap();
    assert_eq!(fixture.requests(), 1);
}

#[tokio::test]
async fn echoed_passwords_codes_and_refresh_tokens_are_masked() {
    let fixture = fixture();
    let rejected = |secret: &str| {
        MockResponse::new(400).json(&format!(
            r#"{{"error":"invalid_grant","error_description":"no {secret}"}}"#
        ))
    };
    let by_password = fixture.configured(Password::new(USER, "hush-not-a-real-password").builder(CLIENT, SECRET));
    fixture.auth.next(rejected("hush-not-a-real-password"));
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
    let expired = stored.with_expires_at(fixture.clock.wall() - seconds(1));
    let tokens = code_builder(&fixture)
        .token(expired)
        .build(Transport::default())
        .unwrap();
    fixture.auth.next(rejected("hush-not-a-real-refresh-token"));
    match tokens.token().await {
        Err(Error::SignInRequired(error)) => {
            let rejection = error.rejection().unwrap().to_string();
            assert!(
                rejection.contains("[redacted]") && !rejection.contains("hush"),
                "{rejection}"
            );
        }
        other => panic!("{other:?}"),
    }

    let tokens = code_builder(&fixture).build(Transport::default()).unwrap();
    let sign_in = tokens.sign_in().unwrap();
    let request = sign_in.begin().unwrap();
    fixture.auth.next(rejected("hush-not-a-real-code"));
    let redirect = format!("?code=hush-not-a-real-code&state={}", request.state().expose());
    let error = sign_in.finish(&request, &redirect).await.unwrap_err();
    assert!(
        error.to_string().contains("[redacted]") && !format!("{error:?}").contains("hush"),
        "{error}"
    );
}

#[tokio::test]
async fn echoed_repetitive_codes_are_masked() {
    let fixture = fixture();
    for piece in ["\\", "%25", "&amp;", "a", "QUFB"] {
        for count in [100, 800, 8 * 1024 / piece.len()] {
            let tokens = code_builder(&fixture).build(Transport::default()).unwrap();
            let sign_in = tokens.sign_in().unwrap();
            let request = sign_in.begin().unwrap();
            let code = piece.repeat(count);
            let body = json!({"error": "invalid_grant", "error_description": code.repeat(2)});
            fixture.auth.next(MockResponse::new(400).json(&body.to_string()));
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
async fn an_overlong_code_is_rejected_and_an_overlong_description_is_truncated() {
    let fixture = fixture();
    let tokens = code_builder(&fixture).build(Transport::default()).unwrap();
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
    let too_long = finish(format!("?state={state}&code={}", "%5C".repeat(8 * 1024 + 1))).await;
    assert!(
        matches!(too_long, SignInProblem::CodeTooLong { limit: 8192, .. }),
        "{too_long:?}"
    );
    let long_text = format!("{state}{}", "%5C".repeat(500_000));
    match finish(format!(
        "?state={state}&error={long_text}&error_description={long_text}"
    ))
    .await
    {
        SignInProblem::Rejected { code, description, .. } => {
            for text in [code, description.unwrap()] {
                assert!(
                    text.starts_with("[redacted]\\") && text.chars().count() == 301,
                    "{text}"
                );
            }
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(fixture.requests(), 0);
}

#[tokio::test]
async fn a_refresh_response_without_scope_keeps_the_scopes() {
    let fixture = fixture();
    let builder = fixture.configured(Password::new(USER, PASSWORD).builder(CLIENT, SECRET));
    let tokens = builder
        .scopes(["books.read"])
        .strict_scopes()
        .build(Transport::default())
        .unwrap();
    let first = tokens.token().await.unwrap();
    fixture.auth.respond_without("scope");
    fixture.clock.advance(seconds(3600));
    assert_eq!(tokens.token().await.unwrap().scopes(), first.scopes());
    fixture.auth.respond_with("scope", "\"other\"");
    fixture.clock.advance(seconds(3600));
    tokens.token().await.unwrap();
    assert_eq!(fixture.requests(), 3);
}

#[tokio::test]
async fn a_refresh_token_for_client_credentials_is_not_used() {
    let fixture = fixture();
    fixture
        .auth
        .respond_with("refresh_token", "\"not-a-real-refresh-token\"");
    let tokens = fixture.tokens();
    tokens.token().await.unwrap();
    fixture.clock.advance(seconds(3600));
    tokens.token().await.unwrap();
    assert_eq!(
        sent_parameter(&fixture, "grant_type").as_deref(),
        Some("client_credentials")
    );
}

#[tokio::test]
async fn a_request_of_another_client_is_rejected() {
    let fixture = fixture();
    let request = code_builder(&fixture)
        .build(Transport::default())
        .unwrap()
        .sign_in()
        .unwrap()
        .begin()
        .unwrap();
    let redirect = fixture.auth.visit(request.url().as_str());
    let other = Fixture::with(users);
    let tokens = code_builder(&other).build(Transport::default()).unwrap();
    match tokens.sign_in().unwrap().finish(&request, &redirect).await {
        Err(Error::SignInFailed(error)) => assert_eq!(*error.problem(), SignInProblem::ClientMismatch),
        other => panic!("{other:?}"),
    }
    assert_eq!(other.requests(), 0);
}

#[tokio::test]
async fn a_redirect_of_another_issuer_is_rejected() {
    let fixture = fixture();
    let tokens = code_builder(&fixture)
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
            Err(Error::SignInFailed(error)) => assert_eq!(*error.problem(), SignInProblem::IssuerMismatch),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(fixture.requests(), 0);
    // Only the query, with a question mark in a value, as some web frameworks provide it.
    let redirect = format!("code=4/0A?x&state={state}&iss=https%3A%2F%2Fauth.example.com");
    assert!(matches!(
        sign_in.finish(&request, &redirect).await,
        Err(Error::OAuthProvider(_))
    ));
    assert_eq!(sent_parameter(&fixture, "code").as_deref(), Some("4/0A?x"));
}

#[tokio::test]
async fn a_cancelled_code_exchange_still_calls_the_update_callback() {
    let fixture = fixture();
    let application = code_builder(&fixture).build(Transport::default()).unwrap();
    let sign_in = application.sign_in().unwrap();
    let request = sign_in.begin().unwrap();
    let redirect = fixture.auth.visit(request.url().as_str());
    let updates: Arc<Mutex<Vec<Token>>> = Arc::default();
    let update = {
        let updates = Arc::clone(&updates);
        move |token| updates.lock().unwrap().push(token)
    };
    let hold = fixture.auth.hold();
    let finish = tokio::spawn(async move { sign_in.finish_for_user(&request, &redirect, update).await });
    fixture.wait_until(|| fixture.requests() == 1).await;
    finish.abort();
    assert!(finish.await.unwrap_err().is_cancelled());
    hold.release();
    fixture.wait_until(|| !updates.lock().unwrap().is_empty()).await;
}

#[tokio::test]
async fn a_panicking_update_callback_does_not_fail_the_sign_in() {
    let fixture = fixture();
    let application = code_builder(&fixture).build(Transport::default()).unwrap();
    let sign_in = application.sign_in().unwrap();
    let request = sign_in.begin().unwrap();
    let redirect = fixture.auth.visit(request.url().as_str());
    let user = sign_in
        .finish_for_user(&request, &redirect, |_| panic!("the database is gone"))
        .await;
    user.unwrap().token().await.unwrap();
}
