//! `evergrant token`: the token, and nothing else, on standard output.

use crate::support::{CLIENT, SECRET, World, set_mode};

#[test]
fn the_token_alone_stands_on_standard_output() {
    let world = World::new();
    let stdout = world.run("token", &[]).success();
    assert!(stdout.starts_with("test-token-1-") && stdout.ends_with('\n') && stdout.lines().count() == 1);
}

#[test]
fn json_gives_the_whole_token_and_header_a_header() {
    let world = World::new();
    let json: serde_json::Value = serde_json::from_str(&world.run("token", &["--json"]).success()).unwrap();
    assert_eq!(json["token_type"], "Bearer");
    assert!(json["expiry"].is_u64());
    let header = world.run("token", &["--header"]).success();
    assert!(header.starts_with("Authorization: Bearer test-token-2-"), "{header}");
}

#[test]
fn json_carries_no_control_of_a_servers_to_the_terminal() {
    let world = World::new();
    let note = "\u{7f}\u{9b}31m\u{202e}";
    world.auth.respond_with("note", &format!("\"{note}\""));
    let stdout = world.run("token", &["--json"]).success();
    assert!(stdout.is_ascii() && !stdout.contains('\u{7f}'), "{stdout:?}");
    let json: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(json["note"], note);
}

#[test]
fn plain_http_to_this_machine_goes_past_the_environments_proxy() {
    let world = World::new();
    let closed = evergrant_testing::ApiServer::open().url("");
    let (token, api) = (world.auth.token_url(), world.api.url("/books"));
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
        let mut command = world.command(&arguments);
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
    let world = World::new();
    let more = [
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
    world
        .run("token", &[&more[..], &["--param", "tenant=a=b"]].concat())
        .success();
    let request = world.auth.last_token_request();
    assert_eq!(request.form_value("scope").as_deref(), Some("a b"));
    assert_eq!(request.form_value("audience").as_deref(), Some("x"));
    assert_eq!(request.form_value("tenant").as_deref(), Some("a=b"));
    assert_eq!(request.form().iter().filter(|(name, _)| name == "resource").count(), 2);
}

#[test]
fn each_authentication_method_is_accepted_by_a_server_that_expects_it() {
    let world = World::new();
    world.run("token", &["--auth", "basic"]).success();
    world.run("token", &["--auth", "post"]).success();
    let raw = World::of(
        evergrant_testing::AuthServer::builder()
            .client(CLIENT, SECRET)
            .raw_basic()
            .start(),
    );
    raw.run("token", &["--auth", "raw"]).success();
    let public = World::of(evergrant_testing::AuthServer::builder().public_client("kiosk").start());
    let url = public.auth.token_url();
    public
        .raw(
            &["token", "--token-url", &url, "--client-id", "kiosk", "--auth", "none"],
            "",
        )
        .success();
}

#[test]
fn the_secret_comes_from_a_file_or_from_standard_input() {
    let world = World::new();
    let url = world.auth.token_url();
    let file = world.file("secret", &format!("{SECRET}\n"));
    let client = ["token", "--token-url", &url, "--client-id", CLIENT];
    world
        .raw(&[&client[..], &["--client-secret-file", &file]].concat(), "")
        .success();
    world
        .raw(
            &[&client[..], &["--client-secret-stdin"]].concat(),
            &format!("{SECRET}\r\n"),
        )
        .success();
}

#[test]
fn a_secret_that_is_too_long_is_an_error_and_not_cut() {
    let world = World::new();
    let url = world.auth.token_url();
    let long = "x".repeat(64 * 1024 + 1);
    let file = world.file("secret", &long);
    let client = ["token", "--token-url", &url, "--client-id", CLIENT];
    for (flags, stdin) in [
        (&["--client-secret-file", &file][..], ""),
        (&["--client-secret-stdin"], long.as_str()),
    ] {
        let error = world.raw(&[&client[..], flags].concat(), stdin).failure(2);
        assert!(error.contains("larger than 64 KiB"), "{error}");
    }
    assert_eq!(world.auth.token_requests(), 0);
}

#[test]
fn a_secret_file_that_others_can_read_is_used_with_a_warning() {
    let world = World::new();
    let url = world.auth.token_url();
    let file = world.file("secret", SECRET);
    set_mode(&file, 0o644);
    let ended = world.raw(
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
    assert_eq!(ended.code, 0);
    assert!(
        ended.stderr.starts_with("warning: ") && ended.stderr.contains("chmod 600"),
        "{}",
        ended.stderr
    );
}

#[test]
fn without_a_secret_and_without_a_terminal_there_is_a_clear_error() {
    let world = World::new();
    let url = world.auth.token_url();
    let error = world
        .raw(&["token", "--token-url", &url, "--client-id", CLIENT], "")
        .failure(2);
    assert!(error.contains("--client-secret-env"), "{error}");
}

#[test]
fn a_narrower_grant_is_said_on_standard_error() {
    let world = World::new();
    world.auth.respond_with("scope", "\"a\"");
    let ended = world.run("token", &["--scope", "a", "--scope", "b"]);
    assert_eq!(ended.code, 0);
    assert!(ended.stderr.contains("fewer scopes"), "{}", ended.stderr);
}

#[test]
fn verbose_tells_what_happens_without_a_secret_or_a_token() {
    let world = World::new();
    let ended = world.run("token", &["-v"]);
    assert!(
        ended.stderr.contains("fetching a token") && !ended.stderr.contains("test-token-"),
        "{}",
        ended.stderr
    );
    assert!(ended.stdout.starts_with("test-token-1-"));
}
