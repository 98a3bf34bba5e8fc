//! A client made of another one's settings: what is the same is shared, what is not is not, and the other one stays as it was.

#![expect(clippy::unwrap_used, reason = "what a test sets up is known to work")]

mod support;

use std::time::Duration;

use evergrant_sdk::http::{HeaderName, HeaderValue};
use evergrant_sdk::{BearerCredentials, Core, Expect, OAuthCredentials, Settings, Status, Token, Untyped, decode};
use support::server::{Reply, Server};
use support::{SECRET, World, api, credentials, with};

type Change<'a> = Box<dyn FnOnce(&mut Settings) + 'a>;

async fn books(core: &Core) {
    let answers = [Expect::new(Status::Any, decode::empty)];
    core.request(&api::LIST_BOOKS)
        .send::<_, Untyped>(&answers, &[])
        .await
        .unwrap();
}

#[tokio::test]
async fn clients_that_differ_in_other_things_share_one_token() {
    let world = World::new();
    let first = world.core();
    books(&first).await;
    let elsewhere = world.auth.api();
    let changes: [Change<'_>; 9] = [
        Box::new(|_| {}),
        Box::new(|settings| settings.timeout(Duration::from_secs(5))),
        Box::new(|settings| settings.header(HeaderName::from_static("x-a"), HeaderValue::from_static("b"))),
        Box::new(|settings| settings.bearer(api::BEARER, BearerCredentials::new("not-a-real-token"))),
        Box::new(|settings| settings.server(0, elsewhere.url("/"))),
        Box::new(|settings| settings.allow_origin("https://files.example.com")),
        Box::new(Settings::with_fallback),
        Box::new(|settings| settings.http(|http| http)),
        Box::new(|settings| settings.danger_allow_http_to("http://sidecar.internal".parse().unwrap())),
    ];
    let mut last = first.clone();
    for change in changes {
        last = with(&last, change);
        books(&last).await;
    }
    books(&first).await;
    assert_eq!(world.auth.token_requests(), 1);
    assert_eq!(elsewhere.requests().len(), 5);

    // A token that one of them finds refused is renewed for all.
    world.auth.revoke_all();
    books(&last).await;
    books(&first).await;
    assert_eq!(world.auth.token_requests(), 2);
}

#[tokio::test]
async fn what_has_to_do_with_a_token_makes_another_one_of_it() {
    let world = World::new();
    let first = world.core();
    books(&first).await;
    let before = first.manager(api::CCG).unwrap().token().await.unwrap();
    let other_auth = evergrant_testing::AuthServer::builder().client("shop", SECRET).start();
    let changes: [Change<'_>; 2] = [
        Box::new(|settings| settings.oauth(api::CCG, credentials())),
        Box::new(|settings| settings.server(1, other_auth.url(""))),
    ];
    for (index, change) in changes.into_iter().enumerate() {
        let other = with(&first, change);
        let token = other.manager(api::CCG).unwrap().token().await.unwrap();
        let (one, two) = (before.access_token().expose(), token.access_token().expose());
        assert_ne!(one, two, "change {index}");
    }
    let still = first.manager(api::CCG).unwrap().token().await.unwrap();
    assert_eq!(still.access_token().expose(), before.access_token().expose());
    assert_eq!((world.auth.token_requests(), other_auth.token_requests()), (2, 1));
}

#[tokio::test]
async fn schemes_that_are_not_changed_keep_their_tokens_beside_one_that_is() {
    let world = World::new();
    let password = || OAuthCredentials::password("shop", SECRET, "jane", "not-a-real-password");
    let first = world.core_with(|settings| settings.oauth(api::PASSWORD, password()));
    let token = async |core: &Core, scheme| {
        let token = core.manager(scheme).unwrap().token().await.unwrap();
        token.access_token().expose().to_owned()
    };
    let (ccg, by_password) = (token(&first, api::CCG).await, token(&first, api::PASSWORD).await);
    let second = with(&first, |settings| settings.oauth(api::PASSWORD, password()));
    assert_eq!(token(&second, api::CCG).await, ccg);
    assert_ne!(token(&second, api::PASSWORD).await, by_password);
}

#[tokio::test]
async fn another_token_leaves_all_else_of_the_scheme_as_it_is() {
    let world = World::new();
    let first = world.core();
    books(&first).await;
    let token = world.auth.issue_token("shop", &[]);
    let second = with(&first, |settings| settings.token(api::CCG, Token::new(token.clone())));
    books(&second).await;
    let sent = world.api.requests().pop().unwrap();
    assert_eq!(sent.header("authorization"), Some(format!("Bearer {token}").as_str()));
    assert_eq!(world.auth.token_requests(), 1);
    // It is renewed like any other, and a third client that changes nothing shares it.
    world.auth.revoke(&token);
    books(&second).await;
    books(&with(&second, |settings| settings.timeout(Duration::from_secs(9)))).await;
    books(&first).await;
    assert_eq!(world.auth.token_requests(), 2);
    // Other credentials do not start from the token of earlier ones.
    let third = with(&second, |settings| settings.oauth(api::CCG, credentials()));
    books(&third).await;
    assert_eq!(world.auth.token_requests(), 3);
}

#[tokio::test]
async fn a_narrow_token_is_shared_too() {
    let world = World::new();
    let first = world.core_with(|settings| settings.oauth(api::CCG, credentials().least_privilege()));
    books(&first).await;
    books(&with(&first, |settings| settings.timeout(Duration::from_secs(9)))).await;
    assert_eq!(world.auth.token_requests(), 1);
}

#[tokio::test]
async fn a_change_that_cannot_work_leaves_the_client_as_it_was() {
    let world = World::new();
    let first = world.core();
    let mut settings = first.settings();
    settings.server(0, "nowhere");
    settings.build().unwrap_err();
    books(&first).await;
}

#[tokio::test]
async fn servers_and_clients_share_connections() {
    let server = Server::start(|_| Reply::new(200, "{}")).await;
    let mut settings = Settings::new(&api::API);
    settings.server(0, format!("{}/a", server.url));
    settings.server(2, format!("{}/b", server.url));
    let first = settings.build().unwrap();
    let second = with(&first, |settings| settings.timeout(Duration::from_secs(5)));
    let answers = [Expect::new(Status::Any, decode::empty)];
    for core in [&first, &second, &first] {
        core.request(&api::OPEN)
            .send::<_, Untyped>(&answers, &[])
            .await
            .unwrap();
    }
    assert_eq!(server.connections(), 1);
}
