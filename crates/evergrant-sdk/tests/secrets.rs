//! Nothing secret is shown, whatever is printed.

mod support;

use evergrant_sdk::http::{HeaderName, HeaderValue};
use evergrant_sdk::{
    BasicCredentials, BearerCredentials, Body, Core, Expect, Explode, FilePart, KeyCredentials, Multipart,
    OAuthCredentials, PathStyle, QueryStyle, SessionCredentials, Settings, Status, Token, Untyped, decode,
};
use evergrant_testing::ApiServer;
use support::api;

const HUSH: &str = "hushhush";

/// Everything that can be secret is this word.
fn settings(server: &ApiServer) -> Settings {
    let mut settings = Settings::new(&api::API);
    settings.server(0, server.url("/"));
    settings.server(1, server.url("/"));
    settings.basic(api::BASIC, BasicCredentials::new("jane", HUSH));
    settings.bearer(api::BEARER, BearerCredentials::new(HUSH));
    settings.keys(api::KEYS, KeyCredentials::new([HUSH, HUSH]));
    settings.session(
        api::SESSION,
        SessionCredentials::log_in(|_: Core| async { Ok(Token::new(HUSH)) }),
    );
    settings.oauth(
        api::CCG,
        OAuthCredentials::client_credentials("shop", HUSH).token(Token::new(HUSH)),
    );
    settings.oauth(api::PASSWORD, OAuthCredentials::password("shop", HUSH, "jane", HUSH));
    settings.token(api::PASSWORD, Token::new(HUSH).with_refresh_token(HUSH));
    settings.described_header(0, HUSH);
    settings.header(HeaderName::from_static("x-own"), HeaderValue::from_static(HUSH));
    settings
}

#[track_caller]
fn shows_nothing(shown: &str) {
    assert!(!shown.contains(HUSH), "{shown}");
    assert!(!shown.contains("aHVzaGh1c2"), "{shown}");
}

#[test]
fn credentials_and_settings_show_nothing() {
    let server = ApiServer::open();
    let settings = settings(&server);
    shows_nothing(&format!("{settings:?}"));
    let core = settings.build().unwrap();
    shows_nothing(&format!(
        "{core:?} {:?} {:?}",
        core.settings(),
        core.manager(api::PASSWORD)
    ));
    for shown in [
        format!("{:?}", BasicCredentials::new("jane", HUSH)),
        format!("{:?}", BearerCredentials::new(HUSH)),
        format!("{:?}", KeyCredentials::new([HUSH])),
        format!("{:?}", SessionCredentials::token(HUSH)),
        format!("{:?}", OAuthCredentials::password("shop", HUSH, "jane", HUSH)),
    ] {
        shows_nothing(&shown);
    }
}

#[test]
fn calls_and_bodies_show_nothing() {
    let server = ApiServer::open();
    let core = settings(&server).build().unwrap();
    let form = Multipart::new()
        .text("title", HUSH)
        .file("f", FilePart::new(HUSH.as_bytes()).file_name(HUSH));
    shows_nothing(&format!("{form:?} {:?}", Body::from(HUSH)));
    let call = core
        .request(&api::OPEN_ITEM)
        .path("id", PathStyle::Simple, Explode::No, HUSH)
        .query("q", QueryStyle::Form, Explode::Yes, HUSH)
        .header_param("x-a", Explode::No, HUSH)
        .cookie_param("c", Explode::No, HUSH)
        .multipart(form);
    shows_nothing(&format!("{call:?}"));
}

#[tokio::test]
async fn answers_and_errors_show_nothing() {
    let server = ApiServer::open();
    let core = settings(&server).build().unwrap();
    let answers = [Expect::new(Status::Any, decode::json::<u8>)];
    let call = core
        .request(&api::KEYED)
        .query("q", QueryStyle::Form, Explode::Yes, HUSH);
    let error = call.send::<_, Untyped>(&answers, &[]).await.unwrap_err();
    shows_nothing(&format!("{error} {error:?}"));
    let download = core.request(&api::KEYED).stream::<Untyped>(&[]).await.unwrap();
    shows_nothing(&format!("{download:?}"));
}
