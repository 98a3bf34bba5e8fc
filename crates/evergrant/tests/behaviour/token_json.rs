//! The JSON form of stored tokens, as read from and written for other programs and SDKs.

use std::time::UNIX_EPOCH;

use evergrant::Token;
use evergrant_testing::LogCapture;
use serde_json::{Value, json};

use crate::support::seconds;

#[test]
fn a_token_is_serialized_with_standard_names() {
    let token = Token::from_json(
        r#"{"access_token":"not-a-real-token","token_type":"bearer","expires_in":60,"scope":"a b","expiry":1900000000,
            "refresh_token":"not-a-real-refresh-token","instance_url":"https://eu.example.com"}"#,
    )
    .unwrap();
    let again = Token::from_json(&token.expose_json()).unwrap();
    for token in [&token, &again] {
        assert_eq!(token.access_token().expose(), "not-a-real-token");
        assert_eq!(token.refresh_token().unwrap().expose(), "not-a-real-refresh-token");
        assert_eq!(token.expires_at(), Some(UNIX_EPOCH + seconds(1_900_000_000)));
        assert_eq!(token.expires_in(), Some(seconds(60)));
        assert_eq!(token.scopes().unwrap().to_string(), "a b");
        assert_eq!(token.member("instance_url").unwrap().expose(), "https://eu.example.com");
    }
    for name in [
        "access_token",
        "token_type",
        "expires_in",
        "scope",
        "expiry",
        "refresh_token",
    ] {
        assert!(token.expose_json().contains(&format!("\"{name}\":")), "{name}");
    }
}

#[test]
fn a_token_stored_by_another_sdk_is_loaded() {
    for stored in [
        r#"{"access_token":"t","token_type":"Bearer","expires_in":"3600","scope":"a","expiry":"1900000000"}"#,
        r#"{"access_token":"t","token_type":"Bearer","expires_in":3600,"expiry":1900000000.0,"refresh_token":null}"#,
    ] {
        let token = Token::from_json(stored).unwrap();
        assert_eq!(token.expires_at(), Some(UNIX_EPOCH + seconds(1_900_000_000)));
    }
    for broken in [
        "",
        "null",
        "{",
        r#"{"token":"t"}"#,
        r#"{"accessToken":""}"#,
        r#"{"access_token":7}"#,
        r#"{"accessToken":"t","tokenType":"DPoP"}"#,
    ] {
        Token::from_json(broken).unwrap_err();
    }
}

#[test]
fn a_stored_number_is_a_lifetime_only_if_its_name_may_be_that_of_one() {
    for (member, lifetime, expiry) in [
        (r#""expiry":0"#, None, Some(0)),
        (r#""expires_at":0"#, None, None),
        (r#""expires_at":3600"#, None, Some(3600)),
        (r#""expires":3600"#, Some(3600), None),
        (r#""expires":1900000000"#, None, Some(1_900_000_000)),
    ] {
        let token = Token::from_json(&format!(r#"{{"access_token":"t",{member}}}"#)).unwrap();
        assert_eq!(token.expires_in(), lifetime.map(seconds), "{member}");
        assert_eq!(
            token.expires_at(),
            expiry.map(|expiry| UNIX_EPOCH + seconds(expiry)),
            "{member}"
        );
    }
}

#[test]
fn a_problem_with_the_access_token_is_named() {
    for (stored, problem) in [
        (r#"{"access_token":""}"#, "has an empty `access_token`"),
        (r#"{"access_token":7}"#, "has an `access_token` that is not a string"),
        (r#"{"access_token":null}"#, "has no `access_token`"),
        (
            r#"{"access_token":"a b"}"#,
            "characters that are not allowed in headers",
        ),
    ] {
        let error = Token::from_json(stored).unwrap_err().to_string();
        assert!(error.contains(problem), "{error}");
    }
}

#[test]
fn debug_output_of_a_token_shows_metadata_and_no_secret() {
    let token = Token::from_json(
        r#"{"access_token":"not-a-real-token","refresh_token":"not-a-real-refresh-token","scope":"books.read",
            "expires_in":60,"expiry":1900000000,"instance_url":"https://not-a-real.example.com"}"#,
    )
    .unwrap();
    let shown = format!("{token:?}");
    for part in ["access_token", "[redacted]", "books.read", "60s", "instance_url"] {
        assert!(shown.contains(part), "{shown}");
    }
    assert!(!shown.contains("not-a-real"), "{shown}");
}

#[test]
fn all_spellings_of_stored_members_are_read() {
    for stored in [
        r#"{"accessToken":"t","tokenType":"Bearer","expiresIn":3600,"scope":"a b","expiry":1900000000,"refreshToken":"r"}"#,
        r#"{"accessToken":"t","tokenType":"Bearer","expiresIn":"3600","scope":"a b","expiry":"1900000000","refreshToken":"r"}"#,
        r#"{"AccessToken":"t","TokenType":"bearer","ExpiresIn":3600,"Scope":"a b","Expiry":"2030-03-17T17:46:40Z","RefreshToken":"r"}"#,
        r#"{"access_token":"t","token_type":"Bearer","refresh_token":"r","expiry":"2030-03-17T19:46:40.000000001+02:00","expires_in":3600,"scope":"a b"}"#,
        r#"{"access_token":"t","refresh_token":"r","expires_in":3600,"expires_at":1900000000.25,"scope":["a","b"]}"#,
        r#"{"access_token":"t","refresh_token":"r","expires_in":"1h","expiry_date":1900000000000,"scopes":["a","b"]}"#,
        r#"{"access_token":"t","refresh_token":"r","expires_in":3599,"expiresOn":"2030-03-17 20:46:40","expires_on":1900000000,"scope":"a b"}"#,
        "\u{FEFF}{\"access_token\":\"t\",\"refresh_token\":\"r\",\"expires_in\":3600,\"expires\":\"Sun, 17 Mar 2030 17:46:40 GMT\",\"scope\":\"a b\"}",
    ] {
        let token = Token::from_json(stored).unwrap();
        assert_eq!(token.access_token().expose(), "t", "{stored}");
        assert_eq!(token.refresh_token().unwrap().expose(), "r", "{stored}");
        let expiry = token.expires_at().unwrap().duration_since(UNIX_EPOCH).unwrap();
        assert_eq!(expiry.as_secs(), 1_900_000_000, "{stored}");
        assert_eq!(token.expires_in().unwrap().as_secs().abs_diff(3600) / 2, 0, "{stored}");
        assert_eq!(token.scopes().unwrap().to_string(), "a b", "{stored}");
        for spelling in [
            "accessToken",
            "AccessToken",
            "refreshToken",
            "RefreshToken",
            "tokenType",
        ] {
            assert!(token.member(spelling).is_none(), "{spelling} of {stored}");
        }
        let written: Value = serde_json::from_str(&token.without_refresh_token().expose_json()).unwrap();
        assert_eq!(
            (&written["access_token"], &written["expiry"]),
            (&json!("t"), &json!(1_900_000_000))
        );
        assert!(!written.to_string().contains("\"r\""), "{written}");
    }
}

#[test]
fn the_rfc_6749_name_takes_precedence() {
    for stored in [
        r#"{"accessToken":"wrong","access_token":"right","refreshToken":"wrong","refresh_token":"also right"}"#,
        r#"{"AccessToken":"wrong","access_token":"right","RefreshToken":"wrong","refresh_token":"also right"}"#,
        r#"{"accessToken":"right","access_token":null,"refreshToken":"also right","refresh_token":null}"#,
    ] {
        let token = Token::from_json(stored).unwrap();
        let refresh_token = token.refresh_token().unwrap().expose();
        assert_eq!(
            (token.access_token().expose(), refresh_token),
            ("right", "also right"),
            "{stored}"
        );
        assert!(!token.expose_json().contains("wrong"));
    }
}

#[test]
fn a_token_is_serialized_in_snake_case_or_camel_case() {
    let token = Token::from_json(
        r#"{"access_token":"t","expires_in":3600,"expiry":1900000000,"refresh_token":"r","scope":"a","user_id":7}"#,
    )
    .unwrap();
    let written: Value = serde_json::from_str(&token.expose_json_camel_case()).unwrap();
    let expected = json!({
        "accessToken": "t", "tokenType": "Bearer", "expiresIn": 3600, "expiry": 1_900_000_000, "refreshToken": "r",
        "scope": "a", "user_id": 7,
    });
    assert_eq!(written, expected);
    let again = Token::from_json(&token.expose_json_camel_case()).unwrap();
    assert_eq!(again.expose_json(), token.expose_json());
}

#[test]
fn additional_members_keep_their_types() {
    let extras = json!({
        "text": "7", "number": 7, "negative": -7, "fraction": 0.5, "yes": true, "no": false, "list": ["a", 1, null],
        "object": {"a": {"b": [1]}}, "empty": "", "large": u64::MAX, "expires_on": "1900000000", "note": "not-a-real-note",
    });
    let mut stored = extras.clone();
    stored["access_token"] = json!("t");
    let token = Token::from_json(&stored.to_string()).unwrap();
    assert_eq!(token.member("text").unwrap().expose(), "7");
    assert_eq!(token.member("list").unwrap().expose(), r#"["a",1,null]"#);
    assert!(!format!("{token:?}").contains("not-a-real-note"));
    for written in [token.expose_json(), token.expose_json_camel_case()] {
        let written: Value = serde_json::from_str(&written).unwrap();
        for (name, value) in extras.as_object().unwrap() {
            assert_eq!(&written[name], value, "{name}");
        }
    }
}

#[test]
fn an_expiry_in_the_past_is_loaded() {
    for member in [
        r#""expiry":0"#,
        r#""expiry":1000000000"#,
        r#""expiry":"2001-09-09T01:46:40Z""#,
        r#""expires_at":1000000000000"#,
        r#""expires_in":3600,"expires_on":"1000000000""#,
    ] {
        let token = Token::from_json(&format!(r#"{{"access_token":"t",{member}}}"#)).unwrap();
        let expiry = token.expires_at().unwrap();
        assert!(expiry <= UNIX_EPOCH + seconds(1_000_000_000), "{member}");
    }
}

#[test]
fn an_unreadable_stored_member_is_ignored_with_an_event() {
    for (members, ignored, problem) in [
        (r#""expiry":"never""#, "expiry", "a readable time"),
        (
            r#""expires_in":3600,"expiry":{"seconds":1}"#,
            "expiry",
            "a readable time",
        ),
        (r#""expiresAt":"2030-03-17T17:46:40""#, "expiresAt", "a readable time"),
        (r#""expires_in":"soon""#, "expires_in", "a readable lifetime"),
        (r#""refreshToken":7"#, "refreshToken", "must be a string"),
        (r#""scope":{"a":true}"#, "scope", "or a list of strings"),
    ] {
        let logs = LogCapture::new();
        let _guard = logs.install();
        let token = Token::from_json(&format!(r#"{{"access_token":"not-a-real-token",{members}}}"#)).unwrap();
        let parts = (token.expires_at(), token.refresh_token().is_none(), token.scopes());
        assert_eq!(parts, (None, true, None), "{members}");
        let events = logs.by_name("evergrant.member_ignored");
        assert_eq!(events.len(), 1, "{members}");
        assert_eq!(
            (events[0].level.as_str(), events[0].fields["member"].as_str()),
            ("WARN", ignored)
        );
        assert!(events[0].fields["problem"].contains(problem), "{events:?}");
    }
    let logs = LogCapture::new();
    let _guard = logs.install();
    let go = r#"{"access_token":"t","token_type":"Bearer","expiry":"0001-01-01T00:00:00Z"}"#;
    assert_eq!(Token::from_json(go).unwrap().expires_at(), None);
    assert!(logs.records().is_empty());
}
