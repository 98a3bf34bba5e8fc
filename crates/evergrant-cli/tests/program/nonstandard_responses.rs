//! Non-standard token responses, compression and byte order marks.

use std::io::Write as _;

use evergrant_testing::MockResponse;
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use serde_json::{Value, json};

use crate::support::{CLIENT, Fixture, SECRET, set_mode};

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn token(json: &str, extra: &[&str]) -> crate::support::RunResult {
    let fixture = Fixture::new();
    fixture.auth.next(MockResponse::new(200).json(json));
    fixture.run("token", extra)
}

#[test]
fn token_type_and_token_path_are_set_by_flag_and_profile() {
    let typed = r#"{"access_token":"tok-1","token_type":"Application Access Token"}"#;
    let placed = r#"{"data":{"accessToken":"tok-1","expiresIn":3600}}"#;
    for (json, flag, value, key) in [
        (typed, "--token-type", "application access token", "token_types"),
        (placed, "--access-token-at", "data.accessToken", "access_token_at"),
    ] {
        let error = token(json, &[]).failure(3);
        assert!(error.contains(flag) && !error.contains("tok-1"), "{error}");
        assert_eq!(
            token(json, &[flag, value, "--header"]).success(),
            "Authorization: Bearer tok-1\n"
        );

        let fixture = Fixture::new();
        fixture.auth.next(MockResponse::new(200).json(json));
        let url = fixture.auth.token_url();
        let config = fixture.file(
            "config.toml",
            &format!(
                "\u{FEFF}[profiles.shop]\ntoken_url = \"{url}\"\nclient_id = \"{CLIENT}\"\nclient_secret_env = \"CLIENT_SECRET\"\n{key} = \"{value}\"\n"
            ),
        );
        let arguments = ["token", "--config", &config, "--profile", "shop"];
        assert_eq!(fixture.run_raw(&arguments, "").success(), "tok-1\n");
    }
    for (flag, value) in [
        ("--token-type", "DPoP"),
        ("--token-type", "mac"),
        ("--access-token-at", "a..b"),
    ] {
        let error = token(typed, &[flag, value]).failure(2);
        assert!(error.contains(flag) && error.contains("in a profile"), "{error}");
    }
}

#[test]
fn an_expired_token_is_not_printed() {
    for member in [
        r#""expires_at":1000000000"#,
        r#""expires_at":"2001-09-09T01:46:40Z""#,
        r#""expires_on":"1000000000""#,
        r#""expiration":1000000000000"#,
    ] {
        for extra in [&[][..], &["--cache"]] {
            let error = token(&format!(r#"{{"access_token":"tok-1",{member}}}"#), extra).failure(3);
            assert!(error.contains("2001-09-09T01:46:40Z"), "{error}");
        }
    }
}

#[test]
fn an_unreadable_lifetime_causes_a_warning() {
    let result = token(r#"{"access_token":"tok-1","expires_in":"for a while"}"#, &[]);
    assert_eq!(
        (result.code, result.stdout.as_str()),
        (0, "tok-1\n"),
        "{}",
        result.stderr
    );
    assert!(result.stderr.contains("expires_in"), "{}", result.stderr);
    let good = r#"{"access_token":"tok-1","expires_in":3600,"expiry":"2100-01-02T03:04:05.678Z"}"#;
    assert_eq!(token(good, &[]).success(), "tok-1\n");
}

#[test]
fn json_preserves_the_types_of_other_members() {
    let extras = json!({"number": 7, "yes": true, "list": ["a", 1], "object": {"a": null}, "text": "7"});
    let mut response = extras.clone();
    response["access_token"] = json!("tok-1");
    response["expires_in"] = json!("3600");
    let printed: Value = serde_json::from_str(&token(&response.to_string(), &["--json"]).success()).unwrap();
    for (name, value) in extras.as_object().unwrap() {
        assert_eq!(&printed[name], value, "{name}");
    }
    assert_eq!(printed["expires_in"], 3600);
}

#[test]
fn a_compressed_token_response_is_decoded_and_an_unknown_encoding_named() {
    let fixture = Fixture::new();
    let body = gzip(br#"{"access_token":"tok-1"}"#);
    fixture
        .auth
        .next(MockResponse::new(200).header("content-encoding", "gzip").body(body));
    assert_eq!(fixture.run("token", &[]).success(), "tok-1\n");
    fixture.auth.next(
        MockResponse::new(200)
            .header("content-encoding", "br")
            .body("\u{b}\u{2}tok-1"),
    );
    let error = fixture.run("token", &[]).failure(3);
    assert!(error.contains("`br`") && !error.contains("tok-1"), "{error}");
}

#[test]
fn call_decodes_a_response_unless_the_encoding_was_requested() {
    let text = "a line of the response\n".repeat(20_000);
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
    zlib.write_all(text.as_bytes()).unwrap();
    let mut deflate = DeflateEncoder::new(Vec::new(), Compression::default());
    deflate.write_all(text.as_bytes()).unwrap();
    let compressed = gzip(text.as_bytes());
    for (encoding, body) in [
        ("gzip", compressed.clone()),
        ("X-GZIP", compressed.clone()),
        (
            "gzip",
            [gzip(&text.as_bytes()[..7]), gzip(&text.as_bytes()[7..])].concat(),
        ),
        ("deflate", zlib.finish().unwrap()),
        ("deflate", deflate.finish().unwrap()),
        ("identity", text.clone().into()),
    ] {
        let fixture = Fixture::new();
        fixture
            .api
            .next(MockResponse::new(200).header("content-encoding", encoding).body(body));
        assert_eq!(
            fixture.run("call", &[&fixture.api.url("/v1/books")]).success(),
            text,
            "{encoding}"
        );
    }
    let fixture = Fixture::new();
    let url = fixture.api.url("/v1/books");
    fixture.api.next(
        MockResponse::new(200)
            .header("content-encoding", "gzip")
            .body(compressed.clone()),
    );
    let client = [
        "--token-url",
        &fixture.auth.token_url(),
        "--client-id",
        CLIENT,
        "--client-secret-env",
        "CLIENT_SECRET",
    ];
    let arguments = [&["call", "-H", "accept-encoding: gzip", &url], &client[..]].concat();
    assert_eq!(fixture.command(&arguments).output().unwrap().stdout, compressed);

    fixture.api.next(
        MockResponse::new(200)
            .header("content-encoding", "br")
            .body("unchanged"),
    );
    let result = fixture.run("call", &[&url]);
    assert_eq!((result.code, result.stdout.as_str()), (0, "unchanged"));
    assert!(result.stderr.contains("`br`"), "{}", result.stderr);

    fixture.api.next(
        MockResponse::new(200)
            .header("content-encoding", "gzip")
            .body(compressed[..200].to_vec()),
    );
    assert!(fixture.run("call", &[&url]).failure(4).contains("compressed"));
}

#[test]
fn a_byte_order_mark_is_not_part_of_a_secret() {
    let fixture = Fixture::new();
    let marked = format!("\u{FEFF}{SECRET}\r\n");
    let url = fixture.auth.token_url();
    let client = ["token", "--token-url", &url, "--client-id", CLIENT];
    let file = fixture.file("secret", &marked);
    fixture
        .run_raw(&[&client[..], &["--client-secret-file", &file]].concat(), "")
        .success();
    fixture
        .run_raw(&[&client[..], &["--client-secret-stdin"]].concat(), &marked)
        .success();

    let utf16: Vec<u8> = format!("\u{FEFF}{SECRET}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    for bytes in [&utf16[..], &utf16[2..]] {
        let path = fixture.folder.join("utf16");
        std::fs::write(&path, bytes).unwrap();
        set_mode(&path, 0o600);
        let path = path.to_str().unwrap();
        let error = fixture
            .run_raw(&[&client[..], &["--client-secret-file", path]].concat(), "")
            .failure(2);
        assert!(error.contains("UTF-16"), "{error}");
    }

    let headers = fixture.file("headers", "\u{FEFF}x-key: not-a-real-key\n");
    fixture
        .run("call", &["-H", &format!("@{headers}"), &fixture.api.url("/v1/books")])
        .success();
    assert_eq!(fixture.api.requests()[0].header("x-key"), Some("not-a-real-key"));
}
