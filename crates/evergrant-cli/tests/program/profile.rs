//! Settings from a file, with secrets by reference.

use crate::support::{CLIENT, Fixture, SECRET, set_mode};

fn profile(fixture: &Fixture, extra: &str) -> String {
    let url = fixture.auth.token_url();
    fixture.file(
        "config.toml",
        &format!("[profiles.shop]\ntoken_url = \"{url}\"\nclient_id = \"{CLIENT}\"\n{extra}\n"),
    )
}

fn run(fixture: &Fixture, config: &str, extra: &[&str]) -> crate::support::RunResult {
    fixture.run_raw(
        &[&["token", "--config", config, "--profile", "shop"], extra].concat(),
        "",
    )
}

#[test]
fn flags_override_the_profile() {
    let fixture = Fixture::new();
    let config = profile(
        &fixture,
        "client_secret_env = \"CLIENT_SECRET\"\nscopes = [\"a\"]\nauth = \"post\"",
    );
    run(&fixture, &config, &[]).success();
    let request = fixture.auth.last_token_request();
    assert_eq!(request.form_value("scope").as_deref(), Some("a"));
    assert!(request.form_value("client_secret").is_some());
    run(&fixture, &config, &["--auth", "basic"]).success();
    assert!(fixture.auth.last_token_request().form_value("client_secret").is_none());
}

#[test]
fn the_default_file_is_in_the_configuration_folder() {
    let fixture = Fixture::new();
    std::fs::create_dir_all(fixture.folder.join(".config/evergrant")).unwrap();
    let secret = fixture.file("secret", SECRET);
    let config = profile(&fixture, &format!("client_secret_file = \"{secret}\""));
    std::fs::rename(config, fixture.folder.join(".config/evergrant/config.toml")).unwrap();
    fixture.run_raw(&["token", "--profile", "shop"], "").success();
}

#[test]
fn call_uses_the_base_url_of_the_profile() {
    let fixture = Fixture::new();
    let base = fixture.api.url("/v1/");
    let config = profile(
        &fixture,
        &format!("client_secret_env = \"CLIENT_SECRET\"\nbase_url = \"{base}\""),
    );
    fixture
        .run_raw(&["call", "--config", &config, "--profile", "shop", "books"], "")
        .success();
    assert_eq!(fixture.api.requests()[0].path, "/v1/books");
}

#[test]
fn a_secret_in_the_file_is_rejected_and_not_repeated() {
    let fixture = Fixture::new();
    let config = profile(&fixture, "client_secret = \"hush-hush\"");
    let error = run(&fixture, &config, &[]).failure(2);
    assert!(
        error.contains("client_secret_env") && !error.contains("hush-hush"),
        "{error}"
    );
}

#[test]
fn errors_in_a_file_are_named() {
    let fixture = Fixture::new();
    let config = profile(&fixture, "client_secret_env = \"CLIENT_SECRET\"\nscope = \"a\"");
    assert!(run(&fixture, &config, &[]).failure(2).contains("`scope`"));
    let config = profile(&fixture, "client_secret_env = ");
    assert!(run(&fixture, &config, &[]).failure(2).contains("line 4"));
    let config = profile(&fixture, "");
    let error = fixture
        .run_raw(&["token", "--config", &config, "--profile", "other"], "")
        .failure(2);
    assert!(error.contains("no profile `other`; it has `shop`"), "{error}");
    let error = fixture.run_raw(&["token", "--profile", "shop"], "").failure(2);
    assert!(error.contains("config.toml"), "{error}");
}

#[test]
fn a_literal_secret_needs_permission_and_a_private_file() {
    let fixture = Fixture::new();
    let escaped = SECRET.replace('"', "\\\"");
    let config = profile(
        &fixture,
        &format!("client_secret = \"{escaped}\"\ndanger_client_secret_in_file = true"),
    );
    run(&fixture, &config, &[]).success();
    set_mode(&config, 0o644);
    let error = run(&fixture, &config, &[]).failure(2);
    assert!(error.contains("600"), "{error}");
}

#[test]
fn the_environment_can_forbid_danger_settings() {
    let fixture = Fixture::new();
    let escaped = SECRET.replace('"', "\\\"");
    let danger = format!("client_secret = \"{escaped}\"\ndanger_client_secret_in_file = true");
    let config = profile(&fixture, &danger);
    set_mode(&config, 0o600);
    let http = ["--danger-allow-http-to", "http://sidecar.internal"];
    for (arguments, setting) in [
        (
            &["--config", &config, "--profile", "shop"][..],
            "danger_client_secret_in_file",
        ),
        (&http, "danger_allow_http_to"),
        (
            &["--store", "redis://127.0.0.1:1", "--danger-plaintext-store"],
            "danger_plaintext",
        ),
    ] {
        let error = fixture
            .run_with_env(&[("EVERGRANT_FORBID_DANGER", "1")], "token", arguments)
            .failure(2);
        let expected = format!("{setting} is not allowed: EVERGRANT_FORBID_DANGER is set");
        assert!(error.contains(&expected), "{error}");
    }
    assert_eq!(fixture.auth.token_requests(), 0);
    fixture
        .run_with_env(&[("EVERGRANT_FORBID_DANGER", "0")], "token", &http)
        .success();
}

#[test]
fn a_missing_setting_is_named_with_profile_and_file() {
    let fixture = Fixture::new();
    let config = fixture.file("config.toml", "[profiles.shop]\nclient_id = \"x\"\n");
    let error = run(&fixture, &config, &[]).failure(2);
    let named = format!("`token_url` in the profile `shop` of {config}");
    assert!(error.contains(&named) && error.contains("--token-url"), "{error}");
    let absent = fixture.folder.join("absent.toml").display().to_string();
    let error = run(&fixture, &absent, &[]).failure(2);
    assert!(
        error.contains("the profile `shop`") && error.contains(&absent) && error.contains("--config"),
        "{error}"
    );
    for status in ["[200]", "[99]", "[403, 600]", "\"403\"", "[403.5]", "true", "[-403]"] {
        let config = profile(
            &fixture,
            &format!("client_secret_env = \"CLIENT_SECRET\"\nrenew_on = {status}"),
        );
        let error = run(&fixture, &config, &[]).failure(2);
        assert!(
            error.contains("the profile `shop` has an invalid `renew_on`") && error.contains("[403, 419]"),
            "{error}"
        );
    }
}
