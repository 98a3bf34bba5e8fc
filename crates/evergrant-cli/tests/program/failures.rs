//! One line that names cause and remedy, and the exit code that says whose fault it was.

use evergrant_testing::{Answer, Fault};

use crate::support::{CLIENT, World};

#[test]
fn a_wrong_secret_is_exit_code_3() {
    let world = World::new();
    world.auth.rotate_secret(CLIENT, "another");
    let error = world.run("token", &[]).failure(3);
    assert!(
        error.contains("401 invalid_client") && error.contains("check the client id, the secret"),
        "{error}"
    );
}

#[test]
fn a_wrong_url_is_exit_code_3_where_the_server_answers_and_2_where_it_is_no_url() {
    let world = World::new();
    let mut url = world.auth.url("/wrong-path");
    let run = |url: &str| {
        world.raw(
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
    let world = World::new();
    let page = "<!doctype html><html><body><h1>Sign in</h1></body></html>";
    world
        .auth
        .always(Answer::new(200).header("content-type", "text/html").body(page));
    let error = world.run("token", &[]).failure(3);
    assert!(
        error.contains("200 with text/html") && error.contains("(Sign in); check the token URL"),
        "{error}"
    );
}

#[test]
fn an_empty_403_is_exit_code_3() {
    let world = World::new();
    world.auth.always(Answer::new(403));
    let error = world.run("token", &[]).failure(3);
    assert!(
        error.contains("403 Forbidden with an empty body; check the client id"),
        "{error}"
    );
}

#[test]
fn an_unknown_scope_is_exit_code_3() {
    let world = World::of(
        evergrant_testing::AuthServer::builder()
            .client(CLIENT, crate::support::SECRET)
            .scopes(&["a"])
            .start(),
    );
    let error = world.run("token", &["--scope", "b"]).failure(3);
    assert!(error.contains("invalid_scope"), "{error}");
}

#[test]
fn a_hanging_server_ends_in_bounded_time_with_exit_code_4() {
    let world = World::new();
    world.auth.always(Fault::Hang);
    let error = world.run("token", &["--timeout", "0.5"]).failure(4);
    assert!(error.contains("within 0.5 s") && error.contains("--timeout"), "{error}");
}

#[test]
fn a_server_that_refuses_connections_or_drops_them_is_exit_code_4() {
    let world = World::new();
    world.auth.always(Fault::Disconnect);
    let error = world.run("token", &[]).failure(4);
    assert!(error.contains("the connection broke"), "{error}");
    world.auth.stop();
    let error = world.run("token", &[]).failure(4);
    assert!(
        error.contains("could not connect") && error.to_lowercase().contains("refused"),
        "{error}"
    );
}

#[test]
fn a_host_that_does_not_exist_is_exit_code_4() {
    let world = World::new();
    let url = "https://no-such-host.invalid/token";
    let error = world
        .raw(
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
fn a_server_without_tls_where_https_is_said_is_exit_code_4() {
    let world = World::new();
    let url = world.auth.token_url().replace("http://", "https://");
    world
        .raw(
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
fn a_servers_sentence_is_shown_wherever_it_is_and_hints_name_flags() {
    let world = World::new();
    for (status, body, said) in [
        (
            401,
            r#"{"errorCode":"invalid_client","errorSummary":"Bad id."}"#,
            &["401 invalid_client (Bad id.)", "--auth raw, or --auth post"][..],
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
        world.auth.always(Answer::new(status).json(body));
        let error = world.run("token", &[]).failure(3);
        let shows = |part: &&str| error.contains(*part);
        assert!(
            said.iter().all(shows) && !error.contains("(..)") && !error.contains("::"),
            "{error}"
        );
    }
}

#[test]
fn a_token_that_is_valid_for_less_is_told_of_in_whole_seconds() {
    let world = World::new();
    let error = world.run("token", &["--valid-for", "3600"]).failure(2);
    assert!(
        error.contains("valid for 3600 s")
            && error.contains("its last 10 s do not count")
            && error.contains("--valid-for"),
        "{error}"
    );
}

#[test]
fn a_place_of_a_secret_that_has_none_is_named_with_the_remedy() {
    let world = World::new();
    let url = world.auth.token_url();
    let folder = world.folder.display().to_string();
    let unreadable = format!("{folder}/secret");
    std::fs::create_dir(&unreadable).unwrap();
    let absent = format!("{folder}/no-secret.txt");
    for (flag, place, told, remedy) in [
        ("--client-secret-env", "SHOP_CLIENT_SECRET", "is not set", "export it"),
        ("--client-secret-env", "FRUIT_BOWL", "is not set", "export it"),
        ("--client-secret-env", "CS", "is not set", "export it"),
        (
            "--client-secret-file",
            &absent,
            "No such file",
            "name the file that has it",
        ),
        ("--client-secret-file", &unreadable, "directory", "give a file"),
    ] {
        let client = ["token", "--token-url", &url, "--client-id", CLIENT, flag, place];
        let error = world.raw(&client, "").failure(2);
        for part in [&format!("`{place}` ({flag})"), told, remedy] {
            assert!(error.contains(part), "{part} in {error}");
        }
        let key = flag.trim_start_matches("--").replace('-', "_");
        let config = world.file(
            "config.toml",
            &format!("[profiles.shop]\nclient_id = \"x\"\ntoken_url = \"{url}\"\n{key} = \"{place}\"\n"),
        );
        let error = world
            .raw(&["token", "--config", &config, "--profile", "shop"], "")
            .failure(2);
        let named = format!("`{place}` ({key} in the profile `shop` of {config})");
        for part in [&named, told, remedy] {
            assert!(error.contains(part), "{part} in {error}");
        }
    }
    for (flag, place) in [("--store-keys-env", "NO_KEYS"), ("--store-keys-file", "/no/keys.txt")] {
        let store = ["--store", "redis://127.0.0.1", flag, place];
        let error = world.run("token", &store).failure(2);
        assert!(error.contains(&format!("`{place}` ({flag})")), "{error}");
    }
}
