//! `evergrant token`: only the token on standard output.

use crate::support::{CLIENT, Fixture, SECRET, set_mode};

#[test]
fn standard_output_has_the_token_only() {
    let fixture = Fixture::new();
    let stdout = fixture.run("token", &[]).success();
    assert!(stdout.starts_with("test-token-1-") && stdout.ends_with('\n') && stdout.lines().count() == 1);
}

#[test]
fn json_prints_the_metadata_and_header_a_header() {
    let fixture = Fixture::new();
    let json: serde_json::Value = serde_json::from_str(&fixture.run("token", &["--json"]).success()).unwrap();
    assert_eq!(json["token_type"], "Bearer");
    assert!(json["expiry"].is_u64());
    let header = fixture.run("token", &["--header"]).success();
    assert!(header.starts_with("Authorization: Bearer test-token-2-"), "{header}");
}

#[test]
fn json_escapes_control_characters_of_the_server() {
    let fixture = Fixture::new();
    let note = "\u{7f}\u{9b}31m\u{202e}";
    fixture.auth.respond_with("note", &format!("\"{note}\""));
    let stdout = fixture.run("token", &["--json"]).success();
    assert!(stdout.is_ascii() && !stdout.contains('\u{7f}'), "{stdout:?}");
    let json: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(json["note"], note);
}

#[test]
fn plain_http_to_this_machine_uses_no_proxy() {
    let fixture = Fixture::new();
    let closed = evergrant_testing::ApiServer::unprotected().url("");
    let (token, api) = (fixture.auth.token_url(), fixture.api.url("/books"));
    let client = [
        "--token-url",
        &token,
        "--client-id",
        CLIENT,
        "--client-secret-env",
        "CLIENT_SECRET",
    ];
    for arguments in [
        [&["token"], &client[..]].concat(),
        [&["call", &api], &client[..]].concat(),
    ] {
        let mut command = fixture.command(&arguments);
        let output = command
            .env("HTTP_PROXY", &closed)
            .env("http_proxy", &closed)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn scopes_audience_resources_and_parameters_are_sent() {
    let fixture = Fixture::new();
    let extra = [
        "--scope",
        "a",
        "--scope",
        "b",
        "--audience",
        "x",
        "--resource",
        "r1",
        "--resource",
        "r2",
    ];
    fixture
        .run("token", &[&extra[..], &["--param", "tenant=a=b"]].concat())
        .success();
    let request = fixture.auth.last_token_request();
    assert_eq!(request.form_value("scope").as_deref(), Some("a b"));
    assert_eq!(request.form_value("audience").as_deref(), Some("x"));
    assert_eq!(request.form_value("tenant").as_deref(), Some("a=b"));
    assert_eq!(request.form().iter().filter(|(name, _)| name == "resource").count(), 2);
}

#[test]
fn servers_accept_each_authentication_method() {
    let fixture = Fixture::new();
    fixture.run("token", &["--auth", "basic"]).success();
    fixture.run("token", &["--auth", "post"]).success();
    let raw = Fixture::with_server(
        evergrant_testing::AuthServer::builder()
            .client(CLIENT, SECRET)
            .raw_basic()
            .start(),
    );
    raw.run("token", &["--auth", "raw"]).success();
    let public = Fixture::with_server(evergrant_testing::AuthServer::builder().public_client("kiosk").start());
    let url = public.auth.token_url();
    public
        .run_raw(
            &["token", "--token-url", &url, "--client-id", "kiosk", "--auth", "none"],
            "",
        )
        .success();
}

#[test]
fn reads_the_secret_from_a_file_or_standard_input() {
    let fixture = Fixture::new();
    let url = fixture.auth.token_url();
    let file = fixture.file("secret", &format!("{SECRET}\n"));
    let client = ["token", "--token-url", &url, "--client-id", CLIENT];
    fixture
        .run_raw(&[&client[..], &["--client-secret-file", &file]].concat(), "")
        .success();
    fixture
        .run_raw(
            &[&client[..], &["--client-secret-stdin"]].concat(),
            &format!("{SECRET}\r\n"),
        )
        .success();
}

#[test]
fn a_secret_that_is_too_long_is_an_error() {
    let fixture = Fixture::new();
    let url = fixture.auth.token_url();
    let long = "x".repeat(64 * 1024 + 1);
    let file = fixture.file("secret", &long);
    let client = ["token", "--token-url", &url, "--client-id", CLIENT];
    for (flags, stdin) in [
        (&["--client-secret-file", &file][..], ""),
        (&["--client-secret-stdin"], long.as_str()),
    ] {
        let error = fixture.run_raw(&[&client[..], flags].concat(), stdin).failure(2);
        assert!(error.contains("larger than 64 KiB"), "{error}");
    }
    assert_eq!(fixture.auth.token_requests(), 0);
}

#[test]
fn a_secret_file_readable_by_others_causes_a_warning() {
    let fixture = Fixture::new();
    let url = fixture.auth.token_url();
    let file = fixture.file("secret", SECRET);
    set_mode(&file, 0o644);
    let result = fixture.run_raw(
        &[
            "token",
            "--token-url",
            &url,
            "--client-id",
            CLIENT,
            "--client-secret-file",
            &file,
        ],
        "",
    );
    assert_eq!(result.code, 0);
    assert!(
        result.stderr.starts_with("warning: ") && result.stderr.contains("chmod 600"),
        "{}",
        result.stderr
    );
}

#[test]
fn a_missing_secret_without_a_terminal_is_an_error() {
    let fixture = Fixture::new();
    let url = fixture.auth.token_url();
    let error = fixture
        .run_raw(&["token", "--token-url", &url, "--client-id", CLIENT], "")
        .failure(2);
    assert!(error.contains("--client-secret-env"), "{error}");
}

#[test]
fn a_narrowed_scope_causes_a_warning() {
    let fixture = Fixture::new();
    fixture.auth.respond_with("scope", "\"a\"");
    let result = fixture.run("token", &["--scope", "a", "--scope", "b"]);
    assert_eq!(result.code, 0);
    assert!(result.stderr.contains("fewer scopes"), "{}", result.stderr);
}

#[test]
fn verbose_logs_events_without_secrets() {
    let fixture = Fixture::new();
    let result = fixture.run("token", &["-v"]);
    assert!(
        result.stderr.contains("fetching a token") && !result.stderr.contains("test-token-"),
        "{}",
        result.stderr
    );
    assert!(result.stdout.starts_with("test-token-1-"));
}
