//! `Retry-After` of token endpoints and APIs.

use std::time::Duration;

use evergrant::ApiError;
use evergrant_testing::ManualClock;
use http::StatusCode;

use crate::fuzz_input::Input;
use crate::scripted_manager::{ScriptedTransport, block_on, client};

const MAX_WAIT: Duration = Duration::from_secs(3600);

/// A wait is at most one hour, nothing is sent while it lasts, and a token is available afterwards.
pub fn retry_after(data: &[u8]) {
    let mut input = Input::new(data);
    let status = StatusCode::from_u16(input.choice(&[429, 503, 400, 401])).expect("a status");
    let headers = input.headers();
    let body = input.rest().to_vec();
    let api = ApiError::new(status, headers.clone(), body.clone().into());
    assert!(api.retry_after().is_none_or(|wait| wait <= MAX_WAIT));

    let transport = ScriptedTransport::new(status, headers, body);
    let clock = ManualClock::new();
    let tokens = client("not-a-real-secret", &clock).build(transport.clone());
    let tokens = tokens.expect("valid settings");
    block_on(async {
        let error = tokens.token().await.expect_err("an error status returns no token");
        assert_eq!(transport.requests(), 1, "one attempt");
        transport.recover();
        let wait = error.retry_after();
        assert!(wait.is_none_or(|wait| wait <= MAX_WAIT));
        if let Some(wait) = wait.filter(|wait| !wait.is_zero()) {
            clock.advance(wait - wait.min(Duration::from_millis(1)));
            assert!(tokens.token().await.is_err(), "the server requested {wait:?}");
            assert!(tokens.fetch_token().await.is_err(), "the server requested {wait:?}");
            assert_eq!(transport.requests(), 1, "nothing is sent while the wait lasts");
        }
        clock.advance(MAX_WAIT * 2);
        tokens.token().await.expect("the wait is over");
        assert_eq!(transport.requests(), 2);
    });
}
