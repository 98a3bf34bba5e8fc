//! `evergrant call`: an authorized request, with the response body on standard output.

use evergrant_testing::MockResponse;

use crate::support::Fixture;

#[test]
fn the_body_goes_to_standard_output() {
    let fixture = Fixture::new();
    let stdout = fixture.run("call", &[&fixture.api.url("/v1/books")]).success();
    assert!(stdout.contains("The Dispossessed"));
    assert!(
        fixture.api.requests()[0]
            .header("authorization")
            .unwrap()
            .starts_with("Bearer test-token-1-")
    );
}

#[test]
fn method_headers_and_binary_data_are_sent() {
    let fixture = Fixture::new();
    let url = fixture.api.url("/echo");
    let extra = [
        "-X",
        "PUT",
        "-H",
        "x-trace: 7",
        "-H",
        "content-type: text/plain",
        "--data",
        "hello",
        &url,
    ];
    assert_eq!(fixture.run("call", &extra).success(), "hello");
    let request = &fixture.api.requests()[0];
    assert_eq!((request.method.as_str(), request.header("x-trace")), ("PUT", Some("7")));
    assert_eq!(request.header("content-type"), Some("text/plain"));

    let path = fixture.folder.join("data");
    std::fs::write(&path, [0, 159, 146, 150, 10]).unwrap();
    let data = format!("@{}", path.display());
    let address = fixture.auth.token_url();
    let client = [
        "call",
        "--token-url",
        &address,
        "--client-id",
        crate::support::CLIENT,
        "--client-secret-env",
        "CLIENT_SECRET",
    ];
    let output = fixture
        .command(&[&client[..], &["--data", &data, &url]].concat())
        .output()
        .unwrap();
    assert_eq!(output.stdout, [0, 159, 146, 150, 10]);
    assert_eq!(fixture.api.requests()[1].method, "POST");

    let result = fixture.run_raw(&[&client[..], &["--data", "@-", &url]].concat(), "from standard input");
    assert_eq!(result.success(), "from standard input");
}

#[test]
fn include_prints_status_and_headers_first() {
    let fixture = Fixture::new();
    let stdout = fixture.run("call", &["-i", &fixture.api.url("/books")]).success();
    assert!(
        stdout.starts_with("HTTP/1.1 200 OK\n") && stdout.contains("content-type: application/json\n"),
        "{stdout}"
    );
}

#[test]
fn an_error_of_the_api_is_exit_code_1_with_its_body() {
    let fixture = Fixture::new();
    for (path, status) in [
        ("/status/503", "503"),
        ("/needs/admin", "403"),
        ("/always-401", "401"),
        ("/status/404", "404"),
    ] {
        let result = fixture.run("call", &[&fixture.api.url(path)]);
        assert!(result.stdout.starts_with('{'), "{}", result.stdout);
        let error = result.failure(1);
        assert!(error.contains(status), "{error}");
    }
}

#[test]
fn a_rejected_token_is_replaced_and_the_call_repeated() {
    let fixture = Fixture::new();
    fixture.api.reject_next(1);
    fixture.run("call", &[&fixture.api.url("/books")]).success();
    assert_eq!(fixture.auth.token_requests(), 2);
}

#[test]
fn the_token_is_sent_to_allowed_origins_only() {
    let fixture = Fixture::new();
    let elsewhere = evergrant_testing::ApiServer::unprotected();
    let error = fixture
        .run("call", &["--base-url", &fixture.api.url("/"), &elsewhere.url("/x")])
        .failure(2);
    assert!(error.contains("is not an allowed origin"), "{error}");
    let allowed = [
        "--base-url",
        &fixture.api.url("/"),
        "--allow-origin",
        &elsewhere.url(""),
        &elsewhere.url("/x"),
    ];
    fixture.run("call", &allowed).success();
    for (origin, why) in [
        (elsewhere.url("/hush"), "it has a path"),
        ("https://*.example.com".to_owned(), "it has a wildcard"),
    ] {
        let error = fixture
            .run("call", &["--allow-origin", &origin, &fixture.api.url("/")])
            .failure(2);
        assert!(
            error.contains("invalid value for `--allow-origin <ORIGIN>`") && error.contains(why),
            "{error}"
        );
        assert!(error.contains("write it as `") && !error.contains("hush"), "{error}");
    }
    let mut query = String::from("/redirect?status=302&to=");
    query.push_str(&elsewhere.url("/landed"));
    let result = fixture.run("call", &[&fixture.api.url(&query)]);
    assert_eq!(result.code, 0);
    assert!(result.stderr.contains("without credentials"), "{}", result.stderr);
    assert!(elsewhere.requests()[1].header("authorization").is_none());
}

#[test]
fn an_unreachable_api_or_truncated_body_is_exit_code_4() {
    let fixture = Fixture::new();
    let closed = evergrant_testing::ApiServer::unprotected().url("/books");
    let error = fixture.run("call", &[&closed]).failure(4);
    assert!(error.contains("refused"), "{error}");
    fixture.api.next(evergrant_testing::Fault::Truncated);
    let result = fixture.run("call", &[&fixture.api.url("/books")]);
    assert_eq!(result.code, 4, "{}", result.stderr);
    fixture.api.next(evergrant_testing::Fault::Hang);
    let error = fixture
        .run("call", &["--timeout", "0.5", &fixture.api.url("/books")])
        .failure(4);
    assert!(error.contains("--timeout"), "{error}");
}

#[test]
fn a_closed_pipe_is_not_an_error() {
    let fixture = Fixture::new();
    fixture.api.next(MockResponse::new(200).body("x".repeat(1_000_000)));
    let binary = env!("CARGO_BIN_EXE_evergrant");
    let url = fixture.auth.token_url();
    let api = fixture.api.url("/big");
    let id = crate::support::CLIENT;
    let line = format!(
        "'{binary}' call --token-url {url} --client-id '{id}' --client-secret-env CLIENT_SECRET {api} | head -c 10; echo \" ${{PIPESTATUS[0]}}\""
    );
    let output = std::process::Command::new("bash")
        .args(["-c", &line])
        .env("CLIENT_SECRET", crate::support::SECRET)
        .output();
    let output = output.unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "xxxxxxxxxx 0\n");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

/// Makes the API reject the next token as expired, with this status.
fn reject_next(fixture: &Fixture, status: u16) {
    fixture
        .api
        .next(MockResponse::new(status).json(r#"{"message": "TokenExpired"}"#));
}

#[test]
fn renew_on_adds_statuses_that_fetch_a_new_token() {
    let fixture = Fixture::new();
    let url = fixture.api.url("/books");
    for (status, flags) in [
        (403, &["--renew-on", "403"][..]),
        (419, &["--renew-on", "403,419"]),
        (498, &["--renew-on", "400", "--renew-on=498"]),
        (500, &["--renew-on", "500"]),
    ] {
        let tokens = fixture.auth.token_requests();
        reject_next(&fixture, status);
        fixture.run("call", &[flags, &[&url]].concat()).success();
        assert_eq!(fixture.auth.token_requests() - tokens, 2, "{status}");
    }
    let base = fixture.auth.token_url();
    let config = fixture.file(
        "config.toml",
        &format!(
            "[profiles.shop]\ntoken_url = \"{base}\"\nclient_id = \"{}\"\nclient_secret_env = \"CLIENT_SECRET\"\nrenew_on = [403, 419]\n",
            crate::support::CLIENT
        ),
    );
    let profile = ["call", "--config", &config, "--profile", "shop"];
    reject_next(&fixture, 419);
    fixture.run_raw(&[&profile[..], &[&url]].concat(), "").success();
    reject_next(&fixture, 419);
    let error = fixture.run_raw(&[&profile[..], &["--renew-on", "498", &url]].concat(), "");
    assert_eq!(error.code, 1, "flags override the profile");
}

#[test]
fn an_unregistered_status_is_shown_with_a_hint() {
    let fixture = Fixture::new();
    let url = fixture.api.url("/books");
    for status in [419, 498, 400] {
        fixture.api.next(MockResponse::new(status));
        let error = fixture.run("call", &[&url]).failure(1);
        assert!(error.contains(&format!("returned {status}")), "{error}");
        assert!(error.contains(&format!("pass --renew-on {status}")), "{error}");
        assert!(!error.contains("unknown"), "{error}");
    }
    fixture.api.next(MockResponse::new(498));
    fixture.api.next(MockResponse::new(498));
    let error = fixture.run("call", &["--renew-on", "498", &url]).failure(1);
    assert!(error.contains("returned 498; it rejects a new token too"), "{error}");
}

#[test]
fn renew_on_accepts_error_statuses_only() {
    let fixture = Fixture::new();
    for status in ["200", "99", "399", "600", "abc", "403,200", "403 419"] {
        let error = fixture
            .run("call", &["--renew-on", status, &fixture.api.url("/")])
            .failure(2);
        assert!(error.contains("--renew-on"), "{error}");
    }
    assert!(fixture.api.requests().is_empty());
}

#[test]
fn invalid_token_replaces_the_token_with_any_error_status() {
    for (status, challenge) in [
        (403, r#"Bearer error="invalid_token""#),
        (400, r#"Basic realm="a", Bearer error=invalid_token"#),
        (419, r#"Bearer realm="a, b", error="invalid_token""#),
    ] {
        let fixture = Fixture::new();
        let url = fixture.api.url("/books");
        fixture.run("call", &["--cache", &url]).success();
        fixture
            .api
            .next(MockResponse::new(status).header("www-authenticate", challenge));
        fixture.run("call", &["--cache", &url]).success();
        fixture.run("call", &["--cache", &url]).success();
        let requests = fixture.api.requests();
        let header = |back: usize| {
            requests[requests.len() - back]
                .header("authorization")
                .map(str::to_owned)
        };
        assert!(
            header(1) == header(2) && header(2) != header(3),
            "the next run has the new token"
        );
        assert_eq!(fixture.auth.token_requests(), 2);
    }
}

#[test]
fn a_403_suggests_both_remedies() {
    let fixture = Fixture::new();
    let url = fixture.api.url("/books");
    let run = |response: MockResponse, flags: &[&str]| {
        fixture.api.always(response);
        fixture.run("call", &[flags, &[&url]].concat()).failure(1)
    };
    let error = run(MockResponse::new(403), &[]);
    assert!(error.contains("--scope") && error.contains("--renew-on 403"), "{error}");
    assert!(error.starts_with(&format!("GET {url}: ")), "{error}");
    let error = run(MockResponse::new(403), &["--renew-on", "403"]);
    assert!(error.contains("--scope") && !error.contains("--renew-on"), "{error}");
    let challenge = r#"Bearer error="insufficient_scope", scope="admin""#;
    let before = fixture.auth.token_requests();
    for (status, flags) in [(403, &["--renew-on", "403"][..]), (401, &[])] {
        let error = run(MockResponse::new(status).header("www-authenticate", challenge), flags);
        assert!(
            error.contains("insufficient_scope") && error.contains("--scope"),
            "{error}"
        );
    }
    assert_eq!(fixture.auth.token_requests() - before, 2, "no renewal");
    for status in [400, 419, 498] {
        let error = run(MockResponse::new(status), &[]);
        assert!(error.contains(&format!("--renew-on {status}")), "{error}");
    }
}

#[test]
fn a_warning_is_one_line_like_an_error() {
    let fixture = Fixture::new();
    fixture
        .api
        .always(MockResponse::new(302).header("location", "ftp://files.example.com/x"));
    let result = fixture.run("call", &[&fixture.api.url("/books?key=7")]);
    let lines: Vec<&str> = result.stderr.lines().collect();
    let url = fixture.api.url("/books");
    assert_eq!(lines.len(), 2, "{}", result.stderr);
    assert!(
        lines[0].starts_with("warning: a redirect is returned to the caller"),
        "{}",
        result.stderr
    );
    assert!(
        lines[0].contains(&url) && !lines[0].contains("WARN") && !lines[0].contains("url="),
        "{}",
        result.stderr
    );
    assert!(lines[1].starts_with(&format!("error: GET {url}")), "{}", result.stderr);
    // With -v as log lines.
    let result = fixture.run("call", &["-v", &url]);
    assert!(
        result.stderr.contains("WARN a redirect is returned to the caller"),
        "{}",
        result.stderr
    );

    let auth = evergrant_testing::AuthServer::builder().client(crate::support::CLIENT, crate::support::SECRET);
    let fixture = Fixture::with_server(auth.scopes(&["a", "b"]).start());
    let granted = r#"{"access_token":"test-token-x","token_type":"Bearer","expires_in":3600,"scope":"a"}"#;
    fixture.auth.next(MockResponse::new(200).json(granted));
    let result = fixture.run("token", &["--scope", "a", "--scope", "b"]);
    assert_eq!(
        result.stderr,
        "warning: the server granted fewer scopes than requested (b)\n"
    );
}

#[test]
fn errors_without_a_token_name_the_call() {
    let fixture = Fixture::new();
    fixture.auth.rotate_secret(crate::support::CLIENT, "another");
    let url = fixture.api.url("/books");
    let error = fixture.run("call", &[&format!("{url}?page=2")]).failure(3);
    assert!(
        error.starts_with(&format!("GET {url}: the authorization server rejected")),
        "{error}"
    );
    fixture.auth.always(evergrant_testing::Fault::Hang);
    let error = fixture
        .run("call", &["--timeout", "0.3", "-X", "DELETE", &url])
        .failure(4);
    assert!(error.starts_with(&format!("DELETE {url}: no token")), "{error}");
}
