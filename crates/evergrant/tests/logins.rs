//! Logins that fail: remembered, so that calls do not repeat them.

#![expect(clippy::unwrap_used, reason = "what a test sets up is known to work")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use evergrant::error::LoginFailure;
use evergrant::scheme::{Bearer, OAuth};
use evergrant::{ApiError, Authorizer, ClientCredentials, Error, Exchange, Requirement, Token, TokenManager};
use evergrant_reqwest::Transport;
use evergrant_testing::ManualClock;
use http::header::{AUTHORIZATION, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, Request};

const MINUTE: u64 = 60;

/// Sessions whose login fails in one way, and how often it was tried.
struct Sessions {
    manager: TokenManager,
    clock: ManualClock,
    logins: Arc<AtomicUsize>,
}

fn failing(failure: LoginFailure) -> Sessions {
    let (clock, logins) = (ManualClock::new(), Arc::<AtomicUsize>::default());
    let counter = Arc::clone(&logins);
    let log_in = move |_: Option<Token>, _: Exchange| {
        counter.fetch_add(1, Ordering::SeqCst);
        let failure = failure.clone();
        async move { Err(Error::login(failure, "POST /login was not answered as it should be")) }
    };
    let builder = ClientCredentials::public("session").token_url("https://api.example.com");
    let builder = builder.runtime(clock.clone()).token_provider(log_in);
    let manager = builder.build(Transport::default()).unwrap();
    Sessions { manager, clock, logins }
}

fn answered(status: u16, retry_after: Option<&'static str>) -> LoginFailure {
    let mut headers = HeaderMap::new();
    if let Some(wait) = retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from_static(wait));
    }
    LoginFailure::Answered(ApiError::new(status.try_into().unwrap(), headers, Bytes::new()))
}

impl Sessions {
    /// How often a minute of calls, one every 100 ms, tries to log in.
    async fn logins_in_a_minute(&self) -> usize {
        for _ in 0..MINUTE * 10 {
            self.manager.token().await.unwrap_err();
            self.clock.advance(Duration::from_millis(100));
        }
        self.logins.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn a_refused_login_is_not_repeated_for_half_a_minute() {
    for status in [400, 401, 403, 422] {
        let logins = failing(answered(status, None)).logins_in_a_minute().await;
        assert!((2..=3).contains(&logins), "{status}: {logins} logins in a minute");
    }
}

#[tokio::test]
async fn a_login_that_fails_otherwise_is_repeated_after_1_s_doubling_to_5() {
    for failure in [LoginFailure::Unanswered, LoginFailure::Other, answered(503, None)] {
        let logins = failing(failure.clone()).logins_in_a_minute().await;
        assert!((11..=18).contains(&logins), "{failure:?}: {logins} logins in a minute");
    }
}

#[tokio::test]
async fn a_login_is_not_made_before_the_time_that_the_api_asked_for() {
    for status in [401, 429, 503] {
        let sessions = failing(answered(status, Some("60")));
        assert_eq!(sessions.logins_in_a_minute().await, 1, "{status}");
        let error = sessions.manager.token().await.unwrap_err();
        assert_eq!(error.retry_after(), Some(Duration::from_secs(60)));
        assert_eq!(error.is_retryable(), status != 401);
    }
}

#[tokio::test]
async fn a_failed_login_is_said_to_be_one_and_has_its_source() {
    let error = failing(LoginFailure::Other).manager.token().await.unwrap_err();
    let text = "POST /login was not answered as it should be";
    assert_eq!(error.to_string(), format!("the login failed: {text}"));
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), text);
}

#[tokio::test]
async fn with_fallback_a_login_that_fails_for_a_passing_reason_leads_on() {
    for (failure, leads_on) in [
        (LoginFailure::Unanswered, true),
        (answered(503, None), true),
        (answered(401, None), false),
        (LoginFailure::Other, false),
    ] {
        let session = OAuth::new("session").in_session_header(HeaderName::from_static("x-session"));
        let requirement = Requirement::of(session.with_tokens(failing(failure).manager))
            .or(Bearer::new("jwt").with_token("not-a-real-token").unwrap())
            .with_fallback();
        let authorizer = Authorizer::from(requirement.build().unwrap());
        let (mut head, ()) = Request::new(()).into_parts();
        assert_eq!(authorizer.authorize(&mut head).await.is_ok(), leads_on);
        assert_eq!(head.headers.contains_key(AUTHORIZATION), leads_on);
    }
}
