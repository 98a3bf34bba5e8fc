//! What the token endpoint says with a failure status, or with an `error` in a success.

use std::time::Duration;

use evergrant::Error;
use evergrant_testing::ManualClock;
use http::StatusCode;

use crate::errors::{assert_line, assert_presentable};
use crate::input::Input;
use crate::managers::{Scripted, block_on, client};

const STATUSES: [u16; 12] = [400, 401, 403, 404, 405, 408, 429, 500, 503, 302, 200, 599];

/// The longest text of a server that an error repeats, in characters, with the mark that it was cut.
const LONGEST_TEXT: usize = 301;

/// Whatever the server says, there is one request, and an error whose parts are short and plain.
pub fn error_response(data: &[u8]) {
    let mut input = Input::new(data);
    let status = StatusCode::from_u16(input.choice(&STATUSES)).expect("a status");
    let headers = input.headers();
    let transport = Scripted::new(status, headers, input.rest().to_vec());
    let clock = ManualClock::new();
    let tokens = client("not-a-real-secret", &clock).build(transport.clone());
    let tokens = tokens.expect("settings that work");
    block_on(async {
        let outcome = tokens.token().await;
        assert_eq!(transport.requests(), 1, "one attempt");
        let Err(error) = outcome else {
            assert!(status.is_success(), "a token came with {status}");
            return;
        };
        assert_presentable(&error);
        let _ = error.is_retryable();
        if let Error::OAuthProvider(error) = &error {
            let parts = [error.code(), error.error_description(), error.error_uri(), error.excerpt()];
            for part in parts.into_iter().flatten() {
                assert!(part.chars().count() <= LONGEST_TEXT, "{part:?}");
                assert_line(part);
            }
            assert!(error.retry_after().is_none_or(|wait| wait <= Duration::from_secs(3600)));
        }
        assert!(tokens.token().await.is_err(), "a failure is remembered");
        assert_eq!(transport.requests(), 1);
    });
}
