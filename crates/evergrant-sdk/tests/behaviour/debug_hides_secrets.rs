//! `Debug` output and messages contain no secrets.

use evergrant_sdk::http::{HeaderName, HeaderValue};
use evergrant_sdk::{
    BasicCredentials, BearerCredentials, Body, Dispatcher, Expect, Explode, FilePart, KeyCredentials, Multipart,
    PathStyle, QueryStyle, SessionCredentials, Settings, Status, Token, Untyped, decode,
};
use evergrant_testing::ApiServer;

use crate::support::{PasswordCredentials, ServiceCredentials, api};

const HUSH: &str = "hushhush";

/// Returns settings in which every secret is `HUSH`.
fn settings(server: &ApiServer) -> Settings {
    let mut settings = Settings::new(&api::API);
    settings.server(0, server.url("/"));
    settings.server(1, server.url("/"));
    settings.basic(api::BASIC, <BasicCredentials>::new("jane", HUSH));
    settings.bearer(api::BEARER, <BearerCredentials>::new(HUSH));
    settings.keys(api::KEYS, KeyCredentials::new([HUSH, HUSH]));
    settings.session(
        api::SESSION,
        SessionCredentials::log_in(|_: Dispatcher| async { Ok(Token::new(HUSH)) }),
    );
    settings.oauth(api::CCG, ServiceCredentials::new("shop", HUSH).token(Token::new(HUSH)));
    settings.oauth(api::PASSWORD, PasswordCredentials::new("shop", HUSH, "jane", HUSH));
    settings.token(api::PASSWORD, Token::new(HUSH).with_refresh_token(HUSH));
    settings.described_header(0, HUSH);
    settings.header(HeaderName::from_static("x-own"), HeaderValue::from_static(HUSH));
    settings
}

#[track_caller]
fn assert_no_secret(shown: &str) {
    assert!(!shown.contains(HUSH), "{shown}");
    assert!(!shown.contains("aHVzaGh1c2"), "{shown}");
}

#[test]
fn credentials_and_settings_show_no_secrets() {
    let server = ApiServer::unprotected();
    let settings = settings(&server);
    assert_no_secret(&format!("{settings:?}"));
    let core = settings.build().unwrap();
    assert_no_secret(&format!(
        "{core:?} {:?} {:?}",
        core.settings(),
        core.manager(api::PASSWORD)
    ));
    for shown in [
        format!("{:?}", <BasicCredentials>::new("jane", HUSH)),
        format!("{:?}", <BearerCredentials>::new(HUSH)),
        format!("{:?}", KeyCredentials::new([HUSH])),
        format!("{:?}", SessionCredentials::token(HUSH)),
        format!("{:?}", PasswordCredentials::new("shop", HUSH, "jane", HUSH)),
    ] {
        assert_no_secret(&shown);
    }
}

#[test]
fn calls_and_bodies_show_no_secrets() {
    let server = ApiServer::unprotected();
    let core = settings(&server).build().unwrap();
    let form = Multipart::new()
        .text("title", HUSH)
        .file("f", FilePart::new(HUSH.as_bytes()).file_name(HUSH));
    assert_no_secret(&format!("{form:?} {:?}", Body::from(HUSH)));
    let call = core
        .request(&api::OPEN_ITEM)
        .path("id", PathStyle::Simple, Explode::No, HUSH)
        .query("q", QueryStyle::Form, Explode::Yes, HUSH)
        .header_param("x-a", Explode::No, HUSH)
        .cookie_param("c", Explode::No, HUSH)
        .multipart(form);
    assert_no_secret(&format!("{call:?}"));
}

#[tokio::test]
async fn responses_and_errors_show_no_secrets() {
    let server = ApiServer::unprotected();
    let core = settings(&server).build().unwrap();
    let responses = [Expect::new(Status::Any, decode::json::<u8>)];
    let call = core
        .request(&api::KEYS_OR_BASIC)
        .query("q", QueryStyle::Form, Explode::Yes, HUSH);
    let error = call.send::<_, Untyped>(&responses, &[]).await.unwrap_err();
    assert_no_secret(&format!("{error} {error:?}"));
    let download = core.request(&api::KEYS_OR_BASIC).stream::<Untyped>(&[]).await.unwrap();
    assert_no_secret(&format!("{download:?}"));
}
