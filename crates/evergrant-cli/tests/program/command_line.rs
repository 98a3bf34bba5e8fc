//! Arguments that are rejected, secrets above all, and help.

use crate::support::{CLIENT, Fixture};

#[test]
fn a_secret_on_the_command_line_is_rejected_and_not_repeated() {
    let fixture = Fixture::new();
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
        let result = fixture.run("token", arguments);
        assert_eq!(result.code, 2, "{arguments:?}: {}", result.stderr);
        assert!(!result.stderr.contains("hush-hush"), "{}", result.stderr);
    }
    let error = fixture.run("token", &["--client-secret", "hush-hush"]).failure(2);
    assert!(
        error.contains("--client-secret-env") && error.contains("--client-secret-stdin"),
        "{error}"
    );
    assert_eq!(fixture.auth.token_requests(), 0);
}

#[test]
fn a_secret_in_place_of_its_source_is_not_repeated() {
    let fixture = Fixture::new();
    let url = fixture.auth.token_url();
    let client = ["token", "--token-url", &url, "--client-id", CLIENT];
    // Even if it has the characters of a variable name.
    for secret in ["hush-hush", "hushHush7", "A1B2_C3D4", "JBSWY3DPEHPK3PXP"] {
        for (flag, expected) in [
            ("--client-secret-env", "is not set"),
            ("--client-secret-file", "cannot read"),
        ] {
            let error = fixture.run_raw(&[&client[..], &[flag, secret]].concat(), "").failure(2);
            assert!(error.contains(flag) && error.contains(expected), "{error}");
            assert!(!error.contains(secret), "{error}");
        }
        for flag in ["--store-keys-env", "--store-keys-file"] {
            let error = fixture
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
            let config = fixture.file("config.toml", &profile);
            let profile = ["token", "--token-url", &url, "--config", &config, "--profile", "shop"];
            let error = fixture.run_raw(&profile, "").failure(2);
            assert!(error.contains(reference) && !error.contains(secret), "{error}");
        }
    }
    let file = |flag| [flag, "@hush-hush", "https://api.example.com/"];
    for flag in ["--data", "-d", "--header", "-H"] {
        let error = fixture.run("call", &file(flag)).failure(2);
        assert!(error.contains("@FILE") && !error.contains("hush-hush"), "{error}");
    }
}

#[test]
fn an_unknown_option_is_not_repeated_and_a_similar_one_is_named() {
    let error = Fixture::new().run_raw(&["token", "--clinet-id", "x"], "").failure(2);
    assert!(
        error.contains("unknown option") && error.contains("did you mean `--client-id`?") && !error.contains("clinet"),
        "{error}"
    );
}

#[test]
fn an_invalid_value_is_not_repeated_and_its_flag_is_named() {
    let fixture = Fixture::new();
    for (arguments, expected) in [
        (&["--auth", "magic"][..], "invalid value for `--auth <METHOD>`"),
        (&["--auth", "magic"], "use basic, raw, post, none"),
        (&["--timeout", "soon"], "use seconds above 0, at most 3600"),
        (
            &["--danger-allow-http-to", "sidecar"],
            "write it as `https://api.example.com`",
        ),
        (&["--json=yes"], "`--json` does not take a value"),
        (&["--auth"], "`--auth <METHOD>` needs a value"),
    ] {
        let error = fixture.run("token", arguments).failure(2);
        assert!(error.contains(expected), "{arguments:?}: {error}");
    }
    let error = fixture.run_raw(&["hush-hush"], "").failure(2);
    assert!(
        error.contains("unknown command") && !error.contains("hush-hush"),
        "{error}"
    );
}

#[test]
fn secrets_in_headers_urls_and_data_are_rejected_and_not_repeated() {
    let fixture = Fixture::new();
    let url = fixture.api.url("/books");
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
        let error = fixture.run("call", arguments).failure(2);
        assert!(!error.contains("hush-hush"), "{error}");
    }
    assert!(fixture.run("call", &[&key]).failure(2).contains("-H @FILE"));
    let error = fixture.run("call", &["-d", r#"{"pwd":"hush-hush"}"#, &url]).failure(2);
    assert!(error.contains("`pwd`") && error.contains("-d @FILE"), "{error}");
    assert_eq!(fixture.auth.token_requests(), 0);
}

#[test]
fn a_body_with_secrets_can_be_read_from_a_file() {
    let fixture = Fixture::new();
    let body = r#"{"pwd":"hush-hush"}"#;
    let data = format!("@{}", fixture.file("data", body));
    let url = fixture.api.url("/echo");
    assert_eq!(fixture.run("call", &["-d", &data, &url]).success(), body);
}

#[test]
fn values_that_only_resemble_secrets_are_sent() {
    let fixture = Fixture::new();
    let url = fixture
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
        assert_eq!(fixture.run("call", &["-H", header, "-d", data, &url]).success(), data);
    }
    fixture
        .run(
            "token",
            &["--param", "token_type=x", "--param", "requested_token_type=y"],
        )
        .success();
}

#[test]
fn an_ambiguous_name_in_a_url_causes_a_warning_if_the_value_looks_secret() {
    let fixture = Fixture::new();
    for name in ["code", "key", "sig", "token"] {
        let url = fixture.api.url(&format!("/books?{name}=books-2026"));
        fixture.run("call", &[&url]).success();
        let url = fixture.api.url(&format!("/books?{name}=Hush0123456789abcdefHUSH"));
        let result = fixture.run("call", &[&url]);
        assert_eq!(result.code, 0, "{}", result.stderr);
        assert!(
            result.stderr.starts_with("warning: the URL has `") && result.stderr.contains("-H @FILE"),
            "{}",
            result.stderr
        );
        assert!(!result.stderr.contains("Hush0"), "{}", result.stderr);
    }
}

#[test]
fn usage_errors_are_exit_code_2() {
    let fixture = Fixture::new();
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
        assert_eq!(fixture.run_raw(arguments, "").code, 2, "{arguments:?}");
    }
    let url = fixture.auth.token_url();
    let error = fixture
        .run_raw(
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
    let fixture = Fixture::new();
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
        let help = fixture.run_raw(command, "").success();
        assert!(help.contains("Examples:") || help.contains("Example:"), "{help}");
    }
    for command in [&["token", "--help"][..], &["store", "status", "--help"]] {
        let help = fixture.run_raw(command, "").success();
        for code in [
            "0  success",
            "1  the API returned",
            "2  usage error",
            "3  the authorization server rejected",
            "4  ",
        ] {
            assert!(help.contains(code), "{code}: {help}");
        }
        assert!(help.lines().all(|line| line.chars().count() <= 100), "{help}");
    }
    assert!(fixture.run_raw(&["--version"], "").success().starts_with("evergrant "));
}

#[test]
fn completions_are_printed_for_each_shell() {
    let fixture = Fixture::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = fixture.run_raw(&["completions", shell], "").success();
        for word in ["client-secret-file", "store-keys-file", "new-key"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
}

#[test]
fn without_a_terminal_or_with_no_color_there_are_no_colours() {
    let fixture = Fixture::new();
    assert!(!fixture.run("token", &["-v"]).stderr.contains('\u{1b}'));
    assert!(!fixture.run_raw(&["--help"], "").stdout.contains('\u{1b}'));
}
