//! Failed logins: the failure is cached, so that calls do not repeat the login.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use evergrant::client_auth::PublicClient;
use evergrant::error::LoginFailure;
use evergrant::scheme::{Bearer, OAuth};
use evergrant::{ApiError, Authorizer, ClientCredentials, Error, Requirement, Token, TokenEndpoint, TokenManager};
use evergrant_reqwest::Transport;
use evergrant_testing::ManualClock;
use http::header::{AUTHORIZATION, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, Request};

const MINUTE: u64 = 60;

/// A manager whose login always fails, with the number of logins.
struct Sessions {
    manager: TokenManager,
    clock: ManualClock,
    logins: Arc<AtomicUsize>,
}

fn failing(failure: LoginFailure) -> Sessions {
    let (clock, logins) = (ManualClock::new(), Arc::<AtomicUsize>::default());
    let counter = Arc::clone(&logins);
    let log_in = move |_: Option<Token>, _: TokenEndpoint| {
        counter.fetch_add(1, Ordering::SeqCst);
        let failure = failure.clone();
        async move { Err(Error::login(failure, "POST /login returned an unexpected response")) }
    };
    let builder = ClientCredentials::builder("session", PublicClient).token_url("https://api.example.com");
    let builder = builder.runtime(clock.clone()).token_provider(log_in);
    let manager = builder.build(Transport::default()).unwrap();
    Sessions { manager, clock, logins }
}

fn response_failure(status: u16, retry_after: Option<&'static str>) -> LoginFailure {
    let mut headers = HeaderMap::new();
    if let Some(wait) = retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from_static(wait));
    }
    LoginFailure::Response(ApiError::new(status.try_into().unwrap(), headers, Bytes::new()))
}

impl Sessions {
    /// Calls every 100 ms for one minute, and returns the number of logins.
    async fn logins_in_a_minute(&self) -> usize {
        for _ in 0..MINUTE * 10 {
            self.manager.token().await.unwrap_err();
            self.clock.advance(Duration::from_millis(100));
        }
        self.logins.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn a_rejected_login_is_not_repeated_for_30_s() {
    for status in [400, 401, 403, 422] {
        let logins = failing(response_failure(status, None)).logins_in_a_minute().await;
        assert!((2..=3).contains(&logins), "{status}: {logins} logins in a minute");
    }
}

#[tokio::test]
async fn other_failed_logins_are_repeated_after_1_s_doubling_to_5_s() {
    for failure in [
        LoginFailure::NoResponse,
        LoginFailure::Other,
        response_failure(503, None),
    ] {
        let logins = failing(failure.clone()).logins_in_a_minute().await;
        assert!((11..=18).contains(&logins), "{failure:?}: {logins} logins in a minute");
    }
}

#[tokio::test]
async fn a_failed_login_respects_retry_after() {
    for status in [401, 429, 503] {
        let sessions = failing(response_failure(status, Some("60")));
        assert_eq!(sessions.logins_in_a_minute().await, 1, "{status}");
        let error = sessions.manager.token().await.unwrap_err();
        assert_eq!(error.retry_after(), Some(Duration::from_secs(60)));
        assert_eq!(error.is_retryable(), status != 401);
    }
}

#[tokio::test]
async fn a_failed_login_is_an_error_with_its_source() {
    let error = failing(LoginFailure::Other).manager.token().await.unwrap_err();
    let text = "POST /login returned an unexpected response";
    assert_eq!(error.to_string(), format!("the login failed: {text}"));
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), text);
}

#[tokio::test]
async fn with_fallback_a_transient_login_failure_uses_the_next_alternative() {
    for (failure, falls_back) in [
        (LoginFailure::NoResponse, true),
        (response_failure(503, None), true),
        (response_failure(401, None), false),
        (LoginFailure::Other, false),
    ] {
        let session = OAuth::new("session").in_session_header(HeaderName::from_static("x-session"));
        let requirement = Requirement::of(session.with_tokens(failing(failure).manager))
            .or(Bearer::new("jwt").with_token("not-a-real-token").unwrap())
            .with_fallback();
        let authorizer = Authorizer::from(requirement.build().unwrap());
        let (mut head, ()) = Request::new(()).into_parts();
        assert_eq!(authorizer.authorize(&mut head).await.is_ok(), falls_back);
        assert_eq!(head.headers.contains_key(AUTHORIZATION), falls_back);
    }
}
