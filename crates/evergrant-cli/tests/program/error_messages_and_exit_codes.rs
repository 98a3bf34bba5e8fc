//! Error messages with cause and remedy in one line, and exit codes.

use evergrant_testing::{Fault, MockResponse};

use crate::support::{CLIENT, Fixture};

#[test]
fn a_wrong_secret_is_exit_code_3() {
    let fixture = Fixture::new();
    fixture.auth.rotate_secret(CLIENT, "another");
    let error = fixture.run("token", &[]).failure(3);
    assert!(
        error.contains("401 invalid_client") && error.contains("check the client id, the secret"),
        "{error}"
    );
}

#[test]
fn a_wrong_url_is_exit_code_3_and_an_invalid_one_2() {
    let fixture = Fixture::new();
    let mut url = fixture.auth.url("/wrong-path");
    let run = |url: &str| {
        fixture.run_raw(
            &[
                "token",
                "--token-url",
                url,
                "--client-id",
                "x",
                "--client-secret-env",
                "CLIENT_SECRET",
            ],
            "",
        )
    };
    let error = run(&url).failure(3);
    assert!(
        error.contains("404") && error.contains("check the token URL"),
        "{error}"
    );
    url = url.replace("http://", "");
    assert!(run(&url).failure(2).contains("token_url"));
    assert!(
        run("http://auth.example.com/token")
            .failure(2)
            .contains("not encrypted")
    );
}

#[test]
fn an_html_page_is_exit_code_3() {
    let fixture = Fixture::new();
    let page = "<!doctype html><html><body><h1>Sign in</h1></body></html>";
    fixture
        .auth
        .always(MockResponse::new(200).header("content-type", "text/html").body(page));
    let error = fixture.run("token", &[]).failure(3);
    assert!(
        error.contains("200 with text/html") && error.contains("(Sign in); check the token URL"),
        "{error}"
    );
}

#[test]
fn an_empty_403_is_exit_code_3() {
    let fixture = Fixture::new();
    fixture.auth.always(MockResponse::new(403));
    let error = fixture.run("token", &[]).failure(3);
    assert!(
        error.contains("403 Forbidden with an empty body; check the client id"),
        "{error}"
    );
}

#[test]
fn an_unknown_scope_is_exit_code_3() {
    let fixture = Fixture::with_server(
        evergrant_testing::AuthServer::builder()
            .client(CLIENT, crate::support::SECRET)
            .scopes(&["a"])
            .start(),
    );
    let error = fixture.run("token", &["--scope", "b"]).failure(3);
    assert!(error.contains("invalid_scope"), "{error}");
}

#[test]
fn a_timeout_is_exit_code_4() {
    let fixture = Fixture::new();
    fixture.auth.always(Fault::Hang);
    let error = fixture.run("token", &["--timeout", "0.5"]).failure(4);
    assert!(error.contains("within 0.5 s") && error.contains("--timeout"), "{error}");
}

#[test]
fn a_refused_or_broken_connection_is_exit_code_4() {
    let fixture = Fixture::new();
    fixture.auth.always(Fault::Disconnect);
    let error = fixture.run("token", &[]).failure(4);
    assert!(error.contains("the connection broke"), "{error}");
    fixture.auth.stop();
    let error = fixture.run("token", &[]).failure(4);
    assert!(
        error.contains("could not connect") && error.to_lowercase().contains("refused"),
        "{error}"
    );
}

#[test]
fn an_unknown_host_is_exit_code_4() {
    let fixture = Fixture::new();
    let url = "https://no-such-host.invalid/token";
    let error = fixture
        .run_raw(
            &[
                "token",
                "--token-url",
                url,
                "--client-id",
                "x",
                "--client-secret-env",
                "CLIENT_SECRET",
            ],
            "",
        )
        .failure(4);
    assert!(error.contains(url) && error.contains("could not connect"), "{error}");
}

#[test]
fn a_server_without_tls_is_exit_code_4() {
    let fixture = Fixture::new();
    let url = fixture.auth.token_url().replace("http://", "https://");
    fixture
        .run_raw(
            &[
                "token",
                "--token-url",
                &url,
                "--client-id",
                "x",
                "--client-secret-env",
                "CLIENT_SECRET",
            ],
            "",
        )
        .failure(4);
}

#[test]
fn the_servers_message_is_shown_and_hints_name_flags() {
    let fixture = Fixture::new();
    for (status, body, expected) in [
        (
            401,
            r#"{"errorCode":"invalid_client","errorSummary":"Bad id."}"#,
            &["401 invalid_client (Bad id.)", "--auth raw or --auth post"][..],
        ),
        (
            401,
            r#"{"errors":[{"code":"NOPE","message":"Not valid."}]}"#,
            &["401 NOPE (Not valid.)", "check the client id"],
        ),
        (
            200,
            r#"{"status":"error","msg":"no such client"}"#,
            &["200 without a token (no such client)"],
        ),
        (400, r#"{"error":"invalid_scope"}"#, &["no scope was sent", "--scope"]),
        (400, "", &["400 Bad Request with an empty body", "--scope"]),
        (
            404,
            r#"{"error":"other_error"}"#,
            &["check the client id, and the tenant"],
        ),
        (400, r#"{"error":"unsupported_grant_type"}"#, &["--grant-type"]),
        (415, "", &["--json-body"]),
        (
            400,
            r#"{"error":"invalid_request","error_description":"client_id is missing"}"#,
            &["--client-id-in-body"],
        ),
        (400, r#"{"code":400,"msg":"no"}"#, &["400 Bad Request (no)"]),
        (
            400,
            r#"{"code":40001,"msg":"no"}"#,
            &["400 40001 (no)", "check the token URL"],
        ),
    ] {
        fixture.auth.always(MockResponse::new(status).json(body));
        let error = fixture.run("token", &[]).failure(3);
        let shows = |part: &&str| error.contains(*part);
        assert!(
            expected.iter().all(shows) && !error.contains("(..)") && !error.contains("::"),
            "{error}"
        );
    }
}

#[test]
fn a_token_that_is_too_short_is_reported_in_whole_seconds() {
    let fixture = Fixture::new();
    let error = fixture.run("token", &["--valid-for", "3600"]).failure(2);
    assert!(
        error.contains("--valid-for needs 3600 s")
            && error.contains("the last 10 s are reserved")
            && error.contains("--valid-for"),
        "{error}"
    );
}

#[test]
fn a_missing_secret_is_named_with_its_source_and_the_remedy() {
    let fixture = Fixture::new();
    let url = fixture.auth.token_url();
    let folder = fixture.folder.display().to_string();
    let unreadable = format!("{folder}/secret");
    std::fs::create_dir(&unreadable).unwrap();
    let absent = format!("{folder}/no-secret.txt");
    for (flag, source, expected, remedy) in [
        ("--client-secret-env", "SHOP_CLIENT_SECRET", "is not set", "export it"),
        ("--client-secret-env", "FRUIT_BOWL", "is not set", "export it"),
        ("--client-secret-env", "CS", "is not set", "export it"),
        (
            "--client-secret-file",
            &absent,
            "No such file",
            "name the file that contains it",
        ),
        ("--client-secret-file", &unreadable, "directory", "use a file"),
    ] {
        let client = ["token", "--token-url", &url, "--client-id", CLIENT, flag, source];
        let error = fixture.run_raw(&client, "").failure(2);
        for part in [&format!("`{source}` ({flag})"), expected, remedy] {
            assert!(error.contains(part), "{part} in {error}");
        }
        let key = flag.trim_start_matches("--").replace('-', "_");
        let config = fixture.file(
            "config.toml",
            &format!("[profiles.shop]\nclient_id = \"x\"\ntoken_url = \"{url}\"\n{key} = \"{source}\"\n"),
        );
        let error = fixture
            .run_raw(&["token", "--config", &config, "--profile", "shop"], "")
            .failure(2);
        let named = format!("`{source}` ({key} in the profile `shop` of {config})");
        for part in [&named, expected, remedy] {
            assert!(error.contains(part), "{part} in {error}");
        }
    }
    for (flag, source) in [("--store-keys-env", "NO_KEYS"), ("--store-keys-file", "/no/keys.txt")] {
        let store = ["--store", "redis://127.0.0.1", flag, source];
        let error = fixture.run("token", &store).failure(2);
        assert!(error.contains(&format!("`{source}` ({flag})")), "{error}");
    }
}
