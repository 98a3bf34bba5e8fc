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
