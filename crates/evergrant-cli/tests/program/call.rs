//! `evergrant call`: an authorized request, its answer's body on standard output.

use evergrant_testing::Answer;

use crate::support::World;

#[test]
fn the_body_stands_on_standard_output() {
    let world = World::new();
    let stdout = world.run("call", &[&world.api.url("/v1/books")]).success();
    assert!(stdout.contains("The Dispossessed"));
    assert!(
        world.api.requests()[0]
            .header("authorization")
            .unwrap()
            .starts_with("Bearer test-token-1-")
    );
}

#[test]
fn method_headers_and_data_are_sent_and_binary_bodies_come_through() {
    let world = World::new();
    let url = world.api.url("/echo");
    let more = [
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
    assert_eq!(world.run("call", &more).success(), "hello");
    let request = &world.api.requests()[0];
    assert_eq!((request.method.as_str(), request.header("x-trace")), ("PUT", Some("7")));
    assert_eq!(request.header("content-type"), Some("text/plain"));

    let path = world.folder.join("data");
    std::fs::write(&path, [0, 159, 146, 150, 10]).unwrap();
    let data = format!("@{}", path.display());
    let address = world.auth.token_url();
    let client = [
        "call",
        "--token-url",
        &address,
        "--client-id",
        crate::support::CLIENT,
        "--client-secret-env",
        "CLIENT_SECRET",
    ];
    let output = world
        .command(&[&client[..], &["--data", &data, &url]].concat())
        .output()
        .unwrap();
    assert_eq!(output.stdout, [0, 159, 146, 150, 10]);
    assert_eq!(world.api.requests()[1].method, "POST");

    let ended = world.raw(&[&client[..], &["--data", "@-", &url]].concat(), "from standard input");
    assert_eq!(ended.success(), "from standard input");
}

#[test]
fn include_shows_status_and_headers_first() {
    let world = World::new();
    let stdout = world.run("call", &["-i", &world.api.url("/books")]).success();
    assert!(
        stdout.starts_with("HTTP/1.1 200 OK\n") && stdout.contains("content-type: application/json\n"),
        "{stdout}"
    );
}

#[test]
fn an_api_that_refuses_is_exit_code_1_with_the_body_on_standard_output() {
    let world = World::new();
    for (path, status) in [
        ("/status/503", "503"),
        ("/needs/admin", "403"),
        ("/always-401", "401"),
        ("/status/404", "404"),
    ] {
        let ended = world.run("call", &[&world.api.url(path)]);
        assert!(ended.stdout.starts_with('{'), "{}", ended.stdout);
        let error = ended.failure(1);
        assert!(error.contains(status), "{error}");
    }
}

#[test]
fn a_refused_token_is_renewed_and_the_call_repeated() {
    let world = World::new();
    world.api.refuse_next(1);
    world.run("call", &[&world.api.url("/books")]).success();
    assert_eq!(world.auth.token_requests(), 2);
}

#[test]
fn the_token_goes_to_no_other_origin() {
    let world = World::new();
    let elsewhere = evergrant_testing::ApiServer::open();
    let error = world
        .run("call", &["--base-url", &world.api.url("/"), &elsewhere.url("/x")])
        .failure(2);
    assert!(error.contains("may send credentials"), "{error}");
    let allowed = [
        "--base-url",
        &world.api.url("/"),
        "--allow-origin",
        &elsewhere.url(""),
        &elsewhere.url("/x"),
    ];
    world.run("call", &allowed).success();
    for (origin, why) in [
        (elsewhere.url("/hush"), "it has a path"),
        ("https://*.example.com".to_owned(), "it has a wildcard"),
    ] {
        let error = world
            .run("call", &["--allow-origin", &origin, &world.api.url("/")])
            .failure(2);
        assert!(
            error.contains("`--allow-origin <ORIGIN>` does not take the value given") && error.contains(why),
            "{error}"
        );
        assert!(error.contains("write it as `") && !error.contains("hush"), "{error}");
    }
    let mut query = String::from("/redirect?status=302&to=");
    query.push_str(&elsewhere.url("/landed"));
    let ended = world.run("call", &[&world.api.url(&query)]);
    assert_eq!(ended.code, 0);
    assert!(ended.stderr.contains("without credentials"), "{}", ended.stderr);
    assert!(elsewhere.requests()[1].header("authorization").is_none());
}

#[test]
fn an_api_that_cannot_be_reached_or_breaks_off_is_exit_code_4() {
    let world = World::new();
    let closed = evergrant_testing::ApiServer::open().url("/books");
    let error = world.run("call", &[&closed]).failure(4);
    assert!(error.contains("refused"), "{error}");
    world.api.next(evergrant_testing::Fault::Truncated);
    let ended = world.run("call", &[&world.api.url("/books")]);
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    world.api.next(evergrant_testing::Fault::Hang);
    let error = world
        .run("call", &["--timeout", "0.5", &world.api.url("/books")])
        .failure(4);
    assert!(error.contains("--timeout"), "{error}");
}

#[test]
fn a_reader_who_leaves_early_is_no_failure() {
    let world = World::new();
    world.api.next(Answer::new(200).body("x".repeat(1_000_000)));
    let binary = env!("CARGO_BIN_EXE_evergrant");
    let url = world.auth.token_url();
    let api = world.api.url("/big");
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

/// An API that refuses the first token with this status, as one that has ended.
fn refusing_first(world: &World, status: u16) {
    world
        .api
        .next(Answer::new(status).json(r#"{"message": "TokenExpired"}"#));
}

#[test]
fn a_status_given_with_renew_on_is_met_with_a_new_token() {
    let world = World::new();
    let url = world.api.url("/books");
    for (status, flags) in [
        (403, &["--renew-on", "403"][..]),
        (419, &["--renew-on", "403,419"]),
        (498, &["--renew-on", "400", "--renew-on=498"]),
        (500, &["--renew-on", "500"]),
    ] {
        let tokens = world.auth.token_requests();
        refusing_first(&world, status);
        world.run("call", &[flags, &[&url]].concat()).success();
        assert_eq!(world.auth.token_requests() - tokens, 2, "{status}");
    }
    let base = world.auth.token_url();
    let config = world.file(
        "config.toml",
        &format!(
            "[profiles.shop]\ntoken_url = \"{base}\"\nclient_id = \"{}\"\nclient_secret_env = \"CLIENT_SECRET\"\nrenew_on = [403, 419]\n",
            crate::support::CLIENT
        ),
    );
    let profile = ["call", "--config", &config, "--profile", "shop"];
    refusing_first(&world, 419);
    world.raw(&[&profile[..], &[&url]].concat(), "").success();
    refusing_first(&world, 419);
    let error = world.raw(&[&profile[..], &["--renew-on", "498", &url]].concat(), "");
    assert_eq!(error.code, 1, "flags override the profile");
}

#[test]
fn a_status_without_a_name_is_shown_as_a_number_with_what_may_help() {
    let world = World::new();
    let url = world.api.url("/books");
    for status in [419, 498, 400] {
        world.api.next(Answer::new(status));
        let error = world.run("call", &[&url]).failure(1);
        assert!(error.contains(&format!("answered {status}")), "{error}");
        assert!(error.contains(&format!("give --renew-on {status}")), "{error}");
        assert!(!error.contains("unknown"), "{error}");
    }
    world.api.next(Answer::new(498));
    world.api.next(Answer::new(498));
    let error = world.run("call", &["--renew-on", "498", &url]).failure(1);
    assert!(
        error.contains("answered 498; it does not accept a new token either"),
        "{error}"
    );
}

#[test]
fn a_status_that_is_no_refusal_is_not_taken() {
    let world = World::new();
    for status in ["200", "99", "399", "600", "abc", "403,200", "403 419"] {
        let error = world
            .run("call", &["--renew-on", status, &world.api.url("/")])
            .failure(2);
        assert!(error.contains("--renew-on"), "{error}");
    }
    assert!(world.api.requests().is_empty());
}

#[test]
fn a_dead_token_that_says_so_is_renewed_whatever_the_status_and_is_not_used_again() {
    for (status, challenge) in [
        (403, r#"Bearer error="invalid_token""#),
        (400, r#"Basic realm="a", Bearer error=invalid_token"#),
        (419, r#"Bearer realm="a, b", error="invalid_token""#),
    ] {
        let world = World::new();
        let url = world.api.url("/books");
        world.run("call", &["--cache", &url]).success();
        world
            .api
            .next(Answer::new(status).header("www-authenticate", challenge));
        world.run("call", &["--cache", &url]).success();
        world.run("call", &["--cache", &url]).success();
        let requests = world.api.requests();
        let header = |back: usize| {
            requests[requests.len() - back]
                .header("authorization")
                .map(str::to_owned)
        };
        assert!(
            header(1) == header(2) && header(2) != header(3),
            "the next run has the new token"
        );
        assert_eq!(world.auth.token_requests(), 2);
    }
}

#[test]
fn a_403_leaves_both_causes_open() {
    let world = World::new();
    let url = world.api.url("/books");
    let run = |answer: Answer, flags: &[&str]| {
        world.api.always(answer);
        world.run("call", &[flags, &[&url]].concat()).failure(1)
    };
    let error = run(Answer::new(403), &[]);
    assert!(error.contains("--scope") && error.contains("--renew-on 403"), "{error}");
    assert!(error.starts_with(&format!("GET {url}: ")), "{error}");
    let error = run(Answer::new(403), &["--renew-on", "403"]);
    assert!(error.contains("--scope") && !error.contains("--renew-on"), "{error}");
    let challenge = r#"Bearer error="insufficient_scope", scope="admin""#;
    let before = world.auth.token_requests();
    for (status, flags) in [(403, &["--renew-on", "403"][..]), (401, &[])] {
        let error = run(Answer::new(status).header("www-authenticate", challenge), flags);
        assert!(
            error.contains("insufficient_scope") && error.contains("--scope"),
            "{error}"
        );
    }
    assert_eq!(world.auth.token_requests() - before, 2, "no renewal");
    for status in [400, 419, 498] {
        let error = run(Answer::new(status), &[]);
        assert!(error.contains(&format!("--renew-on {status}")), "{error}");
    }
}

#[test]
fn a_warning_is_one_line_like_an_error() {
    let world = World::new();
    world
        .api
        .always(Answer::new(302).header("location", "ftp://files.example.com/x"));
    let ended = world.run("call", &[&world.api.url("/books?key=7")]);
    let lines: Vec<&str> = ended.stderr.lines().collect();
    let url = world.api.url("/books");
    assert_eq!(lines.len(), 2, "{}", ended.stderr);
    assert!(
        lines[0].starts_with("warning: a redirect is returned as it is"),
        "{}",
        ended.stderr
    );
    assert!(
        lines[0].contains(&url) && !lines[0].contains("WARN") && !lines[0].contains("url="),
        "{}",
        ended.stderr
    );
    assert!(lines[1].starts_with(&format!("error: GET {url}")), "{}", ended.stderr);
    // As log lines, for who looks inside.
    let ended = world.run("call", &["-v", &url]);
    assert!(
        ended.stderr.contains("WARN a redirect is returned as it is"),
        "{}",
        ended.stderr
    );

    let auth = evergrant_testing::AuthServer::builder().client(crate::support::CLIENT, crate::support::SECRET);
    let world = World::of(auth.scopes(&["a", "b"]).start());
    let granted = r#"{"access_token":"test-token-x","token_type":"Bearer","expires_in":3600,"scope":"a"}"#;
    world.auth.next(Answer::new(200).json(granted));
    let ended = world.run("token", &["--scope", "a", "--scope", "b"]);
    assert_eq!(
        ended.stderr,
        "warning: the server granted fewer scopes than were asked for (b)\n"
    );
}

#[test]
fn a_call_without_a_token_names_itself() {
    let world = World::new();
    world.auth.rotate_secret(crate::support::CLIENT, "another");
    let url = world.api.url("/books");
    let error = world.run("call", &[&format!("{url}?page=2")]).failure(3);
    assert!(
        error.starts_with(&format!("GET {url}: the authorization server refused")),
        "{error}"
    );
    world.auth.always(evergrant_testing::Fault::Hang);
    let error = world
        .run("call", &["--timeout", "0.3", "-X", "DELETE", &url])
        .failure(4);
    assert!(error.starts_with(&format!("DELETE {url}: no token")), "{error}");
}
