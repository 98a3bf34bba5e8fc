//! Tokens to start from: each is used where it was meant for, and a refresh token once.

#![expect(clippy::unwrap_used, reason = "what a test sets up is known to work")]

mod support;

use std::time::Duration;

use evergrant_sdk::{
    BuildError, Core, Expect, OAuthCredentials, SessionCredentials, Settings, Status, Token, Untyped, decode,
    describe::Operation,
};
use evergrant_testing::{AuthServer, RefreshTokens};
use support::{SECRET, World, api, credentials, with};

async fn get(core: &Core, operation: &'static Operation) {
    let answers = [Expect::new(Status::Range(2), decode::empty)];
    let call = core.request(operation).send::<_, Untyped>(&answers, &[]);
    call.await.unwrap();
}

fn rotating() -> World {
    let auth = AuthServer::builder()
        .client("shop", SECRET)
        .user("jane", "not-a-real-password")
        .redirect_uri("shop", "http://127.0.0.1/callback")
        .refresh_tokens(RefreshTokens::Rotating)
        .start();
    let api = auth.api();
    World { auth, api }
}

fn signed_in() -> OAuthCredentials {
    OAuthCredentials::authorization_code("shop", SECRET, "http://127.0.0.1/callback")
        .configure(|tokens| tokens.retries(0))
}

/// A token with a refresh token, as one that was stored.
async fn stored(world: &World) -> Token {
    let password = OAuthCredentials::password("shop", SECRET, "jane", "not-a-real-password");
    let mut settings = world.settings();
    settings.oauth(api::PASSWORD, password);
    let core = settings.build().unwrap();
    let token = core.manager(api::PASSWORD).unwrap().fetch_token().await.unwrap();
    assert!(token.refresh_token().is_some());
    token
}

type Change = fn(&mut Settings);

#[tokio::test]
async fn a_refresh_token_that_is_spent_is_not_used_again() {
    let changes: [Change; 5] = [
        |settings| settings.http(|http| http),
        |settings| settings.danger_allow_http_to("http://10.0.0.1".parse().unwrap()),
        |settings| settings.allow_origin("https://files.example.com"),
        |settings| settings.timeout(Duration::from_secs(9)),
        |_| {},
    ];
    for in_credentials in [true, false] {
        for change in changes {
            let world = rotating();
            let token = stored(&world).await;
            let given = match in_credentials {
                true => signed_in().token(token.clone()),
                false => signed_in(),
            };
            let mut settings = world.settings();
            settings.oauth(api::ACG, given.clone());
            if !in_credentials {
                settings.token(api::ACG, token);
            }
            let first = settings.build().unwrap();
            world.auth.revoke_all();
            get(&first, &api::BY_USER).await;
            let second = with(&first, change);
            let third = with(&second, |settings| {
                settings.oauth(api::ACG, given);
                change(settings);
            });
            for core in [&second, &first, &third, &second] {
                world.auth.revoke_all();
                get(core, &api::BY_USER).await;
            }
        }
    }
}

#[tokio::test]
async fn other_credentials_start_from_a_stored_token_while_it_is_the_newest() {
    let world = rotating();
    let given = signed_in().token(stored(&world).await);
    let mut settings = world.settings();
    settings.oauth(api::ACG, given.clone());
    let first = settings.build().unwrap();
    let other = given.clone().clock_skew(Duration::from_secs(1));
    let second = with(&first, |settings| settings.oauth(api::ACG, other.clone()));
    get(&second, &api::BY_USER).await;
    world.auth.revoke_all();
    get(&second, &api::BY_USER).await;
    // The refresh token is spent: a user has to sign in, and remains signed in where he was.
    let third = with(&second, |settings| settings.oauth(api::ACG, given));
    third.manager(api::ACG).unwrap().token().await.unwrap_err();
    let fourth = with(&third, |settings| settings.oauth(api::ACG, other));
    fourth.manager(api::ACG).unwrap().token().await.unwrap_err();
    get(&second, &api::BY_USER).await;
}

#[tokio::test]
async fn a_token_does_not_follow_into_another_environment() {
    let (world, other) = (World::new(), World::new());
    let token = || Token::new("not-a-real-token-of-production");
    let session = || SessionCredentials::log_in(|_| async { Ok(Token::new("of-the-login")) });
    let by_setter = world.core_with(|settings| settings.token(api::CCG, token()));
    let by_credentials = world.core_with(|settings| settings.oauth(api::CCG, credentials().token(token())));
    let of_a_session = world.core_with(|settings| {
        settings.session(api::SESSION, session());
        settings.token(api::SESSION, token());
    });
    let moves = |settings: &mut Settings| {
        settings.server(0, other.api.url("/v1"));
        settings.server(1, other.auth.url(""));
    };
    for core in [by_setter, by_credentials, of_a_session] {
        let moved = with(&core, moves);
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
    // One that is set in the very change is meant for there.
    let moved = with(&world.core(), |settings| {
        moves(settings);
        settings.token(api::CCG, Token::new(other.auth.issue_token("shop", &[])));
    });
    let before = other.auth.token_requests();
    get(&moved, &api::LIST_BOOKS).await;
    assert_eq!(other.auth.token_requests(), before);
}

#[tokio::test]
async fn what_is_said_twice_is_said_once() {
    let world = World::new();
    let change = |settings: &mut Settings| {
        settings.session(
            api::SESSION,
            SessionCredentials::log_in(|_| async { Ok(Token::new("one")) }),
        );
        settings.danger_allow_http_to("http://10.0.0.1".parse().unwrap());
        settings.allow_origin("https://files.example.com");
    };
    let first = world.core_with(change);
    let token = first.manager(api::SESSION).unwrap().token().await.unwrap();
    assert_eq!(token.access_token().expose(), "one");
    let second = with(&first, |settings| {
        settings.danger_allow_http_to("http://10.0.0.1:80/".parse().unwrap());
        settings.allow_origin("https://files.example.com:443/");
    });
    let status = second.manager(api::SESSION).unwrap().status();
    assert_eq!(status.tokens_obtained, 1, "the session is shared");
}

#[test]
fn what_cannot_work_together_is_an_error_of_the_build() {
    let least = || credentials().least_privilege();
    let token = || Token::new("not-a-real-token");
    type Given<'a> = Box<dyn Fn(&mut Settings) + 'a>;
    let cases: [(Given<'_>, &str, &str); 5] = [
        (
            Box::new(|settings| settings.oauth(api::CCG, least().manual())),
            "clientCredentials",
            "manual()",
        ),
        (
            Box::new(|settings| settings.oauth(api::CCG, least().token(token()))),
            "clientCredentials",
            "to start from",
        ),
        (
            Box::new(|settings| {
                settings.oauth(api::CCG, least());
                settings.token(api::CCG, token());
            }),
            "clientCredentials",
            "to start from",
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
            "no credentials",
        ),
    ];
    for (change, named, told) in cases {
        let mut settings = Settings::new(&api::API);
        change(&mut settings);
        let error = settings.build().unwrap_err();
        let BuildError::InvalidScheme { scheme, problem } = &error else {
            panic!("{error}")
        };
        assert_eq!(scheme, named);
        assert!(problem.contains(told), "{problem}");
    }
    // A user signs in for one set of scopes.
    let mut settings = Settings::new(&api::API);
    settings.oauth(api::ACG, signed_in().least_privilege().manual().token(token()));
    settings.build().unwrap();
}
