//! Servers that differ: by flag, by profile, and what is refused.

use evergrant_testing::{Answer, RecordedRequest};

use crate::support::{CLIENT, Ended, World};
use crate::user::{AsUser as _, CLIENT as PUBLIC, get, world, world_with};

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

fn run(world: &World, arguments: &[&str]) -> Ended {
    Ended::of(&world.command(arguments).env("GATEWAY_KEY", KEY).output().unwrap())
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
fn each_setting_is_a_flag_and_a_profiles_key() {
    for (index, (flags, lines)) in SETTINGS.into_iter().enumerate() {
        let world = World::new();
        let url = world.auth.token_url();
        world.auth.next(Answer::new(200).json(TOKEN));
        run(&world, &[&client("token", &url), flags].concat()).success();
        check(index, &world.auth.last_token_request());

        let config = world.file(
            "config.toml",
            &format!("[profiles.shop]\ntoken_url = \"{url}\"\nclient_id = \"{CLIENT}\"\nclient_secret_env = \"CLIENT_SECRET\"\n{lines}\n"),
        );
        world.auth.next(Answer::new(200).json(TOKEN));
        run(&world, &["token", "--config", &config, "--profile", "shop"]).success();
        check(index, &world.auth.last_token_request());
    }
}

#[test]
fn with_a_cache_and_for_a_call_they_hold_too_and_an_api_is_sent_the_user_agent_alone() {
    let world = World::new();
    let (url, books) = (world.auth.token_url(), world.api.url("/books"));
    let flags = [
        "--user-agent",
        "bookshop/1.0",
        "--token-header",
        "X-Api-Key=env:GATEWAY_KEY",
    ];
    run(
        &world,
        &[&client("call", &url)[..], &flags, &["--cache", &books]].concat(),
    )
    .success();
    let (token, call) = (world.auth.last_token_request(), &world.api.requests()[0]);
    assert_eq!((token.header("x-api-key"), call.header("x-api-key")), (Some(KEY), None));
    for request in [&token, call] {
        assert_eq!(request.header("user-agent"), Some("bookshop/1.0"));
    }
    // Another tenant's token is another one.
    for tenant in ["a", "b", "a"] {
        let header = format!("X-Tenant={tenant}");
        run(
            &world,
            &[&client("token", &url)[..], &["--cache", "--token-header", &header]].concat(),
        )
        .success();
    }
    assert_eq!(world.auth.token_requests(), 3);
}

#[test]
fn a_header_of_the_command_line_is_put_over_the_profiles() {
    let world = World::new();
    let url = world.auth.token_url();
    let file = world.file("key", &format!("{KEY}\n"));
    assert!(file.ends_with("/key"));
    let config = world.file(
        "config.toml",
        &format!("[profiles.shop]\ntoken_url = \"{url}\"\nclient_id = \"{CLIENT}\"\nclient_secret_env = \"CLIENT_SECRET\"\ntoken_headers = {{ X-Api-Key = \"file:key\", X-Tenant = \"a\" }}\n"),
    );
    run(
        &world,
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
    let request = world.auth.last_token_request();
    assert_eq!(request.header("x-api-key"), Some(KEY));
    assert_eq!(request.headers.get_all("x-tenant").iter().collect::<Vec<_>>(), ["b"]);
}

#[test]
fn secrets_in_the_open_and_headers_that_break_requests_are_refused() {
    let world = World::new();
    let url = world.auth.token_url();
    for (header, told) in [
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
        let ended = run(
            &world,
            &[&client("token", &url)[..], &["--token-header", header]].concat(),
        );
        let error = ended.failure(2);
        assert!(error.contains(told), "{header}: {error}");
        assert!(!error.contains("hush-hush") && !error.contains("9f86d0"), "{error}");
    }
    let twice = ["--token-header", "X-Tenant=a", "--token-header", "x-tenant=b"];
    let error = run(&world, &[&client("token", &url)[..], &twice].concat()).failure(2);
    assert!(error.contains("twice"), "{error}");
    let secret = format!("{url}?api_key=hush-hush");
    for flags in [
        &["--json-body"][..],
        &["--client-id-in-body"],
        &["--grant-type", "account_credentials"],
    ] {
        let error = run(&world, &[&client("token", &secret)[..], flags].concat()).failure(2);
        assert!(
            error.contains("secret in its query") && !error.contains("hush"),
            "{error}"
        );
    }
    assert_eq!(world.auth.token_requests(), 0);
}

#[test]
fn parameters_with_a_flag_of_their_own_name_it_and_others_are_given_once() {
    let world = World::new();
    for (parameter, told) in [
        ("grant_type=account_credentials", "--grant-type"),
        ("client_id=x", "--client-id-in-body"),
        ("scope=a", "--scope"),
        ("redirect_uri=http://127.0.0.1/", "--redirect-uri"),
        ("username=x", "evergrant login"),
    ] {
        let error = world.run("token", &["--param", parameter]).failure(2);
        assert!(error.contains(told), "{parameter}: {error}");
    }
    for values in [["a=1", "a=2"], ["a=1", "a=1"]] {
        let error = world
            .run("token", &["--param", values[0], "--param", "b=1", "--param", values[1]])
            .failure(2);
        assert!(error.contains("`a` is given twice"), "{error}");
    }
    assert_eq!(world.auth.token_requests(), 0);
    world
        .run("token", &["--param", "resource=a", "--param", "resource=b"])
        .success();
    let form = world.auth.last_token_request().form();
    assert_eq!(form.iter().filter(|(name, _)| name == "resource").count(), 2);

    let user = crate::user::world();
    let twice = [
        "--authorization-param",
        "prompt=login",
        "--authorization-param",
        "prompt=consent",
    ];
    let error = user.user("login", &[&["--no-browser"], &twice[..]].concat()).failure(2);
    assert!(error.contains("`prompt` is given twice"), "{error}");
}

#[test]
fn a_login_whose_server_drops_the_state_says_so_and_can_do_without() {
    let named = world_with(|server| server.drop_state());
    let login = named.login(&["--wait", "2"]);
    for _ in 0..2 {
        let (status, page) = get(&named.auth.visit(&login.url));
        assert!(status == 400 && page.contains("a code and no `state`"), "{page}");
    }
    let (code, told) = login.end();
    assert_eq!(code, 4, "{told}");
    assert_eq!(told.matches("drops it from its redirects").count(), 1, "{told}");
    assert!(
        told.contains("--danger-allow-missing-state") && told.contains("see the warning above"),
        "{told}"
    );
    assert_eq!(named.auth.token_requests(), 0);

    let flag = ["--danger-allow-missing-state"];
    let world = world_with(|server| server.drop_state().redirect_uris_below());
    let login = world.login(&flag);
    let redirect = world.auth.visit(&login.url);
    let (path, query) = redirect.split_once('?').unwrap();
    assert!(
        path.rsplit('/').next().unwrap().len() == 32 && !query.contains("state="),
        "{redirect}"
    );
    let usual = path.rsplit_once('/').unwrap().0;
    assert_eq!(get(&format!("{usual}?{query}")).0, 404);
    assert_eq!(get(&format!("{redirect}&state=guessed")).0, 400);
    assert_eq!(get(&redirect).0, 200);
    assert_eq!(login.end().0, 0);

    // A path that is registered, by profile.
    let fixed = "http://127.0.0.1/callback/9f86d081884c7d659a2feaa0c55ad015";
    let world = world_with(|server| server.drop_state().redirect_uri(PUBLIC, fixed));
    let config = world.file(
        "config.toml",
        &format!("[profiles.me]\nredirect_uri = \"{fixed}\"\ndanger_allow_missing_state = true\n"),
    );
    let login = world.login(&["--config", &config, "--profile", "me"]);
    assert_eq!(get(&world.auth.visit(&login.url)).0, 200);
    assert_eq!(login.end().0, 0);
}

#[test]
fn a_missing_state_is_not_allowed_at_a_path_that_can_be_guessed_or_where_dangers_are_forbidden() {
    let world = world();
    let flag = ["--no-browser", "--danger-allow-missing-state"];
    let guessable = ["--redirect-uri", "http://127.0.0.1/callback"];
    let error = world.user("login", &[&flag[..], &guessable].concat()).failure(2);
    assert!(error.contains("openssl rand -hex 16"), "{error}");
    let urls = [world.auth.authorization_url(), world.auth.token_url()];
    let mut command = world.command(&world.arguments("login", &urls, &flag));
    let ended = Ended::of(&command.env("EVERGRANT_FORBID_DANGER", "1").output().unwrap());
    let error = ended.failure(2);
    assert!(error.contains("danger_allow_missing_state is not allowed"), "{error}");
}
