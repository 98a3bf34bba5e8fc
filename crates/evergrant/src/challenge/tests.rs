//! Values that servers send, and values that none should.

use http::{HeaderMap, HeaderValue, StatusCode};

use super::{BearerError, bearer_error};

fn read(values: &[&str]) -> Option<BearerError> {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(
            "www-authenticate",
            HeaderValue::from_str(value).expect("a header's value"),
        );
    }
    bearer_error(StatusCode::FORBIDDEN, &headers)
}

#[test]
fn a_challenge_of_bearer_is_found_wherever_the_grammar_lets_it_stand() {
    for value in [
        r#"Bearer error="invalid_token""#,
        r#"bearer ERROR="invalid_token""#,
        r"Bearer error=invalid_token",
        r#"Bearer error = "invalid_token" , error_description="The token expired at '11/30/2026, 9:27 AM'""#,
        r#"Bearer realm="a, Basic \"b\", error=c", error="invalid_token""#,
        r#"Bearer realm="books",error="invalid_token",error_uri="https://docs.example.com/?a=b,c""#,
        r#"Bearer error="invalid\_token""#,
        r#"Basic realm="a", Bearer error="invalid_token""#,
        r#"Basic realm="a", , Bearer , error="invalid_token", Digest nonce="n""#,
        r#"Negotiate dG9rZW42OA==, Bearer realm="a", error="invalid_token""#,
        r#"Negotiate, Bearer error="invalid_token""#,
        r#",Bearer error="invalid_token","#,
        r#"DPoP algs="ES256", Bearer error="invalid_token""#,
        r#"Bearer error="insufficient_scope", Bearer error="invalid_token""#,
        "Bearer\terror=\"invalid_token\"",
    ] {
        assert_eq!(read(&[value]), Some(BearerError::InvalidToken), "{value}");
    }
    let beside = [r#"Basic realm="a"#, "???", r#"Bearer error="invalid_token""#];
    assert_eq!(read(&beside), Some(BearerError::InvalidToken));
}

#[test]
fn what_is_malformed_or_says_something_else_counts_for_nothing() {
    for value in [
        "",
        "Bearer",
        r#"Bearer realm="invalid_token""#,
        r#"Bearer error="invalid_request""#,
        r#"Bearer error="Invalid_Token""#,
        r#"Bearer error="invalid_token "#,
        r#"Bearer error="invalid_token" error_description="no comma""#,
        r#"Bearer error="invalid_token", error="invalid_token""#,
        r#"Bearer error="invalid_token", ="x""#,
        r#"Bearer error="invalid_token", realm="open"#,
        r#"Bearer error="invalid_token"; realm=x"#,
        r#"Bearer error="invalid_token"x"#,
        r#"Bearer error=invalid_token x"#,
        r#"Bearer error==invalid_token"#,
        r#"Bearer x realm="a", error="invalid_token""#,
        r#"Bearer dG9rZW42OA==, error="invalid_token""#,
        r#"Bearer realm="\"#,
        r#"error="invalid_token""#,
        r#"="invalid_token", Bearer"#,
        r#"Basic error="invalid_token""#,
        r#"DPoP error="invalid_token", algs="ES256""#,
        r#"BearerToken error="invalid_token""#,
        r#"Bearer realm="x, error=\"invalid_token\"""#,
        r#"Bearer realm="x", Basic error="invalid_token""#,
        r#"Bearer error_description="invalid_token""#,
        r#"{"error":"invalid_token"}"#,
    ] {
        assert_eq!(read(&[value]), None, "{value}");
    }
}

#[test]
fn a_missing_scope_is_told_apart() {
    for value in [
        r#"Bearer error="insufficient_scope", scope="a b""#,
        r#"Basic realm="a", Bearer realm="b", error=insufficient_scope"#,
    ] {
        assert_eq!(read(&[value]), Some(BearerError::InsufficientScope), "{value}");
    }
}

#[test]
fn only_a_status_of_an_error_counts() {
    let headers = HeaderMap::from_iter([(
        http::header::WWW_AUTHENTICATE,
        HeaderValue::from_static("Bearer error=invalid_token"),
    )]);
    for (status, counts) in [
        (200, false),
        (302, false),
        (400, true),
        (403, true),
        (419, true),
        (498, true),
        (500, true),
    ] {
        let status = StatusCode::from_u16(status).expect("a status");
        assert_eq!(bearer_error(status, &headers).is_some(), counts, "{status}");
    }
}

#[test]
fn what_is_read_has_a_limit() {
    let good = r#"Bearer error="invalid_token""#;
    let long = format!(r#"{good}, realm="{}""#, "x".repeat(super::LONGEST));
    assert_eq!(read(&[&long]), None);
    assert_eq!(read(&[&long, good]), Some(BearerError::InvalidToken));
    let mut many = vec!["Basic"; super::MOST];
    many.push(good);
    assert_eq!(read(&many), None);
    for piece in ["a ", "a=", "\"\\", "a,", "Bearer a=\"", "a68=", ",,", "= "] {
        // Ends, whatever it comes to.
        let _ = read(&[&piece.repeat(super::LONGEST / piece.len())]);
    }
}
