//! Initial tokens: each is used only for its endpoints, and its refresh token only once.

use std::time::Duration;

use evergrant_sdk::{
    BuildError, Core, Expect, SessionCredentials, Settings, Status, Token, Untyped, decode, metadata::Operation,
};
use evergrant_testing::{AuthServer, RefreshTokens};

use crate::support::{Fixture, PasswordCredentials, SECRET, UserCredentials, api, credentials, with};

async fn get(core: &Core, operation: &'static Operation) {
    let responses = [Expect::new(Status::Range(2), decode::empty)];
    let call = core.request(operation).send::<_, Untyped>(&responses, &[]);
    call.await.unwrap();
}

fn with_rotating_refresh_tokens() -> Fixture {
    let auth = AuthServer::builder()
        .client("shop", SECRET)
        .user("jane", "not-a-real-password")
        .redirect_uri("shop", "http://127.0.0.1/callback")
        .refresh_tokens(RefreshTokens::Rotating)
        .start();
    let api = auth.api();
    Fixture { auth, api }
}

fn user_credentials() -> UserCredentials {
    UserCredentials::new("shop", SECRET, "http://127.0.0.1/callback").configure(|tokens| tokens.retries(0))
}

/// Fetches a token with a refresh token.
async fn stored_token(fixture: &Fixture) -> Token {
    let password = PasswordCredentials::new("shop", SECRET, "jane", "not-a-real-password");
    let mut settings = fixture.settings();
    settings.oauth(api::PASSWORD, password);
    let core = settings.build().unwrap();
    let token = core.manager(api::PASSWORD).unwrap().fetch_token().await.unwrap();
    assert!(token.refresh_token().is_some());
    token
}

type Change = fn(&mut Settings);

#[tokio::test]
async fn a_used_refresh_token_is_not_used_again() {
    let changes: [Change; 5] = [
        |settings| settings.http(|http| http),
        |settings| settings.danger_allow_http_to("http://10.0.0.1".parse().unwrap()),
        |settings| settings.allow_origin("https://files.example.com"),
        |settings| settings.timeout(Duration::from_secs(9)),
        |_| {},
    ];
    for in_credentials in [true, false] {
        for change in changes {
            let fixture = with_rotating_refresh_tokens();
            let token = stored_token(&fixture).await;
            let credentials = match in_credentials {
                true => user_credentials().token(token.clone()),
                false => user_credentials(),
            };
            let mut settings = fixture.settings();
            settings.oauth(api::ACG, credentials.clone());
            if !in_credentials {
                settings.token(api::ACG, token);
            }
            let first = settings.build().unwrap();
            fixture.auth.revoke_all();
            get(&first, &api::BY_USER).await;
            let second = with(&first, change);
            let third = with(&second, |settings| {
                settings.oauth(api::ACG, credentials);
                change(settings);
            });
            for core in [&second, &first, &third, &second] {
                fixture.auth.revoke_all();
                get(core, &api::BY_USER).await;
            }
        }
    }
}

#[tokio::test]
async fn new_credentials_use_a_stored_token_only_while_it_is_the_newest() {
    let fixture = with_rotating_refresh_tokens();
    let credentials = user_credentials().token(stored_token(&fixture).await);
    let mut settings = fixture.settings();
    settings.oauth(api::ACG, credentials.clone());
    let first = settings.build().unwrap();
    let other = credentials.clone().clock_skew(Duration::from_secs(1));
    let second = with(&first, |settings| settings.oauth(api::ACG, other.clone()));
    get(&second, &api::BY_USER).await;
    fixture.auth.revoke_all();
    get(&second, &api::BY_USER).await;
    // The refresh token is used up: the derived clients require a sign-in, and the second client stays signed in.
    let third = with(&second, |settings| settings.oauth(api::ACG, credentials));
    third.manager(api::ACG).unwrap().token().await.unwrap_err();
    let fourth = with(&third, |settings| settings.oauth(api::ACG, other));
    fourth.manager(api::ACG).unwrap().token().await.unwrap_err();
    get(&second, &api::BY_USER).await;
}

#[tokio::test]
async fn a_token_is_not_used_in_another_environment() {
    let (fixture, other) = (Fixture::new(), Fixture::new());
    let token = || Token::new("not-a-real-token-of-production");
    let session = || SessionCredentials::log_in(|_| async { Ok(Token::new("of-the-login")) });
    let by_setter = fixture.core_with(|settings| settings.token(api::CCG, token()));
    let by_credentials = fixture.core_with(|settings| settings.oauth(api::CCG, credentials().token(token())));
    let of_a_session = fixture.core_with(|settings| {
        settings.session(api::SESSION, session());
        settings.token(api::SESSION, token());
    });
    let change_servers = |settings: &mut Settings| {
        settings.server(0, other.api.url("/v1"));
        settings.server(1, other.auth.url(""));
    };
    for core in [by_setter, by_credentials, of_a_session] {
        let moved = with(&core, change_servers);
        get(&moved, &api::LIST_BOOKS).await;
        if moved.manager(api::SESSION).is_some() {
            get(&moved, &api::SESSION_BOOKS).await;
        }
        get(&with(&moved, |settings| settings.http(|http| http)), &api::LIST_BOOKS).await;
    }
    for request in other.api.requests() {
        let sent = ["authorization", "x-session"].map(|name| request.header(name).unwrap_or_default().to_owned());
        assert!(!sent.concat().contains("production"), "{sent:?}");
    }
    // A token that is set in the same change is used for the new servers.
    let moved = with(&fixture.core(), |settings| {
        change_servers(settings);
        settings.token(api::CCG, Token::new(other.auth.issue_token("shop", &[])));
    });
    let before = other.auth.token_requests();
    get(&moved, &api::LIST_BOOKS).await;
    assert_eq!(other.auth.token_requests(), before);
}

#[tokio::test]
async fn setting_an_origin_twice_has_no_effect() {
    let fixture = Fixture::new();
    let change = |settings: &mut Settings| {
        settings.session(
            api::SESSION,
            SessionCredentials::log_in(|_| async { Ok(Token::new("one")) }),
        );
        settings.danger_allow_http_to("http://10.0.0.1".parse().unwrap());
        settings.allow_origin("https://files.example.com");
    };
    let first = fixture.core_with(change);
    let token = first.manager(api::SESSION).unwrap().token().await.unwrap();
    assert_eq!(token.access_token().expose(), "one");
    let second = with(&first, |settings| {
        settings.danger_allow_http_to("http://10.0.0.1:80/".parse().unwrap());
        settings.allow_origin("https://files.example.com:443/");
    });
    let status = second.manager(api::SESSION).unwrap().status();
    assert_eq!(status.tokens_fetched, 1, "the session is shared");
}

#[test]
fn conflicting_settings_are_a_build_error() {
    let least = || credentials().least_privilege();
    let token = || Token::new("not-a-real-token");
    type Change<'a> = Box<dyn Fn(&mut Settings) + 'a>;
    let cases: [(Change<'_>, &str, &str); 5] = [
        (
            Box::new(|settings| settings.oauth(api::CCG, least().manual())),
            "clientCredentials",
            "manual()",
        ),
        (
            Box::new(|settings| settings.oauth(api::CCG, least().token(token()))),
            "clientCredentials",
            "initial token",
        ),
        (
            Box::new(|settings| {
                settings.oauth(api::CCG, least());
                settings.token(api::CCG, token());
            }),
            "clientCredentials",
            "initial token",
        ),
        (
            Box::new(|settings| {
                settings.session(api::SESSION, SessionCredentials::token("fixed"));
                settings.token(api::SESSION, token());
            }),
            "session",
            "fixed token",
        ),
        (
            Box::new(|settings| settings.token(api::CCG, token())),
            "clientCredentials",
            "without credentials",
        ),
    ];
    for (change, expected_scheme, expected_problem) in cases {
        let mut settings = Settings::new(&api::API);
        change(&mut settings);
        let error = settings.build().unwrap_err();
        let BuildError::InvalidScheme { scheme, problem } = &error else {
            panic!("{error}")
        };
        assert_eq!(scheme, expected_scheme);
        assert!(problem.contains(expected_problem), "{problem}");
    }
    // Manual fetching with an initial token is allowed.
    let mut settings = Settings::new(&api::API);
    settings.oauth(api::ACG, user_credentials().manual().token(token()));
    settings.build().unwrap();
}
