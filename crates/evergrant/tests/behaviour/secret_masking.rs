//! Masking of secrets and possible tokens in messages of the server.

use evergrant::{ClientCredentials, Error};
use evergrant_reqwest::Transport;
use evergrant_testing::MockResponse;
use serde_json::json;

use crate::support::{CLIENT, Fixture, SECRET};

async fn error_text(secret: &str, response: MockResponse) -> String {
    let fixture = Fixture::new();
    fixture.auth.next(response);
    let tokens = fixture.configured(ClientCredentials::builder(CLIENT, secret));
    let error = tokens.build(Transport::default()).unwrap().token().await.unwrap_err();
    format!("{error} {error:?}")
}

#[tokio::test]
async fn an_echoed_token_type_is_masked() {
    for echoed in [SECRET, "not-a-real-token", "not-a-real-refresh-token"] {
        let body = format!(
            r#"{{"access_token":"not-a-real-token","refresh_token":"not-a-real-refresh-token","token_type":"of {echoed}"}}"#
        );
        let text = error_text(SECRET, MockResponse::new(200).json(&body)).await;
        assert!(
            text.contains("has the type `of [redacted]`") && !text.contains(echoed),
            "{text}"
        );
    }
}

#[tokio::test]
async fn an_echoed_redirect_is_masked_and_truncated() {
    for (secret, path) in [
        (SECRET, SECRET),
        (SECRET, "not%2Ba%2Freal%3Asecret"),
        ("not/a/../real\\secret", "not/a/../real\\secret"),
    ] {
        let redirect = MockResponse::new(302).header("location", &format!("/error/{path}/page"));
        let text = error_text(secret, redirect).await;
        assert!(text.contains("/error/[redacted]/page"), "{text}");
    }
    let redirect = MockResponse::new(302).header("location", &format!("/{}", "x".repeat(3000)));
    let text = error_text(SECRET, redirect).await;
    assert!(text.contains('…') && text.len() < 2000, "{text}");
}

#[tokio::test]
async fn an_echoed_numeric_code_is_masked() {
    let text = error_text("31415926535", MockResponse::new(400).json(r#"{"error":31415926535}"#)).await;
    assert!(!text.contains("31415926535"), "{text}");
}

#[tokio::test]
async fn secrets_are_masked_in_common_encodings() {
    for (secret, echoed) in [
        ("a!b+c*d~e(f)", "a!b%2Bc*d~e(f)"),         // JavaScript's encodeURIComponent
        ("a!b+c*d~e(f)", "a%21b%2Bc*d%7Ee%28f%29"), // Java's URLEncoder and WHATWG's form
        ("ab/cd+ef", "ab/cd%2Bef"),                 // Python's quote
        ("ab/cd+ef", "ab%252Fcd%252Bef"),           // Any of them twice
        ("ab/cd+ef", "ab\\/cd+ef"),                 // PHP's json_encode
        ("ab/cd+ef", "ab/cd\\u002Bef"),             // .NET's System.Text.Json
        ("ab&cd+ef", "ab&amp;cd&#43;ef"),           // .NET's HtmlEncode
    ] {
        let text = error_text(secret, MockResponse::new(400).body(format!("bad secret {echoed}."))).await;
        assert!(text.contains("bad secret [redacted]."), "{echoed} in {text}");
    }
}

#[tokio::test]
async fn a_secret_at_the_truncation_of_a_body_is_masked() {
    let secret = "not-a-real-secret-0123456789";
    let body = format!("<{}>{secret}", "x".repeat(4096 - 2 - 20));
    let text = error_text(secret, MockResponse::new(400).body(body)).await;
    assert!(text.contains("[redacted]") && !text.contains("not-a-real"), "{text}");
}

/// Repetitive texts, for which a naive search is slow.
const REPETITIVE: [&str; 6] = ["\\", "%25", "&amp;", "a", "QUFB", "\\\\%25&amp;"];

#[tokio::test]
async fn repetitive_token_types_are_rejected() {
    for piece in REPETITIVE {
        let most = evergrant::transport::MAX_RESPONSE_BYTES / 7 / piece.len();
        for count in [64 / 2 / piece.len(), 800, most] {
            let (token, kind) = (piece.repeat(count), piece.repeat(2 * count));
            let body = json!({"access_token": token, "refresh_token": "x", "token_type": kind});
            let text = error_text(SECRET, MockResponse::new(200).json(&body.to_string())).await;
            let problem = match count {
                1..=32 => "has the type `[redacted]`",
                _ => "has a type of more than 64 bytes",
            };
            assert!(text.contains(problem), "{text}");
        }
    }
}

#[tokio::test]
async fn repetitive_error_responses_are_masked() {
    for piece in REPETITIVE {
        let echoed = piece.repeat(40_000);
        let description = json!({"error": echoed, "error_description": echoed, "error_uri": echoed});
        let location = piece.repeat(1000).replace('\\', "/");
        for response in [
            MockResponse::new(400).json(&description.to_string()),
            MockResponse::new(500).body(echoed.clone()),
            MockResponse::new(200).header("content-type", "text/html").body(echoed),
            MockResponse::new(302).header("location", &location),
        ] {
            let text = error_text(&piece.repeat(800), response).await;
            assert!(!text.contains(&piece.repeat(8)), "{text}");
        }
    }
}

#[tokio::test]
async fn a_secret_at_the_truncation_of_a_description_is_masked() {
    let secret: String = (100..300).map(|number| format!("{number}/")).collect();
    for before in [2000, 2390, 2399] {
        let description = format!("{}{secret}", " ".repeat(before));
        let body = json!({"error": "x", "error_description": description});
        let text = error_text(&secret, MockResponse::new(400).json(&body.to_string())).await;
        assert!(text.contains("400 x ([redacted]…)"), "{text}");
    }
}

#[tokio::test]
async fn an_unusable_success_response_shows_no_short_token() {
    for (kind, body) in [
        ("text/plain", "a1b2c3d4e5f6"),
        ("application/xml", "<token>a1b2c3d4e5f6</token>"),
        ("text/plain", "token=a1b2c3d4e5f6"),
        ("text/html", "a1b2c3d4e5f6"),
        ("text/html", "<html><body>a1b2c3d4e5f6</body></html>"),
    ] {
        let text = error_text(SECRET, MockResponse::new(200).header("content-type", kind).body(body)).await;
        assert!(!text.contains("a1b2"), "{kind}: {text}");
    }
}

#[tokio::test]
async fn an_unusable_success_response_shows_plain_words() {
    let fixture = Fixture::new();
    fixture.auth.next(
        MockResponse::new(200)
            .header("content-type", "text/plain")
            .body("Login please"),
    );
    let Error::TokenResponse(error) = fixture.tokens().token().await.unwrap_err() else {
        panic!("expected a token response error")
    };
    assert_eq!(error.excerpt(), Some("Login please"));
}

#[tokio::test]
async fn invisible_and_reordering_characters_are_removed() {
    let description = "a\u{2028}b\u{2029}c\u{61c}d\u{200b}e\u{2060}f\u{feff}g\u{202e}h";
    let body = format!(r#"{{"error":"x","error_description":"{description}"}}"#);
    let fixture = Fixture::new();
    fixture.auth.next(MockResponse::new(400).json(&body));
    let message = fixture.tokens().token().await.unwrap_err().to_string();
    assert!(message.contains("a b c d e f g h"), "{message:?}");
}
