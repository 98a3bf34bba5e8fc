//! Sign-in of a user on another device (RFC 8628).

use std::time::Duration;

use evergrant::client_auth::PublicClient;
use evergrant::error::{EndpointProblem, SignInProblem, TransportErrorKind};
use evergrant::{AuthorizationCode, DeviceAuthorization, Error, SignIn, Token, TokenManager};
use evergrant_reqwest::Transport;
use evergrant_testing::{AuthServerBuilder, ManualClock};
use tokio::task::JoinHandle;

use crate::scripted_transport::{Reply, ScriptedTransport, failure, json, token};
use crate::support::{CLIENT, Fixture as ServerFixture, SECRET, seconds, value};

fn device(members: &str) -> Reply {
    let codes = r#""device_code":"not-a-real-device-code","user_code":"WDJB-MJHT""#;
    let uri = r#""verification_uri":"https://auth.example.com/device""#;
    json(200, &format!("{{{codes},{uri}{members}}}"))
}

fn error(code: &str) -> Reply {
    json(400, &format!(r#"{{"error":"{code}"}}"#))
}

fn pending() -> Reply {
    error("authorization_pending")
}

struct Fixture {
    clock: ManualClock,
    transport: ScriptedTransport,
    tokens: TokenManager,
    sign_in: SignIn,
}

impl Fixture {
    fn new(replies: impl IntoIterator<Item = Reply>) -> Self {
        let (clock, transport) = (ManualClock::new(), ScriptedTransport::new(replies));
        let tokens = DeviceAuthorization::builder("tv", PublicClient)
            .device_authorization_url("https://auth.example.com/device_authorization")
            .token_url("https://auth.example.com/token")
            .scopes(["films"])
            .runtime(clock.clone())
            .build(transport.clone())
            .unwrap();
        let sign_in = tokens.sign_in().unwrap();
        Self {
            clock,
            transport,
            tokens,
            sign_in,
        }
    }

    /// Requests the codes, and starts to poll.
    async fn poll(&self) -> JoinHandle<Result<Token, Error>> {
        let request = self.sign_in.begin_device().await.unwrap();
        let sign_in = self.sign_in.clone();
        let finish = tokio::spawn(async move { sign_in.finish_device(&request).await });
        self.clock.settle().await;
        finish
    }

    /// Checks that the next request is sent after exactly this time.
    async fn assert_next_after(&self, pause: u64) {
        let before = self.transport.sent();
        self.clock.advance(seconds(pause) - Duration::from_millis(1));
        self.clock.settle().await;
        assert_eq!(self.transport.sent(), before, "a request before {pause} s");
        self.clock.advance(Duration::from_millis(1));
        self.clock.settle().await;
        assert_eq!(self.transport.sent(), before + 1, "no request after {pause} s");
    }
}

#[track_caller]
fn problem(error: &Error) -> &SignInProblem {
    match error {
        Error::SignInFailed(error) => error.problem(),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn the_default_interval_is_five_seconds() {
    let fixture = Fixture::new([device(r#","expires_in":600"#), pending(), pending(), token("approved")]);
    let finish = fixture.poll().await;
    for pause in [5, 5, 5] {
        fixture.assert_next_after(pause).await;
    }
    assert_eq!(value(&finish.await.unwrap().unwrap()), "approved");
    assert_eq!(value(&fixture.tokens.token().await.unwrap()), "approved");
}

#[tokio::test]
async fn the_interval_of_the_server_applies() {
    for (stated, expected) in [("2", 2), ("\"7\"", 7), ("0", 1)] {
        let fixture = Fixture::new([device(&format!(r#","expires_in":600,"interval":{stated}"#)), pending()]);
        let _finish = fixture.poll().await;
        fixture.assert_next_after(expected).await;
        fixture.assert_next_after(expected).await;
    }
}

#[tokio::test]
async fn slow_down_adds_five_seconds_permanently() {
    let replies = [
        device(r#","expires_in":600"#),
        pending(),
        error("slow_down"),
        pending(),
        pending(),
        error("slow_down"),
        pending(),
    ];
    let fixture = Fixture::new(replies);
    let _finish = fixture.poll().await;
    for pause in [5, 5, 10, 10, 10, 15, 15] {
        fixture.assert_next_after(pause).await;
    }
}

#[tokio::test]
async fn the_pause_doubles_after_a_missing_response() {
    let interrupted = || failure(TransportErrorKind::Interrupted);
    let replies = [
        device(r#","expires_in":600"#),
        interrupted(),
        interrupted(),
        pending(),
        pending(),
    ];
    let fixture = Fixture::new(replies);
    let _finish = fixture.poll().await;
    for pause in [5, 10, 20, 5] {
        fixture.assert_next_after(pause).await;
    }
}

#[tokio::test]
async fn a_failing_server_does_not_end_the_sign_in() {
    let fixture = Fixture::new([device(r#","expires_in":600"#), json(503, ""), token("approved")]);
    let finish = fixture.poll().await;
    fixture.assert_next_after(5).await;
    fixture.assert_next_after(5).await;
    assert_eq!(value(&finish.await.unwrap().unwrap()), "approved");
}

#[tokio::test]
async fn polling_ends_when_the_codes_expire() {
    let fixture = Fixture::new([device(r#","expires_in":12"#), pending()]);
    let finish = fixture.poll().await;
    fixture.assert_next_after(5).await;
    fixture.assert_next_after(5).await;
    let error = finish.await.unwrap().unwrap_err();
    assert_eq!(*problem(&error), SignInProblem::DeviceCodeExpired);
    assert!(error.to_string().contains("start the sign-in again"), "{error}");

    let fixture = Fixture::new([device(r#","expires_in":600"#), error_reply_expired()]);
    let finish = fixture.poll().await;
    fixture.assert_next_after(5).await;
    assert_eq!(
        *problem(&finish.await.unwrap().unwrap_err()),
        SignInProblem::DeviceCodeExpired
    );

    // The codes have expired before the first request.
    let fixture = Fixture::new([device(r#","expires_in":600"#)]);
    let request = fixture.sign_in.begin_device().await.unwrap();
    fixture.clock.advance(seconds(600));
    let error = fixture.sign_in.finish_device(&request).await.unwrap_err();
    assert_eq!(*problem(&error), SignInProblem::DeviceCodeExpired);
    assert_eq!(fixture.transport.sent(), 1);
}

fn error_reply_expired() -> Reply {
    error("expired_token")
}

#[tokio::test]
async fn a_dropped_sign_in_is_not_polled() {
    let fixture = Fixture::new([device(r#","expires_in":600"#), pending()]);
    let finish = fixture.poll().await;
    fixture.assert_next_after(5).await;
    finish.abort();
    fixture.clock.settle().await;
    fixture.clock.advance(seconds(60));
    fixture.clock.settle().await;
    assert_eq!((fixture.transport.sent(), fixture.clock.tasks_alive()), (2, 0));
}

#[tokio::test]
async fn codes_that_cannot_be_shown_or_opened_are_rejected() {
    let response = |code: &str, user: &str, uri: &str| {
        json(
            200,
            &format!(r#"{{"device_code":"{code}","user_code":"{user}","verification_uri":"{uri}","expires_in":60}}"#),
        )
    };
    let page = "https://auth.example.com/device";
    let escape = "WDJB\\u001b[2J";
    for reply in [
        response("", "WDJB", page),
        response("code", "", page),
        response("code", escape, page),
        response("code", "WDJB", ""),
        response("code", "WDJB", "file:///etc/passwd"),
        response("code", "WDJB", "javascript:alert(1)"),
        json(200, "[]"),
    ] {
        let fixture = Fixture::new([reply]);
        match fixture.sign_in.begin_device().await {
            Err(Error::Endpoint(error)) => {
                assert!(
                    matches!(error.problem(), EndpointProblem::InvalidResponse(_)),
                    "{error}"
                );
            }
            other => panic!("{other:?}"),
        }
    }
}

fn server(server: AuthServerBuilder) -> AuthServerBuilder {
    let server = server.user("jane", "not-a-real-password").device_authorization();
    server.public_client("tv")
}

fn tokens(fixture: &ServerFixture) -> TokenManager {
    DeviceAuthorization::builder("tv", PublicClient)
        .issuer(fixture.auth.issuer())
        .scopes(["films"])
        .resource("https://films.example.com")
        .runtime(fixture.clock.clone())
        .build(Transport::default())
        .unwrap()
}

/// Advances the clock until the sign-in has polled once. The pause may begin after the clock was advanced.
async fn poll_once(fixture: &ServerFixture, pause: u64) {
    let before = fixture.requests();
    for _ in 0..4 * pause {
        fixture.clock.settle().await;
        if fixture.requests() > before {
            return;
        }
        fixture.clock.advance(seconds(1));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    fixture.auth.wait_for_token_requests(before + 1).await;
}

#[tokio::test]
async fn a_user_approves_on_another_device_and_the_token_is_renewed() {
    let fixture = ServerFixture::with(server);
    let tokens = tokens(&fixture);
    let sign_in = tokens.sign_in().unwrap();
    let request = sign_in.begin_device().await.unwrap();
    assert!(request.verification_uri().as_str().ends_with("/device"));
    let complete = request.verification_uri_complete().unwrap().as_str();
    assert!(complete.contains(request.user_code()), "{complete}");
    assert_eq!(request.expires_in(), seconds(600));
    let sent = fixture.auth.requests();
    let sent = sent
        .iter()
        .find(|request| request.path == "/device_authorization")
        .unwrap();
    assert_eq!(sent.form_value("client_id").as_deref(), Some("tv"));
    assert_eq!(sent.form_value("scope").as_deref(), Some("films"));
    assert_eq!(
        sent.form_value("resource").as_deref(),
        Some("https://films.example.com")
    );

    let finish = tokio::spawn({
        let (sign_in, request) = (sign_in.clone(), request.clone());
        async move { sign_in.finish_device(&request).await }
    });
    poll_once(&fixture, 5).await;
    fixture.wait_until(|| fixture.clock.sleepers() > 0).await;
    fixture.auth.approve_device(request.user_code());
    poll_once(&fixture, 5).await;
    let token = finish.await.unwrap().unwrap();
    let issued = fixture.auth.introspect(&value(&token)).unwrap();
    assert_eq!(issued.username.as_deref(), Some("jane"));
    fixture.clock.advance(seconds(3600));
    assert_ne!(value(&tokens.token().await.unwrap()), value(&token));
    assert_eq!(
        fixture.auth.last_token_request().form_value("grant_type").as_deref(),
        Some("refresh_token")
    );
    assert!(!format!("{request:?}").contains(request.user_code()));
}

#[tokio::test]
async fn a_server_that_slows_the_client_down_gets_no_request_too_early() {
    let fixture = ServerFixture::with(server);
    let tokens = tokens(&fixture);
    let sign_in = tokens.sign_in().unwrap();
    let request = sign_in.begin_device().await.unwrap();
    let finish = tokio::spawn({
        let (sign_in, request) = (sign_in.clone(), request.clone());
        async move { sign_in.finish_device(&request).await }
    });
    fixture.auth.slow_devices_down();
    poll_once(&fixture, 5).await;
    for _ in 0..2 {
        fixture.wait_until(|| fixture.clock.sleepers() > 0).await;
        poll_once(&fixture, 10).await;
    }
    fixture.wait_until(|| fixture.clock.sleepers() > 0).await;
    fixture.auth.approve_device(request.user_code());
    poll_once(&fixture, 10).await;
    finish.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_user_who_denies_access_ends_the_sign_in() {
    let fixture = ServerFixture::with(server);
    let tokens = tokens(&fixture);
    let sign_in = tokens.sign_in().unwrap();
    let request = sign_in.begin_device().await.unwrap();
    fixture.auth.deny_device(request.user_code());
    let finish = tokio::spawn({
        let (sign_in, request) = (sign_in.clone(), request.clone());
        async move { sign_in.finish_device(&request).await }
    });
    poll_once(&fixture, 5).await;
    let error = finish.await.unwrap().unwrap_err();
    assert!(
        matches!(problem(&error), SignInProblem::Rejected { code, .. } if code == "access_denied"),
        "{error}"
    );
    assert!(matches!(tokens.token().await, Err(Error::SignInRequired(_))));
}

#[tokio::test]
async fn a_confidential_client_authenticates_and_sends_its_id_too() {
    let fixture = ServerFixture::with(server);
    let tokens = DeviceAuthorization::builder(CLIENT, SECRET)
        .token_url(fixture.auth.token_url())
        .device_authorization_url(fixture.auth.device_authorization_url())
        .runtime(fixture.clock.clone())
        .build(Transport::default())
        .unwrap();
    tokens.sign_in().unwrap().begin_device().await.unwrap();
    let sent = &fixture.auth.requests()[0];
    assert!(sent.header("authorization").is_some());
    assert_eq!(sent.form_value("client_id").as_deref(), Some(CLIENT));
}

#[tokio::test]
async fn a_manager_without_a_redirect_names_the_other_method() {
    let fixture = ServerFixture::with(server);
    let error = tokens(&fixture).sign_in().unwrap().begin().unwrap_err();
    assert_eq!(*problem(&error), SignInProblem::RedirectNotConfigured);
    let tokens = AuthorizationCode::builder("tv", PublicClient)
        .token_url(fixture.auth.token_url())
        .build(Transport::default())
        .unwrap();
    assert!(tokens.sign_in().is_err());
}

#[tokio::test]
async fn a_server_without_the_endpoint_is_an_error_that_names_the_setting() {
    let tokens = DeviceAuthorization::builder("tv", PublicClient)
        .token_url("https://auth.example.com/token")
        .build(ScriptedTransport::new([pending()]))
        .unwrap();
    let error = tokens.sign_in().unwrap().begin_device().await.unwrap_err();
    assert!(error.to_string().contains("device_authorization_url(..)"), "{error}");
}
