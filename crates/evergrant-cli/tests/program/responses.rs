//! Servers whose responses differ: flags and profile keys for them, and bytes around what they send.

use std::io::Write as _;

use evergrant_testing::Answer;
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use serde_json::{Value, json};

use crate::support::{CLIENT, SECRET, World, set_mode};

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn token(json: &str, more: &[&str]) -> crate::support::Ended {
    let world = World::new();
    world.auth.next(Answer::new(200).json(json));
    world.run("token", more)
}

#[test]
fn a_token_type_and_the_place_of_the_token_are_given_by_flags_and_in_a_profile() {
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

        let world = World::new();
        world.auth.next(Answer::new(200).json(json));
        let url = world.auth.token_url();
        let config = world.file(
            "config.toml",
            &format!(
                "\u{FEFF}[profiles.shop]\ntoken_url = \"{url}\"\nclient_id = \"{CLIENT}\"\nclient_secret_env = \"CLIENT_SECRET\"\n{key} = \"{value}\"\n"
            ),
        );
        let arguments = ["token", "--config", &config, "--profile", "shop"];
        assert_eq!(world.raw(&arguments, "").success(), "tok-1\n");
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
fn a_token_that_has_ended_is_not_printed() {
    for member in [
        r#""expires_at":1000000000"#,
        r#""expires_at":"2001-09-09T01:46:40Z""#,
        r#""expires_on":"1000000000""#,
        r#""expiration":1000000000000"#,
    ] {
        for more in [&[][..], &["--cache"]] {
            let error = token(&format!(r#"{{"access_token":"tok-1",{member}}}"#), more).failure(3);
            assert!(error.contains("2001-09-09T01:46:40Z"), "{error}");
        }
    }
}

#[test]
fn a_lifetime_that_cannot_be_read_is_a_warning_beside_the_token() {
    let ended = token(r#"{"access_token":"tok-1","expires_in":"for a while"}"#, &[]);
    assert_eq!((ended.code, ended.stdout.as_str()), (0, "tok-1\n"), "{}", ended.stderr);
    assert!(ended.stderr.contains("expires_in"), "{}", ended.stderr);
    let good = r#"{"access_token":"tok-1","expires_in":3600,"expiry":"2100-01-02T03:04:05.678Z"}"#;
    assert_eq!(token(good, &[]).success(), "tok-1\n");
}

#[test]
fn json_keeps_the_types_of_further_members() {
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
fn a_compressed_token_response_is_read_and_another_encoding_named() {
    let world = World::new();
    let body = gzip(br#"{"access_token":"tok-1"}"#);
    world
        .auth
        .next(Answer::new(200).header("content-encoding", "gzip").body(body));
    assert_eq!(world.run("token", &[]).success(), "tok-1\n");
    world.auth.next(
        Answer::new(200)
            .header("content-encoding", "br")
            .body("\u{b}\u{2}tok-1"),
    );
    let error = world.run("token", &[]).failure(3);
    assert!(error.contains("`br`") && !error.contains("tok-1"), "{error}");
}

#[test]
fn call_prints_what_an_api_compressed_unasked_and_leaves_what_was_asked_for() {
    let text = "a line of the answer\n".repeat(20_000);
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
        let world = World::new();
        world
            .api
            .next(Answer::new(200).header("content-encoding", encoding).body(body));
        assert_eq!(
            world.run("call", &[&world.api.url("/v1/books")]).success(),
            text,
            "{encoding}"
        );
    }
    let world = World::new();
    let url = world.api.url("/v1/books");
    world.api.next(
        Answer::new(200)
            .header("content-encoding", "gzip")
            .body(compressed.clone()),
    );
    let client = [
        "--token-url",
        &world.auth.token_url(),
        "--client-id",
        CLIENT,
        "--client-secret-env",
        "CLIENT_SECRET",
    ];
    let asked = [&["call", "-H", "accept-encoding: gzip", &url], &client[..]].concat();
    assert_eq!(world.command(&asked).output().unwrap().stdout, compressed);

    world
        .api
        .next(Answer::new(200).header("content-encoding", "br").body("as it is"));
    let ended = world.run("call", &[&url]);
    assert_eq!((ended.code, ended.stdout.as_str()), (0, "as it is"));
    assert!(ended.stderr.contains("`br`"), "{}", ended.stderr);

    world.api.next(
        Answer::new(200)
            .header("content-encoding", "gzip")
            .body(compressed[..200].to_vec()),
    );
    assert!(world.run("call", &[&url]).failure(4).contains("compressed"));
}

#[test]
fn a_byte_order_mark_before_a_secret_is_no_part_of_it() {
    let world = World::new();
    let marked = format!("\u{FEFF}{SECRET}\r\n");
    let url = world.auth.token_url();
    let client = ["token", "--token-url", &url, "--client-id", CLIENT];
    let file = world.file("secret", &marked);
    world
        .raw(&[&client[..], &["--client-secret-file", &file]].concat(), "")
        .success();
    world
        .raw(&[&client[..], &["--client-secret-stdin"]].concat(), &marked)
        .success();

    let utf16: Vec<u8> = format!("\u{FEFF}{SECRET}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    for bytes in [&utf16[..], &utf16[2..]] {
        let path = world.folder.join("utf16");
        std::fs::write(&path, bytes).unwrap();
        set_mode(&path, 0o600);
        let path = path.to_str().unwrap();
        let error = world
            .raw(&[&client[..], &["--client-secret-file", path]].concat(), "")
            .failure(2);
        assert!(error.contains("UTF-16"), "{error}");
    }

    let headers = world.file("headers", "\u{FEFF}x-key: not-a-real-key\n");
    world
        .run("call", &["-H", &format!("@{headers}"), &world.api.url("/v1/books")])
        .success();
    assert_eq!(world.api.requests()[0].header("x-key"), Some("not-a-real-key"));
}
