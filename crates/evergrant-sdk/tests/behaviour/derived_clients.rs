//! Clients that are derived from another client share everything that did not change, and leave the other client
//! unchanged.

use std::time::Duration;

use evergrant_sdk::http::{HeaderName, HeaderValue};
use evergrant_sdk::{BearerCredentials, Core, Expect, Settings, Status, Token, Untyped, decode};

use crate::support::server::{Server, ServerResponse};
use crate::support::{Fixture, PasswordCredentials, SECRET, api, credentials, with};

type Change<'a> = Box<dyn FnOnce(&mut Settings) + 'a>;

async fn books(core: &Core) {
    let responses = [Expect::new(Status::Any, decode::empty)];
    core.request(&api::LIST_BOOKS)
        .send::<_, Untyped>(&responses, &[])
        .await
        .unwrap();
}

#[tokio::test]
async fn clients_with_the_same_credentials_and_endpoints_share_one_token() {
    let fixture = Fixture::new();
    let first = fixture.core();
    books(&first).await;
    let elsewhere = fixture.auth.api();
    let changes: [Change<'_>; 9] = [
        Box::new(|_| {}),
        Box::new(|settings| settings.timeout(Duration::from_secs(5))),
        Box::new(|settings| settings.header(HeaderName::from_static("x-a"), HeaderValue::from_static("b"))),
        Box::new(|settings| settings.bearer(api::BEARER, <BearerCredentials>::new("not-a-real-token"))),
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
    assert_eq!(fixture.auth.token_requests(), 1);
    assert_eq!(elsewhere.requests().len(), 5);

    // A token that is rejected for one client is renewed for all.
    fixture.auth.revoke_all();
    books(&last).await;
    books(&first).await;
    assert_eq!(fixture.auth.token_requests(), 2);
}

#[tokio::test]
async fn other_credentials_or_endpoints_have_another_token() {
    let fixture = Fixture::new();
    let first = fixture.core();
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
    let unchanged = first.manager(api::CCG).unwrap().token().await.unwrap();
    assert_eq!(unchanged.access_token().expose(), before.access_token().expose());
    assert_eq!((fixture.auth.token_requests(), other_auth.token_requests()), (2, 1));
}

#[tokio::test]
async fn unchanged_schemes_keep_their_tokens() {
    let fixture = Fixture::new();
    let password = || PasswordCredentials::new("shop", SECRET, "jane", "not-a-real-password");
    let first = fixture.core_with(|settings| settings.oauth(api::PASSWORD, password()));
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
async fn setting_a_token_keeps_the_other_settings_of_the_scheme() {
    let fixture = Fixture::new();
    let first = fixture.core();
    books(&first).await;
    let token = fixture.auth.issue_token("shop", &[]);
    let second = with(&first, |settings| settings.token(api::CCG, Token::new(token.clone())));
    books(&second).await;
    let sent = fixture.api.requests().pop().unwrap();
    assert_eq!(sent.header("authorization"), Some(format!("Bearer {token}").as_str()));
    assert_eq!(fixture.auth.token_requests(), 1);
    // The token is renewed as usual, and a third client without changes shares it.
    fixture.auth.revoke(&token);
    books(&second).await;
    books(&with(&second, |settings| settings.timeout(Duration::from_secs(9)))).await;
    books(&first).await;
    assert_eq!(fixture.auth.token_requests(), 2);
    // New credentials do not use the token of the previous ones.
    let third = with(&second, |settings| settings.oauth(api::CCG, credentials()));
    books(&third).await;
    assert_eq!(fixture.auth.token_requests(), 3);
}

#[tokio::test]
async fn least_privilege_tokens_are_shared() {
    let fixture = Fixture::new();
    let first = fixture.core_with(|settings| settings.oauth(api::CCG, credentials().least_privilege()));
    books(&first).await;
    books(&with(&first, |settings| settings.timeout(Duration::from_secs(9)))).await;
    assert_eq!(fixture.auth.token_requests(), 1);
}

#[tokio::test]
async fn an_invalid_change_leaves_the_client_unchanged() {
    let fixture = Fixture::new();
    let first = fixture.core();
    let mut settings = first.settings();
    settings.server(0, "nowhere");
    settings.build().unwrap_err();
    books(&first).await;
}

#[tokio::test]
async fn servers_and_clients_share_connections() {
    let server = Server::start(|_| ServerResponse::new(200, "{}")).await;
    let mut settings = Settings::new(&api::API);
    settings.server(0, format!("{}/a", server.url));
    settings.server(2, format!("{}/b", server.url));
    let first = settings.build().unwrap();
    let second = with(&first, |settings| settings.timeout(Duration::from_secs(5)));
    let responses = [Expect::new(Status::Any, decode::empty)];
    for core in [&first, &second, &first] {
        core.request(&api::OPEN)
            .send::<_, Untyped>(&responses, &[])
            .await
            .unwrap();
    }
    assert_eq!(server.connections(), 1);
}
