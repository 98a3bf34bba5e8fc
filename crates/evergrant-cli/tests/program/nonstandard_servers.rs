//! Non-standard servers: flags, profile keys, and rejected settings.

use evergrant_testing::{MockResponse, RecordedRequest};

use crate::signing_in_user::{CLIENT as PUBLIC, UserCommands as _, fixture, fixture_with, get};
use crate::support::{CLIENT, Fixture, RunResult};

const KEY: &str = "not-a-real-gateway-key";
const TOKEN: &str = r#"{"access_token": "not-a-real-token", "token_type": "Bearer", "expires_in": 60}"#;

/// Each setting as flags and as lines of a profile.
const SETTINGS: [(&[&str], &str); 6] = [
    (
        &["--grant-type", "account_credentials", "--param", "account_id=77"],
        "grant_type = \"account_credentials\"\nparams = { account_id = 77 }",
    ),
    (&["--json-body"], "json_body = true"),
    (&["--client-id-in-body"], "client_id_in_body = true"),
    (
        &["--token-header", "X-Api-Key=env:GATEWAY_KEY"],
        "token_headers = { X-Api-Key = \"env:GATEWAY_KEY\" }",
    ),
    (
        &["--token-header", "X-Tenant=bookshop"],
        "[profiles.shop.token_headers]\nX-Tenant = \"bookshop\"",
    ),
    (&["--user-agent", "bookshop/1.0"], "user_agent = \"bookshop/1.0\""),
];

fn check(index: usize, request: &RecordedRequest) {
    match index {
        0 => {
            assert_eq!(request.form_value("grant_type").as_deref(), Some("account_credentials"));
            assert_eq!(request.form_value("account_id").as_deref(), Some("77"));
        }
        1 => {
            assert_eq!(request.header("content-type"), Some("application/json"));
            let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
            assert_eq!(body["grant_type"], "client_credentials");
        }
        2 => {
            assert_eq!(request.form_value("client_id").as_deref(), Some(CLIENT));
            assert!(request.header("authorization").is_some());
        }
        3 => assert_eq!(request.header("x-api-key"), Some(KEY)),
        4 => assert_eq!(request.header("x-tenant"), Some("bookshop")),
        _ => assert_eq!(request.header("user-agent"), Some("bookshop/1.0")),
    }
}

fn run(fixture: &Fixture, arguments: &[&str]) -> RunResult {
    RunResult::from_output(&fixture.command(arguments).env("GATEWAY_KEY", KEY).output().unwrap())
}

fn client<'a>(command: &'a str, url: &'a str) -> [&'a str; 7] {
    [
        command,
        "--token-url",
        url,
        "--client-id",
        CLIENT,
        "--client-secret-env",
        "CLIENT_SECRET",
    ]
}

#[test]
fn each_setting_has_a_flag_and_a_profile_key() {
    for (index, (flags, lines)) in SETTINGS.into_iter().enumerate() {
        let fixture = Fixture::new();
        let url = fixture.auth.token_url();
        fixture.auth.next(MockResponse::new(200).json(TOKEN));
        run(&fixture, &[&client("token", &url), flags].concat()).success();
        check(index, &fixture.auth.last_token_request());

        let config = fixture.file(
            "config.toml",
            &format!("[profiles.shop]\ntoken_url = \"{url}\"\nclient_id = \"{CLIENT}\"\nclient_secret_env = \"CLIENT_SECRET\"\n{lines}\n"),
        );
        fixture.auth.next(MockResponse::new(200).json(TOKEN));
        run(&fixture, &["token", "--config", &config, "--profile", "shop"]).success();
        check(index, &fixture.auth.last_token_request());
    }
}

#[test]
fn settings_apply_with_a_cache_and_the_api_gets_the_user_agent_only() {
    let fixture = Fixture::new();
    let (url, books) = (fixture.auth.token_url(), fixture.api.url("/books"));
    let flags = [
        "--user-agent",
        "bookshop/1.0",
        "--token-header",
        "X-Api-Key=env:GATEWAY_KEY",
    ];
    run(
        &fixture,
        &[&client("call", &url)[..], &flags, &["--cache", &books]].concat(),
    )
    .success();
    let (token, call) = (fixture.auth.last_token_request(), &fixture.api.requests()[0]);
    assert_eq!((token.header("x-api-key"), call.header("x-api-key")), (Some(KEY), None));
    for request in [&token, call] {
        assert_eq!(request.header("user-agent"), Some("bookshop/1.0"));
    }
    // Each tenant has its own token.
    for tenant in ["a", "b", "a"] {
        let header = format!("X-Tenant={tenant}");
        run(
            &fixture,
            &[&client("token", &url)[..], &["--cache", "--token-header", &header]].concat(),
        )
        .success();
    }
    assert_eq!(fixture.auth.token_requests(), 3);
}

#[test]
fn a_header_flag_overrides_the_profile() {
    let fixture = Fixture::new();
    let url = fixture.auth.token_url();
    let file = fixture.file("key", &format!("{KEY}\n"));
    assert!(file.ends_with("/key"));
    let config = fixture.file(
        "config.toml",
        &format!("[profiles.shop]\ntoken_url = \"{url}\"\nclient_id = \"{CLIENT}\"\nclient_secret_env = \"CLIENT_SECRET\"\ntoken_headers = {{ X-Api-Key = \"file:key\", X-Tenant = \"a\" }}\n"),
    );
    run(
        &fixture,
        &[
            "token",
            "--config",
            &config,
            "--profile",
            "shop",
            "--token-header",
            "x-tenant=b",
        ],
    )
    .success();
    let request = fixture.auth.last_token_request();
    assert_eq!(request.header("x-api-key"), Some(KEY));
    assert_eq!(request.headers.get_all("x-tenant").iter().collect::<Vec<_>>(), ["b"]);
}

#[test]
fn literal_secrets_and_reserved_headers_are_rejected() {
    let fixture = Fixture::new();
    let url = fixture.auth.token_url();
    for (header, expected) in [
        ("X-Api-Key=hush-hush", "env:VARIABLE or file:FILE"),
        ("Ocp-Apim-Subscription-Key=hush-hush", "env:VARIABLE or file:FILE"),
        ("x-functions-key=hush-hush", "env:VARIABLE or file:FILE"),
        (
            "X-Note=9f86d081884c7d659a2feaa0c55ad015a3bf4f1b",
            "env:VARIABLE or file:FILE",
        ),
        ("X-Api-Key=env:NOT_SET_ANYWHERE", "--token-header"),
        ("X-Api-Key=file:/does/not/exist", "--token-header"),
        ("Authorization=env:GATEWAY_KEY", "`Authorization` cannot be sent"),
        ("Content-Type=text/plain", "`Content-Type` cannot be sent"),
        ("Host=elsewhere", "`Host` cannot be sent"),
        ("X-Tenant:a", "NAME=VALUE"),
        ("=a", "NAME=VALUE"),
    ] {
        let result = run(
            &fixture,
            &[&client("token", &url)[..], &["--token-header", header]].concat(),
        );
        let error = result.failure(2);
        assert!(error.contains(expected), "{header}: {error}");
        assert!(!error.contains("hush-hush") && !error.contains("9f86d0"), "{error}");
    }
    let twice = ["--token-header", "X-Tenant=a", "--token-header", "x-tenant=b"];
    let error = run(&fixture, &[&client("token", &url)[..], &twice].concat()).failure(2);
    assert!(error.contains("it is repeated"), "{error}");
    let secret = format!("{url}?api_key=hush-hush");
    for flags in [
        &["--json-body"][..],
        &["--client-id-in-body"],
        &["--grant-type", "account_credentials"],
    ] {
        let error = run(&fixture, &[&client("token", &secret)[..], flags].concat()).failure(2);
        assert!(
            error.contains("secret in its query") && !error.contains("hush"),
            "{error}"
        );
    }
    assert_eq!(fixture.auth.token_requests(), 0);
}

#[test]
fn reserved_parameters_name_their_flag_and_duplicates_are_rejected() {
    let fixture = Fixture::new();
    for (parameter, expected) in [
        ("grant_type=account_credentials", "--grant-type"),
        ("client_id=x", "--client-id-in-body"),
        ("scope=a", "--scope"),
        ("redirect_uri=http://127.0.0.1/", "--redirect-uri"),
        ("username=x", "evergrant login"),
    ] {
        let error = fixture.run("token", &["--param", parameter]).failure(2);
        assert!(error.contains(expected), "{parameter}: {error}");
    }
    for values in [["a=1", "a=2"], ["a=1", "a=1"]] {
        let error = fixture
            .run("token", &["--param", values[0], "--param", "b=1", "--param", values[1]])
            .failure(2);
        assert!(error.contains("`a` is set twice"), "{error}");
    }
    assert_eq!(fixture.auth.token_requests(), 0);
    fixture
        .run("token", &["--param", "resource=a", "--param", "resource=b"])
        .success();
    let form = fixture.auth.last_token_request().form();
    assert_eq!(form.iter().filter(|(name, _)| name == "resource").count(), 2);

    let user = crate::signing_in_user::fixture();
    let twice = [
        "--authorization-param",
        "prompt=login",
        "--authorization-param",
        "prompt=consent",
    ];
    let error = user
        .run_as_user("login", &[&["--no-browser"], &twice[..]].concat())
        .failure(2);
    assert!(error.contains("`prompt` is set twice"), "{error}");
}

#[test]
fn a_login_without_state_is_reported_and_can_be_allowed() {
    let named = fixture_with(|server| server.omit_state());
    let login = named.login(&["--wait", "2"]);
    for _ in 0..2 {
        let (status, page) = get(&named.auth.visit(&login.url));
        assert!(status == 400 && page.contains("a code but no `state`"), "{page}");
    }
    let (code, stderr) = login.finish();
    assert_eq!(code, 4, "{stderr}");
    assert_eq!(
        stderr.matches("the authorization server drops it").count(),
        1,
        "{stderr}"
    );
    assert!(
        stderr.contains("--danger-allow-missing-state") && stderr.contains("see the warning above"),
        "{stderr}"
    );
    assert_eq!(named.auth.token_requests(), 0);

    let flag = ["--danger-allow-missing-state"];
    let fixture = fixture_with(|server| server.omit_state().allow_redirect_subpaths());
    let login = fixture.login(&flag);
    let redirect = fixture.auth.visit(&login.url);
    let (path, query) = redirect.split_once('?').unwrap();
    assert!(
        path.rsplit('/').next().unwrap().len() == 32 && !query.contains("state="),
        "{redirect}"
    );
    let parent = path.rsplit_once('/').unwrap().0;
    assert_eq!(get(&format!("{parent}?{query}")).0, 404);
    assert_eq!(get(&format!("{redirect}&state=guessed")).0, 400);
    assert_eq!(get(&redirect).0, 200);
    assert_eq!(login.finish().0, 0);

    // A registered path, set in a profile.
    let fixed = "http://127.0.0.1/callback/9f86d081884c7d659a2feaa0c55ad015";
    let fixture = fixture_with(|server| server.omit_state().redirect_uri(PUBLIC, fixed));
    let config = fixture.file(
        "config.toml",
        &format!("[profiles.me]\nredirect_uri = \"{fixed}\"\ndanger_allow_missing_state = true\n"),
    );
    let login = fixture.login(&["--config", &config, "--profile", "me"]);
    assert_eq!(get(&fixture.auth.visit(&login.url)).0, 200);
    assert_eq!(login.finish().0, 0);
}

#[test]
fn a_missing_state_needs_a_random_path_and_permission() {
    let fixture = fixture();
    let flag = ["--no-browser", "--danger-allow-missing-state"];
    let guessable = ["--redirect-uri", "http://127.0.0.1/callback"];
    let error = fixture
        .run_as_user("login", &[&flag[..], &guessable].concat())
        .failure(2);
    assert!(error.contains("openssl rand -hex 16"), "{error}");
    let urls = [fixture.auth.authorization_url(), fixture.auth.token_url()];
    let mut command = fixture.command(&fixture.arguments("login", &urls, &flag));
    let result = RunResult::from_output(&command.env("EVERGRANT_FORBID_DANGER", "1").output().unwrap());
    let error = result.failure(2);
    assert!(error.contains("danger_allow_missing_state is not allowed"), "{error}");
}
