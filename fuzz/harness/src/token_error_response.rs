//! Error responses of the token endpoint, and success responses with an `error`.

use std::time::Duration;

use evergrant::Error;
use evergrant_testing::ManualClock;
use http::StatusCode;

use crate::error_display::{assert_line, assert_presentable};
use crate::fuzz_input::Input;
use crate::scripted_manager::{ScriptedTransport, block_on, client};

const STATUSES: [u16; 12] = [400, 401, 403, 404, 405, 408, 429, 500, 503, 302, 200, 599];

/// Maximum length of server text in an error, in characters, including the mark of a cut.
const MAX_TEXT_LENGTH: usize = 301;

/// Any response results in one request, and in an error whose parts are short and printable.
pub fn token_error_response(data: &[u8]) {
    let mut input = Input::new(data);
    let status = StatusCode::from_u16(input.choice(&STATUSES)).expect("a status");
    let headers = input.headers();
    let transport = ScriptedTransport::new(status, headers, input.rest().to_vec());
    let clock = ManualClock::new();
    let tokens = client("not-a-real-secret", &clock).build(transport.clone());
    let tokens = tokens.expect("valid settings");
    block_on(async {
        let outcome = tokens.token().await;
        assert_eq!(transport.requests(), 1, "one attempt");
        let Err(error) = outcome else {
            assert!(status.is_success(), "a token was accepted with {status}");
            return;
        };
        assert_presentable(&error);
        let _ = error.is_retryable();
        if let Error::OAuthProvider(error) = &error {
            let parts = [
                error.code(),
                error.error_description(),
                error.error_uri(),
                error.excerpt(),
            ];
            for part in parts.into_iter().flatten() {
                assert!(part.chars().count() <= MAX_TEXT_LENGTH, "{part:?}");
                assert_line(part);
            }
            assert!(error.retry_after().is_none_or(|wait| wait <= Duration::from_secs(3600)));
        }
        assert!(tokens.token().await.is_err(), "the failure is cached");
        assert_eq!(transport.requests(), 1);
    });
}
