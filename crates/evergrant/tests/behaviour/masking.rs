//! What a server says reaches an error only without the client's secrets, and without what could be a token.

use evergrant::{ClientCredentials, Error};
use evergrant_reqwest::Transport;
use evergrant_testing::Answer;
use serde_json::json;

use crate::support::{CLIENT, SECRET, World};

async fn shown(secret: &str, answer: Answer) -> String {
    let world = World::new();
    world.auth.next(answer);
    let tokens = world.configured(ClientCredentials::new(CLIENT, secret));
    let error = tokens.build(Transport::default()).unwrap().token().await.unwrap_err();
    format!("{error} {error:?}")
}

#[tokio::test]
async fn a_token_type_that_repeats_the_secret_or_the_token_is_masked() {
    for repeated in [SECRET, "not-a-real-token", "not-a-real-refresh-token"] {
        let body = format!(
            r#"{{"access_token":"not-a-real-token","refresh_token":"not-a-real-refresh-token","token_type":"of {repeated}"}}"#
        );
        let shown = shown(SECRET, Answer::new(200).json(&body)).await;
        assert!(
            shown.contains("is of type `of [redacted]`") && !shown.contains(repeated),
            "{shown}"
        );
    }
}

#[tokio::test]
async fn a_redirect_that_repeats_the_secret_is_masked_and_shortened() {
    for (secret, path) in [
        (SECRET, SECRET),
        (SECRET, "not%2Ba%2Freal%3Asecret"),
        ("not/a/../real\\secret", "not/a/../real\\secret"),
    ] {
        let redirect = Answer::new(302).header("location", &format!("/error/{path}/page"));
        let shown = shown(secret, redirect).await;
        assert!(shown.contains("/error/[redacted]/page"), "{shown}");
    }
    let redirect = Answer::new(302).header("location", &format!("/{}", "x".repeat(3000)));
    let shown = shown(SECRET, redirect).await;
    assert!(shown.contains('…') && shown.len() < 2000, "{shown}");
}

#[tokio::test]
async fn a_numeric_code_that_repeats_the_secret_is_masked() {
    let shown = shown("31415926535", Answer::new(400).json(r#"{"error":31415926535}"#)).await;
    assert!(!shown.contains("31415926535"), "{shown}");
}

#[tokio::test]
async fn a_secret_is_masked_in_the_encoding_of_any_encoder() {
    for (secret, repeated) in [
        ("a!b+c*d~e(f)", "a!b%2Bc*d~e(f)"),         // JavaScript's encodeURIComponent
        ("a!b+c*d~e(f)", "a%21b%2Bc*d%7Ee%28f%29"), // Java's URLEncoder and WHATWG's form
        ("ab/cd+ef", "ab/cd%2Bef"),                 // Python's quote
        ("ab/cd+ef", "ab%252Fcd%252Bef"),           // Any of them twice
        ("ab/cd+ef", "ab\\/cd+ef"),                 // PHP's json_encode
        ("ab/cd+ef", "ab/cd\\u002Bef"),             // .NET's System.Text.Json
        ("ab&cd+ef", "ab&amp;cd&#43;ef"),           // .NET's HtmlEncode
    ] {
        let shown = shown(secret, Answer::new(400).body(format!("bad secret {repeated}."))).await;
        assert!(shown.contains("bad secret [redacted]."), "{repeated} in {shown}");
    }
}

#[tokio::test]
async fn a_secret_where_a_long_body_is_cut_is_masked() {
    let secret = "not-a-real-secret-0123456789";
    let body = format!("<{}>{secret}", "x".repeat(4096 - 2 - 20));
    let shown = shown(secret, Answer::new(400).body(body)).await;
    assert!(shown.contains("[redacted]") && !shown.contains("not-a-real"), "{shown}");
}

/// Texts that are like themselves wherever one begins to read, which is what a search can be slow at.
const SELF_SIMILAR: [&str; 6] = ["\\", "%25", "&amp;", "a", "QUFB", "\\\\%25&amp;"];

#[tokio::test]
async fn self_similar_tokens_and_token_types_of_any_length_are_refused() {
    for piece in SELF_SIMILAR {
        let most = evergrant::transport::MAX_RESPONSE_BYTES / 7 / piece.len();
        for count in [64 / 2 / piece.len(), 800, most] {
            let (token, kind) = (piece.repeat(count), piece.repeat(2 * count));
            let body = json!({"access_token": token, "refresh_token": "x", "token_type": kind});
            let shown = shown(SECRET, Answer::new(200).json(&body.to_string())).await;
            let problem = match count {
                1..=32 => "is of type `[redacted]`",
                _ => "is of a type of more than 64 bytes",
            };
            assert!(shown.contains(problem), "{shown}");
        }
    }
}

#[tokio::test]
async fn self_similar_refusals_of_any_length_are_masked() {
    for piece in SELF_SIMILAR {
        let repeated = piece.repeat(40_000);
        let description = json!({"error": repeated, "error_description": repeated, "error_uri": repeated});
        let location = piece.repeat(1000).replace('\\', "/");
        for answer in [
            Answer::new(400).json(&description.to_string()),
            Answer::new(500).body(repeated.clone()),
            Answer::new(200).header("content-type", "text/html").body(repeated),
            Answer::new(302).header("location", &location),
        ] {
            let shown = shown(&piece.repeat(800), answer).await;
            assert!(!shown.contains(&piece.repeat(8)), "{shown}");
        }
    }
}

#[tokio::test]
async fn a_secret_where_a_long_description_is_cut_is_masked() {
    let secret: String = (100..300).map(|number| format!("{number}/")).collect();
    for before in [2000, 2390, 2399] {
        let description = format!("{}{secret}", " ".repeat(before));
        let body = json!({"error": "x", "error_description": description});
        let shown = shown(&secret, Answer::new(400).json(&body.to_string())).await;
        assert!(shown.contains("400 x ([redacted]…)"), "{shown}");
    }
}

#[tokio::test]
async fn an_unusable_success_shows_no_short_token() {
    for (kind, body) in [
        ("text/plain", "a1b2c3d4e5f6"),
        ("application/xml", "<token>a1b2c3d4e5f6</token>"),
        ("text/plain", "token=a1b2c3d4e5f6"),
        ("text/html", "a1b2c3d4e5f6"),
        ("text/html", "<html><body>a1b2c3d4e5f6</body></html>"),
    ] {
        let shown = shown(SECRET, Answer::new(200).header("content-type", kind).body(body)).await;
        assert!(!shown.contains("a1b2"), "{kind}: {shown}");
    }
}

#[tokio::test]
async fn an_unusable_success_still_shows_plain_words() {
    let world = World::new();
    world.auth.next(
        Answer::new(200)
            .header("content-type", "text/plain")
            .body("Login please"),
    );
    let Error::TokenResponse(error) = world.tokens().token().await.unwrap_err() else {
        panic!("a response error")
    };
    assert_eq!(error.excerpt(), Some("Login please"));
}

#[tokio::test]
async fn characters_that_break_reorder_or_hide_text_do_not_reach_a_message() {
    let description = "a\u{2028}b\u{2029}c\u{61c}d\u{200b}e\u{2060}f\u{feff}g\u{202e}h";
    let body = format!(r#"{{"error":"x","error_description":"{description}"}}"#);
    let world = World::new();
    world.auth.next(Answer::new(400).json(&body));
    let message = world.tokens().token().await.unwrap_err().to_string();
    assert!(message.contains("a b c d e f g h"), "{message:?}");
}
