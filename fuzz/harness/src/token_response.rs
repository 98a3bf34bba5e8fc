//! Success responses of the token endpoint.

use evergrant::{Error, Token};
use evergrant_testing::ManualClock;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::Value;

use crate::error_display::{assert_presentable, texts};
use crate::fuzz_input::Input;
use crate::scripted_manager::{ScriptedTransport, block_on, client};

const TYPES: [&str; 3] = ["application/json", "text/html; charset=utf-8", "text/plain"];

/// A valid token is used unchanged; any other response results in one request and an error without its tokens.
pub fn token_response(data: &[u8]) {
    let mut input = Input::new(data);
    let strict = input.choice(&[false, true]);
    let content_type = input.choice(&TYPES);
    let body = input.rest();
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    let transport = ScriptedTransport::new(StatusCode::OK, headers, body.to_vec());
    let clock = ManualClock::new();
    let mut builder = client("not-a-real-secret", &clock);
    if strict {
        builder = builder.strict_scopes();
    }
    let tokens = builder.build(transport.clone()).expect("valid settings");
    block_on(async {
        let outcome = tokens.token().await;
        assert_eq!(transport.requests(), 1, "one attempt");
        match outcome {
            Ok(token) => {
                check(&token);
                let mut headers = HeaderMap::new();
                if tokens.authorize_now(&mut headers).is_some() {
                    let expected = format!("Bearer {}", token.access_token().expose());
                    assert_eq!(headers[AUTHORIZATION].as_bytes(), expected.as_bytes());
                }
            }
            Err(error) => {
                assert_presentable(&error);
                check_error(&error, body);
                assert!(tokens.token().await.is_err(), "the failure is cached");
                assert_eq!(transport.requests(), 1);
            }
        }
        let _ = format!("{tokens:?} {:?}", tokens.status());
    });
}

/// Checks a parsed token.
fn check(token: &Token) {
    assert!(!token.access_token().expose().is_empty());
    let longest = std::time::Duration::from_secs(400 * 366 * 24 * 3600);
    assert!(token.expires_in().is_none_or(|lifetime| lifetime <= longest));
    // Read once, because an expiry that is too late is shortened then.
    let stored = Token::from_json(&token.expose_json()).expect("a valid token");
    let again = Token::from_json(&stored.expose_json()).expect("a valid token");
    assert_eq!(again.expose_json(), stored.expose_json());
    assert_eq!(again.access_token().expose(), token.access_token().expose());
}

/// Panics if an error about a JSON object shows a member that could be a token.
fn check_error(error: &Error, body: &[u8]) {
    let (Error::TokenResponse(_), Ok(Value::Object(object))) = (error, serde_json::from_slice(body)) else {
        return;
    };
    let texts = texts(error);
    for name in ["access_token", "refresh_token", "id_token"] {
        let Some(token) = object.get(name).and_then(Value::as_str) else {
            continue;
        };
        let is_tokenlike = token.len() >= 16
            && token.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && token.bytes().any(|byte| byte.is_ascii_digit());
        if is_tokenlike {
            assert!(
                !texts.iter().any(|text| text.contains(token)),
                "an error shows the {name}"
            );
        }
    }
}
