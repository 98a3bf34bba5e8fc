//! Challenges of real servers, and malformed ones.

use http::header::WWW_AUTHENTICATE;
use http::{HeaderMap, HeaderValue, StatusCode};

use super::{BEARER, ResourceChallenge, TokenError, rejects_token_of, resource_challenge, token_error};

fn read(values: &[&str]) -> Option<TokenError> {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(
            "www-authenticate",
            HeaderValue::from_str(value).expect("a header value"),
        );
    }
    token_error(BEARER, StatusCode::FORBIDDEN, &headers)
}

#[test]
fn a_bearer_challenge_is_found_at_any_valid_position() {
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
        assert_eq!(read(&[value]), Some(TokenError::InvalidToken), "{value}");
    }
    let values = [r#"Basic realm="a"#, "???", r#"Bearer error="invalid_token""#];
    assert_eq!(read(&values), Some(TokenError::InvalidToken));
}

#[test]
fn challenges_of_the_tokens_scheme_are_used() {
    let value = HeaderValue::from_static(r#"Basic realm="a", DPoP error="invalid_token", algs="ES256""#);
    let headers = HeaderMap::from_iter([(WWW_AUTHENTICATE, value)]);
    let read = |scheme| token_error(scheme, StatusCode::FORBIDDEN, &headers);
    assert_eq!((read("dpop"), read(BEARER)), (Some(TokenError::InvalidToken), None));
}

#[test]
fn a_rejected_proof_does_not_reject_the_token() {
    for (error, is_rejection) in [
        ("invalid_dpop_proof", false),
        ("use_dpop_nonce", false),
        ("invalid_token", true),
        ("other", true),
    ] {
        let value = HeaderValue::try_from(format!(r#"DPoP error="{error}", algs="ES256""#)).expect("a header value");
        let headers = HeaderMap::from_iter([(WWW_AUTHENTICATE, value)]);
        let rejects = rejects_token_of("DPoP", StatusCode::UNAUTHORIZED, &headers, || true);
        assert_eq!(rejects, is_rejection, "{error}");
    }
}

#[test]
fn malformed_and_other_challenges_are_ignored() {
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
fn a_missing_scope_is_recognized() {
    for value in [
        r#"Bearer error="insufficient_scope", scope="a b""#,
        r#"Basic realm="a", Bearer realm="b", error=insufficient_scope"#,
    ] {
        assert_eq!(read(&[value]), Some(TokenError::InsufficientScope), "{value}");
    }
}

#[test]
fn only_error_statuses_are_used() {
    let headers = HeaderMap::from_iter([(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer error=invalid_token"))]);
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
        assert_eq!(token_error(BEARER, status, &headers).is_some(), counts, "{status}");
    }
}

#[test]
fn the_input_is_limited() {
    let good = r#"Bearer error="invalid_token""#;
    let long = format!(r#"{good}, realm="{}""#, "x".repeat(super::MAX_VALUE_LENGTH));
    assert_eq!(read(&[&long]), None);
    assert_eq!(read(&[&long, good]), Some(TokenError::InvalidToken));
    let mut many = vec!["Basic"; super::MAX_VALUES];
    many.push(good);
    assert_eq!(read(&many), None);
    for piece in ["a ", "a=", "\"\\", "a,", "Bearer a=\"", "a68=", ",,", "= "] {
        // Terminates with any result.
        let _ = read(&[&piece.repeat(super::MAX_VALUE_LENGTH / piece.len())]);
    }
}

#[test]
fn the_metadata_of_an_api_is_read_from_the_first_challenge_that_names_it() {
    let found = |values: &[&str]| {
        let headers = values
            .iter()
            .map(|value| (WWW_AUTHENTICATE, HeaderValue::from_str(value).expect("a header value")));
        let mut map = HeaderMap::new();
        headers.for_each(|(name, value)| {
            map.append(name, value);
        });
        resource_challenge(&map).map(|ResourceChallenge { metadata, scope }| (metadata, scope.unwrap_or_default()))
    };
    let some = |metadata: &str, scope: &str| Some((metadata.to_owned(), scope.to_owned()));
    let url = "https://api.example.com/.well-known/oauth-protected-resource";
    let full = format!(r#"Bearer error="invalid_token", resource_metadata="{url}", scope="a b""#);
    for (values, expected) in [
        (vec![full.clone()], some(url, "a b")),
        (
            vec![format!(
                r#"Basic realm="x", DPoP scope=a, algs="ES256", RESOURCE_METADATA="{url}""#
            )],
            some(url, "a"),
        ),
        (
            vec![format!(r#"Basic scope="a", Bearer resource_metadata="{url}""#)],
            some(url, ""),
        ),
        (
            vec![format!(
                r#"Bearer resource_metadata="{url}", resource_metadata="other""#
            )],
            some(url, ""),
        ),
        (
            vec![
                "Negotiate".to_owned(),
                full.clone(),
                r#"Bearer resource_metadata="other""#.to_owned(),
            ],
            some(url, "a b"),
        ),
        (vec![r#"Bearer scope="a""#.to_owned()], None),
        (vec![format!("{full}, Bearer ???")], None),
    ] {
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        assert_eq!(found(&values), expected, "{values:?}");
    }
}
