//! `Retry-After`, from a token endpoint and from an API.

use std::time::Duration;

use evergrant::ApiError;
use evergrant_testing::ManualClock;
use http::StatusCode;

use crate::input::Input;
use crate::managers::{Scripted, block_on, client};

const LONGEST: Duration = Duration::from_secs(3600);

/// A wait is an hour at most, nothing is sent while it lasts, and a token is there once it is over.
pub fn retry_after(data: &[u8]) {
    let mut input = Input::new(data);
    let status = StatusCode::from_u16(input.choice(&[429, 503, 400, 401])).expect("a status");
    let headers = input.headers();
    let body = input.rest().to_vec();
    let api = ApiError::new(status, headers.clone(), body.clone().into());
    assert!(api.retry_after().is_none_or(|wait| wait <= LONGEST));

    let transport = Scripted::new(status, headers, body);
    let clock = ManualClock::new();
    let tokens = client("not-a-real-secret", &clock).build(transport.clone());
    let tokens = tokens.expect("settings that work");
    block_on(async {
        let error = tokens.token().await.expect_err("a failure status brings no token");
        assert_eq!(transport.requests(), 1, "one attempt");
        transport.recover();
        let wait = error.retry_after();
        assert!(wait.is_none_or(|wait| wait <= LONGEST));
        if let Some(wait) = wait.filter(|wait| !wait.is_zero()) {
            clock.advance(wait - wait.min(Duration::from_millis(1)));
            assert!(tokens.token().await.is_err(), "the server asked for {wait:?}");
            assert!(tokens.fetch_token().await.is_err(), "the server asked for {wait:?}");
            assert_eq!(transport.requests(), 1, "nothing is sent while the wait lasts");
        }
        clock.advance(LONGEST * 2);
        tokens.token().await.expect("the wait is over");
        assert_eq!(transport.requests(), 2);
    });
}
