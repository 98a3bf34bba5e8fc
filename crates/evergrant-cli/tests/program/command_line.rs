//! What may stand on the command line, and what may not.

use crate::support::{CLIENT, World};

#[test]
fn a_secret_on_the_command_line_is_refused_with_the_remedy_and_not_repeated() {
    let world = World::new();
    for arguments in [
        &["--client-secret", "hush-hush"][..],
        &["--client-secret=hush-hush"],
        &["--param", "client_secret=hush-hush"],
        &["--param=client_secret=hush-hush"],
        &["--param", "password=hush-hush"],
        &["--param", "refresh_token=hush-hush"],
        &["--token-url", "https://user:hush-hush@auth.example.com/token"],
        &["--client-secret-stdin=hush-hush"],
        &["--client_secret_stdin=hush-hush"],
        &["--json=hush-hush"],
        &["--auth", "hush-hush"],
        &["--timeout=hush-hush"],
        &["--danger-allow-http-to", "user:hush-hush@files.example.com"],
        &["--unknown=hush-hush"],
        &["hush-hush"],
        &["--clientSecret", "hush-hush"],
        &["--client-secret hush-hush"],
        &["--passwordhush-hush"],
        &["--pwd=hush-hush"],
        &["--refreshToken", "hush-hush"],
        &["--param", "clientSecret=hush-hush"],
        &["--param", "pwd=hush-hush"],
        &["--param=refreshtoken=hush-hush"],
        &["--param", "hush-hush"],
        &["--scope"],
        &["--hush-hush"],
        &["--client-secret-env", "--hush-hush"],
        &["-qhush-hush"],
        &["-q=hush-hush"],
        &["--no-cache=hush-hush"],
        &["--valid-for", "hush-hush"],
        &["--store", "hush-hush"],
        &["--store", "redis://:hush-hush@127.0.0.1"],
        &["--authorization-url", "https://auth.example.com/?pwd=hush-hush"],
        &["--token-url", "https://auth.example.com/token?clientSecret=hush-hush"],
        &["--token-url", "hush-hush"],
        &["--token-url", "https://:99999/?accessToken=hush-hush"],
        &["--param", "audience"],
    ] {
        let ended = world.run("token", arguments);
        assert_eq!(ended.code, 2, "{arguments:?}: {}", ended.stderr);
        assert!(!ended.stderr.contains("hush-hush"), "{}", ended.stderr);
    }
    let error = world.run("token", &["--client-secret", "hush-hush"]).failure(2);
    assert!(
        error.contains("--client-secret-env") && error.contains("--client-secret-stdin"),
        "{error}"
    );
    assert_eq!(world.auth.token_requests(), 0);
}

#[test]
fn a_secret_given_in_the_place_of_its_place_is_not_repeated() {
    let world = World::new();
    let url = world.auth.token_url();
    let client = ["token", "--token-url", &url, "--client-id", CLIENT];
    // Be it written with a variable name's characters.
    for secret in ["hush-hush", "hushHush7", "A1B2_C3D4", "JBSWY3DPEHPK3PXP"] {
        for (flag, told) in [
            ("--client-secret-env", "is not set"),
            ("--client-secret-file", "cannot read"),
        ] {
            let error = world.raw(&[&client[..], &[flag, secret]].concat(), "").failure(2);
            assert!(error.contains(flag) && error.contains(told), "{error}");
            assert!(!error.contains(secret), "{error}");
        }
        for flag in ["--store-keys-env", "--store-keys-file"] {
            let error = world
                .run("token", &[flag, secret, "--store", "redis://127.0.0.1"])
                .failure(2);
            assert!(error.contains(flag) && !error.contains(secret), "{error}");
        }
        for reference in [
            "client_secret_env",
            "client_secret_file",
            "store_env",
            "store = \"redis://127.0.0.1\"\nstore_keys_env",
            "store = \"redis://127.0.0.1\"\nstore_keys_file",
        ] {
            let profile = format!("[profiles.shop]\nclient_id = \"x\"\n{reference} = \"{secret}\"\n");
            let reference = reference.lines().last().unwrap();
            let config = world.file("config.toml", &profile);
            let profile = ["token", "--token-url", &url, "--config", &config, "--profile", "shop"];
            let error = world.raw(&profile, "").failure(2);
            assert!(error.contains(reference) && !error.contains(secret), "{error}");
        }
    }
    let file = |flag| [flag, "@hush-hush", "https://api.example.com/"];
    for flag in ["--data", "-d", "--header", "-H"] {
        let error = world.run("call", &file(flag)).failure(2);
        assert!(error.contains("@FILE") && !error.contains("hush-hush"), "{error}");
    }
}

#[test]
fn an_option_that_does_not_exist_is_not_repeated_and_a_similar_one_is_named() {
    let error = World::new().raw(&["token", "--clinet-id", "x"], "").failure(2);
    assert!(
        error.contains("no option") && error.contains("did you mean `--client-id`?") && !error.contains("clinet"),
        "{error}"
    );
}

#[test]
fn a_value_that_a_flag_does_not_take_is_named_by_its_flag_alone() {
    let world = World::new();
    for (arguments, said) in [
        (
            &["--auth", "magic"][..],
            "`--auth <METHOD>` does not take the value given",
        ),
        (&["--auth", "magic"], "it takes basic, raw, post, none"),
        (&["--timeout", "soon"], "give seconds, above 0 and at most 3600"),
        (
            &["--danger-allow-http-to", "sidecar"],
            "write it as `https://api.example.com`",
        ),
        (&["--json=yes"], "`--json` takes no value"),
        (&["--auth"], "`--auth <METHOD>` needs a value"),
    ] {
        let error = world.run("token", arguments).failure(2);
        assert!(error.contains(said), "{arguments:?}: {error}");
    }
    let error = world.raw(&["hush-hush"], "").failure(2);
    assert!(error.contains("no command") && !error.contains("hush-hush"), "{error}");
}

#[test]
fn secrets_in_the_headers_and_urls_of_a_call_are_refused_and_not_repeated() {
    let world = World::new();
    let url = world.api.url("/books");
    let key = format!("{url}?Subscription-Key=hush-hush");
    for arguments in [
        &["-H", "Ocp-Apim-Subscription-Key: hush-hush", &url][..],
        &["-H", "x-functions-key: hush-hush", &url],
        &["--allow-origin", "user:hush-hush@files.example.com", &url],
        &["--allow-origin", "https://user:hush-hush@files.example.com", &url],
        &["--allow-origin", "hush-hush", &url],
        &["--allow-origin", "https://files.example.com/hush-hush", &url],
        &["--danger-allow-http-to", "http://files.example.com/hush-hush", &url],
        &[&key],
        &[&format!("{url}?api_key=hush-hush")],
        &["--base-url", &url, "below?api_key=hush-hush"],
        &[&format!("{url}?a=b&access_token=hush-hush")],
        &[&format!("{url}?accessToken=hush-hush")],
        &[&format!("{url}?access%54oken=hush-hush")],
        &[&format!("{url}?refreshtoken=hush-hush")],
        &[&format!("{url}?user[pwd]=hush-hush")],
        &[&format!("{url}#access_token=hush-hush")],
        &["-H", "DPoP: hush-hush", &url],
        &["-H", " dpop : hush-hush", &url],
        &["-HX-Auth-Token: hush-hush", &url],
        &["--header=Cookie: hush-hush", &url],
        &["-H", "Proxy-Authorization: hush-hush", &url],
        &["-H", "apikey: hush-hush", &url],
        &["-H", "password=hush-hush", &url],
        &["-H", "X-Api-Key hush-hush", &url],
        &["-H", "X-Api-Key=hush-hush: x", &url],
        &["-d", r#"{"refreshToken":"hush-hush"}"#, &url],
        &["-d", r#"{"a":{"b":[{"refreshToken":"hush-hush"}]}}"#, &url],
        &["-d", r#"[{"pwd":"hush-hush"}]"#, &url],
        &["-d", r#"{"password":{"value":"hush-hush"}}"#, &url],
        &["-d", r#"{"clientSecret": "hush-hush""#, &url],
        &["--data", "accessToken=hush-hush", &url],
        &["--data=a=b&pwd=hush-hush", &url],
        &["-dapi_key=hush-hush", &url],
        &["-H", "X-Auth: hush-hush", &url],
        &["-d", r#"{"exchange_token":"hush-hush"}"#, &url],
        &["-d", r#"[{"name":"DB_PASSWORD","value":"hush-hush"}]"#, &url],
        &[&format!("{url}?filter={{\"password\":\"hush-hush\"}}")],
        &[&format!("{url}?token={{\"password\":\"hush-hush\"}}")],
        &["--param", "id_token_hint=hush-hush", &url],
    ] {
        let error = world.run("call", arguments).failure(2);
        assert!(!error.contains("hush-hush"), "{error}");
    }
    assert!(world.run("call", &[&key]).failure(2).contains("-H @FILE"));
    let error = world.run("call", &["-d", r#"{"pwd":"hush-hush"}"#, &url]).failure(2);
    assert!(error.contains("`pwd`") && error.contains("-d @FILE"), "{error}");
    assert_eq!(world.auth.token_requests(), 0);
}

#[test]
fn a_body_with_secrets_comes_from_a_file_or_from_standard_input() {
    let world = World::new();
    let body = r#"{"pwd":"hush-hush"}"#;
    let data = format!("@{}", world.file("data", body));
    let url = world.api.url("/echo");
    assert_eq!(world.run("call", &["-d", &data, &url]).success(), body);
}

#[test]
fn what_only_resembles_a_secret_is_sent() {
    let world = World::new();
    let url = world
        .api
        .url("/echo?page_token=x&token_type=bearer&max_tokens=3&author=y&show_password=1&secretId=db&ClientToken=x&gpio_pin=4&assess_id=7&compass_key=1&bypass_code=x&with_credentials=1&password_changed_since=2024");
    for (header, data) in [
        (
            "Idempotency-Key: 1",
            r#"{"max_tokens":100,"nextPageToken":"x","token_type":"bearer"}"#,
        ),
        (
            "X-Request-Id: 1",
            "page_token=x&monkey=1&author=me&secretary=you&key=k&code=c",
        ),
        ("AccessTokenMaxAge: soon", r#"{"SecretId":"prod/db","valid_tokens":5}"#),
        ("X-Keyboard: 1", "the password is in the safe"),
    ] {
        assert_eq!(world.run("call", &["-H", header, "-d", data, &url]).success(), data);
    }
    world
        .run(
            "token",
            &["--param", "token_type=x", "--param", "requested_token_type=y"],
        )
        .success();
}

#[test]
fn a_name_with_two_meanings_in_a_url_is_warned_of_only_where_the_value_looks_like_a_secret() {
    let world = World::new();
    for name in ["code", "key", "sig", "token"] {
        let url = world.api.url(&format!("/books?{name}=books-2026"));
        world.run("call", &[&url]).success();
        let url = world.api.url(&format!("/books?{name}=Hush0123456789abcdefHUSH"));
        let ended = world.run("call", &[&url]);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        assert!(
            ended.stderr.starts_with("warning: the URL has `") && ended.stderr.contains("-H @FILE"),
            "{}",
            ended.stderr
        );
        assert!(!ended.stderr.contains("Hush0"), "{}", ended.stderr);
    }
}

#[test]
fn usage_errors_are_exit_code_2() {
    let world = World::new();
    for arguments in [
        &[][..],
        &["nonsense"],
        &["token"],
        &["token", "--client-id", "x"],
        &["token", "--auth", "magic"],
        &["token", "--json", "--header"],
        &["token", "--client-secret-env", "A", "--client-secret-stdin"],
        &["token", "--timeout", "0"],
        &["call"],
    ] {
        assert_eq!(world.raw(arguments, "").code, 2, "{arguments:?}");
    }
    let url = world.auth.token_url();
    let error = world
        .raw(
            &[
                "token",
                "--token-url",
                &url,
                "--client-id",
                CLIENT,
                "--client-secret-env",
                "NOT_SET",
            ],
            "",
        )
        .failure(2);
    assert!(error.contains("`NOT_SET` (--client-secret-env) is not set"), "{error}");
}

#[test]
fn help_has_examples_and_the_exit_codes() {
    let world = World::new();
    for command in [
        &["--help"][..],
        &["token", "--help"],
        &["call", "--help"],
        &["demo", "--help"],
        &["store", "--help"],
        &["store", "status", "--help"],
        &["store", "clear", "--help"],
        &["store", "new-key", "--help"],
    ] {
        let help = world.raw(command, "").success();
        assert!(help.contains("Examples:") || help.contains("Example:"), "{help}");
    }
    for command in [&["token", "--help"][..], &["store", "status", "--help"]] {
        let help = world.raw(command, "").success();
        for code in [
            "0  success",
            "1  the API refused",
            "2  usage",
            "3  the authorization server refused",
            "4  ",
        ] {
            assert!(help.contains(code), "{code}: {help}");
        }
        assert!(help.lines().all(|line| line.chars().count() <= 100), "{help}");
    }
    assert!(world.raw(&["--version"], "").success().starts_with("evergrant "));
}

#[test]
fn completions_are_printed_for_each_shell() {
    let world = World::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = world.raw(&["completions", shell], "").success();
        for word in ["client-secret-file", "store-keys-file", "new-key"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
}

#[test]
fn without_a_terminal_or_with_no_color_there_are_no_colours() {
    let world = World::new();
    assert!(!world.run("token", &["-v"]).stderr.contains('\u{1b}'));
    assert!(!world.raw(&["--help"], "").stdout.contains('\u{1b}'));
}
