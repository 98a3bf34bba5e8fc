//! Token responses that deviate from RFC 6749: accepted by default, accepted with a setting, or rejected.

use std::io::Write as _;
use std::time::UNIX_EPOCH;

use bytes::Bytes;
use evergrant::error::{TokenResponseProblem, TransportErrorKind};
use evergrant::{BuildError, Error, Token, TokenEndpointOptions, TokenManagerBuilder};
use evergrant_reqwest::Transport;
use evergrant_testing::{LogCapture, LogRecord, MockResponse};
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

use crate::support::{Fixture, seconds};

const VALID: &str = r#"{"access_token":"tok-1","token_type":"Bearer","expires_in":3600}"#;

/// Returns the outcome of a token response and the warnings logged.
async fn outcome(
    response: MockResponse,
    configure: impl FnOnce(TokenManagerBuilder) -> TokenManagerBuilder,
) -> (Result<Token, Error>, Vec<LogRecord>) {
    let fixture = Fixture::new();
    fixture.auth.next(response);
    let logs = LogCapture::new();
    let _guard = logs.install();
    let tokens = configure(fixture.builder()).build(Transport::default()).unwrap();
    let outcome = tokens.token().await;
    let is_warning = |record: &LogRecord| record.level == "WARN" && record.name != "evergrant.fetch_failed";
    (outcome, logs.records().into_iter().filter(is_warning).collect())
}

async fn fetch_json(json: &str) -> (Result<Token, Error>, Vec<LogRecord>) {
    outcome(MockResponse::new(200).json(json), |builder| builder).await
}

async fn with_options(json: &str, options: TokenEndpointOptions) -> Result<Token, Error> {
    let configure = |builder: TokenManagerBuilder| builder.token_endpoint_options(options);
    outcome(MockResponse::new(200).json(json), configure).await.0
}

fn problem(outcome: Result<Token, Error>) -> TokenResponseProblem {
    match outcome {
        Err(Error::TokenResponse(error)) => error.problem().clone(),
        other => panic!("{other:?}"),
    }
}

fn message(outcome: Result<Token, Error>) -> String {
    outcome.unwrap_err().to_string()
}

#[tokio::test]
async fn whitespace_around_a_token_type_is_ignored() {
    for kind in ["Bearer ", " bearer", "\\tBEARER\\n", "", "  "] {
        let (token, warnings) = fetch_json(&format!(r#"{{"access_token":"tok-1","token_type":"{kind}"}}"#)).await;
        token.unwrap();
        assert!(warnings.is_empty(), "{kind}");
    }
}

#[tokio::test]
async fn a_configured_token_type_is_accepted_as_bearer() {
    for kind in [
        "Application Access Token",
        "User Access Token",
        "BearerToken",
        "Bearer Token",
        "JWT",
        "urn:ietf:params:oauth:token-type:access_token",
    ] {
        let json = format!(r#"{{"access_token":"tok-1","token_type":" {kind} "}}"#);
        let error = message(fetch_json(&json).await.0);
        for part in [kind, "token_type(..)", "--token-type"] {
            assert!(error.contains(part), "{error}");
        }
        let options = TokenEndpointOptions::new()
            .token_type("Other")
            .token_type(kind.to_lowercase());
        let token = with_options(&json, options).await.unwrap();
        assert!(token.expose_json().contains(r#""token_type":"Bearer""#), "{kind}");
    }
}

#[tokio::test]
async fn token_types_other_than_bearer_cannot_be_configured() {
    for kind in ["DPoP", "dpop", " PoP", "mac", "MAC", "N_A"] {
        let json = format!(r#"{{"access_token":"tok-1","token_type":"{kind}"}}"#);
        let error = message(fetch_json(&json).await.0);
        assert!(
            error.contains(kind.trim()) && !error.contains("--token-type"),
            "{error}"
        );
        let options = TokenEndpointOptions::new().token_type(kind);
        let builder = Fixture::new().builder().token_endpoint_options(options);
        match builder.build(Transport::default()).unwrap_err() {
            BuildError::InvalidSetting { setting, problem } => {
                assert!(setting == "token_type" && problem.contains(kind.trim()), "{problem}");
            }
            other => panic!("{other}"),
        }
    }
    let options = TokenEndpointOptions::new().token_type("Custom");
    let json = r#"{"access_token":"tok-1","token_type":"DPoP"}"#;
    assert!(message(with_options(json, options).await).contains("DPoP"));
}

#[tokio::test]
async fn expiry_is_read_from_many_names_and_formats() {
    // The clock is at a whole second. The expiry is 500 s later.
    let now = Fixture::new()
        .clock
        .wall()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let end = UNIX_EPOCH + seconds(now + 500);
    let date = httpdate::fmt_http_date(end);
    let iso = jiff::Timestamp::try_from(end).unwrap().to_string();
    let (plain, millis) = (now + 500, (now + 500) * 1000);
    for member in [
        format!(r#""expires_at":{plain}"#),
        format!(r#""expires_at":"{plain}""#),
        format!(r#""expires_at":{millis}"#),
        format!(r#""expires_at":"{iso}""#),
        format!(r#""expiresAt":"{iso}""#),
        format!(r#""expires_on":"{plain}""#),
        format!(r#""expiresOn":{millis}"#),
        format!(r#""expiration":{plain}.0"#),
        format!(r#""expiration_date":"{iso}""#),
        format!(r#""expires":"{date}""#),
        format!(r#"".expires":"{date}""#),
        format!(r#""expiry":"{iso}""#),
        format!(r#""Expiry":"{iso}""#),
        format!(r#""exp":{plain}"#),
        format!(r#""expires_in":"{iso}""#),
        format!(r#""expires_in":{plain}"#),
        format!(r#""expires_in":"{millis}""#),
        format!(r#""expires_at":"{}""#, iso.trim_end_matches('Z')),
        format!(r#""expires_at":"{}","expires_on":{plain}"#, "2100-01-01T00:00:00"),
        format!(r#""token_expiry_date":"{iso}""#),
        format!(r#""validUntil":{plain}"#),
        format!(r#""expires_in":"soon","expires_at":{plain}"#),
        format!(r#""expires_in":null,"expires_at":"soon","expiry":{plain}"#),
    ] {
        let (token, warnings) = fetch_json(&format!(r#"{{"access_token":"tok-1",{member}}}"#)).await;
        assert_eq!(token.unwrap().expires_at(), Some(end), "{member}");
        assert!(warnings.is_empty(), "{member}");
    }
    // Each fixture has its own clock with the same start time.
    let fixture = Fixture::new();
    fixture.auth.respond_without("expires_in");
    fixture.auth.respond_with("expires_at", &plain.to_string());
    let tokens = fixture.tokens();
    tokens.token().await.unwrap();
    fixture.clock.advance(seconds(495));
    assert!(tokens.authorize_now(&mut http::HeaderMap::new()).is_none());
}

#[tokio::test]
async fn a_readable_lifetime_takes_precedence_over_an_expiry() {
    for members in [
        r#""expires_in":500,"expires_at":1000000000"#,
        r#""expires_in":"500","expiry":"2100-01-02T03:04:05.678Z""#,
        r#""expires_in":500,"expires_on":"soon""#,
        r#""expires_in":500.0,"expiry":{"seconds":1}"#,
        r#""expires_in":"500s","expires":true"#,
        r#""expires_in":"8 minutes 20 seconds""#,
        r#""expiresIn":500"#,
        r#""expires":500"#,
        r#""expire":"500""#,
    ] {
        let (token, warnings) = fetch_json(&format!(r#"{{"access_token":"tok-1",{members}}}"#)).await;
        assert_eq!(token.unwrap().expires_in(), Some(seconds(500)), "{members}");
        assert!(warnings.is_empty(), "{members}");
    }
}

#[tokio::test]
async fn an_expiry_in_the_past_is_an_error_with_both_times() {
    for member in [
        r#""expires_at":1000000000"#,
        r#""expires_at":"1000000000""#,
        r#""expires_at":"2001-09-09T01:46:40Z""#,
        r#""expires_on":1000000000000"#,
        r#""expiration":1000000000"#,
        r#""expires":"Sun, 09 Sep 2001 01:46:40 GMT""#,
        r#""expiry":"2001-09-09T03:46:40.000+02:00""#,
        r#""expires_in":"2001-09-09T01:46:40Z""#,
        r#""expires_at":"2001-09-09 01:46:40""#,
        r#""expires_in":"2001-09-09T01:46:40.000000""#,
    ] {
        let (outcome, _) = fetch_json(&format!(r#"{{"access_token":"tok-1",{member}}}"#)).await;
        let error = outcome.unwrap_err();
        let text = error.to_string();
        let name = member.split('"').nth(1).unwrap();
        assert!(text.contains(&format!("`{name}` is 2001-09-09T01:46:40Z")), "{text}");
        assert!(
            text.contains("clock") && !format!("{error:?}").contains("tok-1"),
            "{text}"
        );
        let Error::TokenResponse(error) = error else {
            panic!("{error}")
        };
        match error.problem() {
            TokenResponseProblem::Expired { expiry: ended, now, .. } => {
                assert_eq!(*ended, UNIX_EPOCH + seconds(1_000_000_000));
                assert_eq!(*now, Fixture::new().clock.wall());
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn an_ambiguous_local_expiry_is_ignored() {
    let now = Fixture::new().clock.wall();
    for (hours, is_expired) in [(0, false), (11, false), (12, true)] {
        let end = jiff::Timestamp::try_from(now - seconds(hours * 3600))
            .unwrap()
            .to_string();
        let json = format!(
            r#"{{"access_token":"tok-1","expires_at":"{}"}}"#,
            end.trim_end_matches('Z')
        );
        let (outcome, warnings) = fetch_json(&json).await;
        if is_expired {
            assert!(
                matches!(problem(outcome), TokenResponseProblem::Expired { .. }),
                "{json}"
            );
            continue;
        }
        assert_eq!(outcome.unwrap().expires_at(), None, "{json}");
        assert_eq!(warnings.len(), 1, "{json}");
        assert_eq!(warnings[0].fields["member"], "expires_at", "{json}");
    }
}

#[tokio::test]
async fn an_expiry_that_means_never_is_none() {
    for member in [
        r#""expires_at":0"#,
        r#""expires":-1"#,
        r#""expires_at":"""#,
        r#""expiry":"0001-01-01T00:00:00Z""#,
        r#""expiry":null"#,
    ] {
        let (token, warnings) = fetch_json(&format!(r#"{{"access_token":"tok-1",{member}}}"#)).await;
        let token = token.unwrap();
        assert_eq!((token.expires_at(), token.expires_in()), (None, None), "{member}");
        assert!(warnings.is_empty(), "{member}");
    }
}

#[tokio::test]
async fn an_unreadable_member_is_ignored_with_one_event() {
    for (member, name) in [
        (r#""expires_in":"soon""#, "expires_in"),
        (r#""expires_in":true"#, "expires_in"),
        (r#""expires_in":[3600]"#, "expires_in"),
        (r#""expires_in":{"seconds":3600}"#, "expires_in"),
        (r#""expires_in":"soon","expires_at":"later""#, "expires_in"),
        (r#""expiry":{"a":1}"#, "expiry"),
        (r#""refresh_token":7"#, "refresh_token"),
        (
            r#""refresh_token":{"token":"not-a-real-refresh-token"}"#,
            "refresh_token",
        ),
        (r#""scope":7"#, "scope"),
        (r#""scope":true"#, "scope"),
        (r#""scope":{"a":true}"#, "scope"),
        (r#""scope":["a",7]"#, "scope"),
    ] {
        let (token, warnings) =
            fetch_json(&format!(r#"{{"access_token":"tok-1","token_type":"Bearer",{member}}}"#)).await;
        let token = token.unwrap();
        assert_eq!((token.expires_in(), token.expires_at()), (None, None), "{member}");
        assert!(token.refresh_token().is_none() && token.scopes().is_none(), "{member}");
        assert_eq!(warnings.len(), 1, "{member}: {warnings:?}");
        assert_eq!(warnings[0].name, "evergrant.member_ignored", "{member}");
        assert_eq!(warnings[0].fields["member"], name, "{member}");
    }
}

#[tokio::test]
async fn with_strict_scopes_an_unreadable_scope_grants_nothing() {
    let strict = |builder: TokenManagerBuilder| builder.scopes(["a"]).strict_scopes();
    let response = MockResponse::new(200).json(r#"{"access_token":"tok-1","scope":7}"#);
    let (outcome, _) = outcome(response, strict).await;
    assert!(matches!(problem(outcome), TokenResponseProblem::ScopesNotGranted(_)));
}

#[tokio::test]
async fn granted_scopes_are_read_in_any_format() {
    for (requested, granted, missing) in [
        (&["a", "b"][..], r#""scope":"a,b""#, ""),
        (&["a", "b"], r#""scope":"b, a""#, ""),
        (&["a", "b"], r#""scope":["b","a","c"]"#, ""),
        (&["a", "b"], r#""scope":["a,b"]"#, ""),
        (&["a", "b"], r#""scopes":["a","b"]"#, ""),
        (&["a", "b"], r#""scopes":"a b""#, ""),
        (&["a", "b"], r#""scope":null,"scopes":["a"]"#, "b"),
        (&["a", "b"], r#""scope":"a,c""#, "b"),
        (&["a,b", "c"], r#""scope":"a,b c""#, ""),
        (&["a,b", "c"], r#""scope":"c,a,b""#, ""),
        (&["a,b", "c"], r#""scope":["c"]"#, "a,b"),
    ] {
        let response = MockResponse::new(200).json(&format!(r#"{{"access_token":"tok-1",{granted}}}"#));
        let (token, warnings) = outcome(response, |builder| builder.scopes(requested)).await;
        token.unwrap();
        let warning = warnings.first().map_or("", |event| event.fields["missing"].as_str());
        assert_eq!(warning, missing, "{requested:?} and {granted}");
    }
}

#[tokio::test]
async fn an_empty_error_member_is_ignored() {
    for error in [
        "null",
        r#""""#,
        "false",
        "0",
        r#""0""#,
        "[]",
        "{}",
        r#""none""#,
        r#""ok""#,
        r#""Success""#,
        "0.0",
        r#"{"code":0,"message":""}"#,
        "[null]",
        r#""no error""#,
    ] {
        let (token, _) = fetch_json(&format!(r#"{{"access_token":"tok-1","error":{error}}}"#)).await;
        assert_eq!(token.unwrap().access_token().expose(), "tok-1", "{error}");
    }
    for error in [
        r#""invalid_client""#,
        "1",
        "true",
        r#"{"code":7}"#,
        r#"["a"]"#,
        r#""okay?""#,
    ] {
        let (outcome, _) = fetch_json(&format!(r#"{{"access_token":"tok-1","error":{error}}}"#)).await;
        assert!(matches!(outcome, Err(Error::OAuthProvider(_))), "{error}");
    }
}

#[tokio::test]
async fn a_missing_access_token_error_lists_member_names_only() {
    for (json, parts) in [
        (
            "{}",
            &["no `access_token`", "no other member", "--access-token-at PATH"][..],
        ),
        (
            r#"{"status":"ok","result":"tok-9"}"#,
            &["`result`", "`status`", "access_token_at(..)"],
        ),
        (
            r#"{"accessToken":"tok-9","expiresIn":1}"#,
            &["`accessToken`", "access_token_at(\"accessToken\")"],
        ),
        (
            r#"{"data":{"access_token":"tok-9","expires_in":1}}"#,
            &[
                "`data.access_token`",
                "`data.expires_in`",
                "--access-token-at data.access_token",
            ],
        ),
        (r#"{"a":{"b":{"c":{"d":{"token":"tok-9"}}}}}"#, &["`a.b.c.d`"]),
        (
            r#"{"tokens":[{"token":"tok-9"}]}"#,
            &["--access-token-at tokens.0.token"],
        ),
        (
            r#"[{"access_token":"tok-9"}]"#,
            &["`0.access_token`", "--access-token-at 0.access_token"],
        ),
        (
            r#"{"access_token":"tok-9","token_type":["Bearer"]}"#,
            &["`token_type` that is not a string"],
        ),
        (
            r#"{"access_token":null,"token":"tok-9"}"#,
            &["`token`", "--access-token-at token"],
        ),
    ] {
        let (outcome, _) = fetch_json(json).await;
        let error = outcome.unwrap_err();
        for part in parts {
            assert!(error.to_string().contains(part), "{error}");
        }
        assert!(!format!("{error} {error:?}").contains("tok-9"), "{error:?}");
    }
    let many: Vec<String> = (0..1000)
        .map(|number| format!(r#""member-{number}":{{"a":1}}"#))
        .collect();
    let random_name = r#""9f86d081884c7d659a2feaa0c55ad015":1"#;
    let error = message(fetch_json(&format!("{{{},{random_name}}}", many.join(","))).await.0);
    assert!(
        error.len() < 800 && error.contains("and more") && !error.contains("9f86d081"),
        "{error}"
    );
}

#[tokio::test]
async fn access_token_at_selects_the_token() {
    for (path, json) in [
        (
            "data.access_token",
            r#"{"status":0,"data":{"access_token":"tok-1","expires_in":500,"refresh_token":"r"}}"#,
        ),
        (
            "accessToken",
            r#"{"accessToken":"tok-1","expiresIn":"500","refreshToken":"r"}"#,
        ),
        (
            "result.data.token",
            r#"{"result":{"data":{"token":"tok-1","expires_in":500,"refreshToken":"r"}}}"#,
        ),
        (
            "tenant_access_token",
            r#"{"code":0,"expire":500,"tenant_access_token":"tok-1","refresh_token":"r"}"#,
        ),
        (
            "tokens.0.jwt",
            r#"{"tokens":[{"jwt":"tok-1","expires_in":500,"refresh_token":"r"}]}"#,
        ),
        ("0.id", r#"[{"id":"tok-1","expires_in":500,"refresh_token":"r"}]"#),
    ] {
        let options = TokenEndpointOptions::new().access_token_at(path);
        let token = with_options(json, options.clone()).await.unwrap();
        assert_eq!(token.access_token().expose(), "tok-1", "{path}");
        assert_eq!(token.expires_in(), Some(seconds(500)), "{path}");
        assert_eq!(token.refresh_token().unwrap().expose(), "r", "{path}");
        assert_eq!(token.expose_json().matches("tok-1").count(), 1, "{path}");
        let error = message(with_options(VALID, options).await);
        assert!(
            error.contains(&format!("no `{path}`")) && error.contains("`token_type`"),
            "{error}"
        );
    }
    for path in ["", ".", "a..b", ".a", "a.", "a.b.c.d.e.f.g.h.i", &"a".repeat(300)] {
        let options = TokenEndpointOptions::new().access_token_at(path);
        let built = Fixture::new()
            .builder()
            .token_endpoint_options(options)
            .build(Transport::default());
        assert!(
            matches!(
                built,
                Err(BuildError::InvalidSetting {
                    setting: "access_token_at",
                    ..
                })
            ),
            "{path}"
        );
    }
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn zlib(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn deflate(data: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn encoded(status: u16, encoding: &str, body: impl Into<Bytes>) -> MockResponse {
    let response = MockResponse::new(status).json("").body(body);
    match encoding {
        "" => response,
        encoding => response.header("content-encoding", encoding),
    }
}

#[tokio::test]
async fn unrequested_compression_is_decoded() {
    let marked = [b"\xEF\xBB\xBF", VALID.as_bytes()].concat();
    for (encoding, body) in [
        ("gzip", gzip(VALID.as_bytes())),
        ("GZIP", gzip(VALID.as_bytes())),
        ("x-gzip", gzip(&marked)),
        ("deflate", zlib(VALID.as_bytes())),
        ("deflate", deflate(VALID.as_bytes())),
        ("deflate", gzip(VALID.as_bytes())),
        ("deflate, gzip", gzip(&zlib(VALID.as_bytes()))),
        ("identity", VALID.into()),
        ("gzip", VALID.into()),
        ("br", VALID.into()),
        ("", gzip(VALID.as_bytes())),
        ("", marked.clone()),
        ("", [b"{\"name\":\"M\xFCller\",", &VALID.as_bytes()[1..]].concat()),
    ] {
        let (token, warnings) = outcome(encoded(200, encoding, body), |builder| builder).await;
        assert_eq!(token.unwrap().expires_in(), Some(seconds(3600)), "{encoding}");
        assert!(warnings.is_empty(), "{encoding}");
    }
    let rejection = gzip(br#"{"error":"invalid_scope"}"#);
    match outcome(encoded(400, "gzip", rejection), |builder| builder).await.0 {
        Err(Error::OAuthProvider(error)) => assert_eq!(error.code(), Some("invalid_scope")),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_undecodable_body_is_an_error_with_a_reason() {
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let compressed = gzip(VALID.as_bytes());
    let mut damaged = compressed.clone();
    damaged[14] ^= 0xFF;
    for (encoding, body, expected) in [
        ("br", &b"\x0b\x02\x80tok-1\x03"[..], "`br`"),
        ("zstd", b"\x28\xB5\x2F\xFDtok-1", "`zstd`"),
        ("gzip, br", b"\x0b\x02\x80tok-1\x03", "`br`"),
        ("gzip, gzip, gzip, gzip", &compressed, "more than 3"),
        ("gzip", &damaged, "damaged"),
        ("deflate", b"\xFF\xFF\xFF\xFF", "damaged"),
        ("gzip", &compressed[..20], "truncated"),
        ("", &utf16(VALID), "UTF-16"),
        ("", &utf16(&format!("\u{FEFF}{VALID}")), "UTF-16"),
    ] {
        let (outcome, _) = outcome(encoded(200, encoding, body.to_vec()), |builder| builder).await;
        let error = outcome.unwrap_err();
        assert!(error.to_string().contains(expected), "{encoding}: {error}");
        assert!(!format!("{error:?}").contains("tok-1"), "{encoding}: {error:?}");
    }
    let (outcome, _) = outcome(encoded(401, "br", &b"\x0b\x02\x80\x03"[..]), |builder| builder).await;
    let error = outcome.unwrap_err();
    assert!(
        matches!(&error, Error::OAuthProvider(error) if error.status() == 401),
        "{error}"
    );
    assert!(error.to_string().contains("`br`"), "{error}");
}

#[tokio::test]
async fn an_oversized_decompressed_response_is_rejected() {
    let large = vec![b' '; 64 << 20];
    for (encoding, body) in [
        ("gzip", gzip(&large)),
        ("gzip, gzip", gzip(&gzip(&large))),
        ("deflate", zlib(&large)),
    ] {
        assert!(body.len() < 100_000);
        let (outcome, _) = outcome(encoded(200, encoding, body), |builder| builder).await;
        let error = outcome.unwrap_err();
        assert!(
            matches!(&error, Error::Unreachable(error) if error.kind() == TransportErrorKind::TooLarge),
            "{error}"
        );
    }
}
