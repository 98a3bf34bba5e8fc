//! Settings from a file, with secrets by reference.

use crate::support::{CLIENT, SECRET, World, set_mode};

fn profile(world: &World, more: &str) -> String {
    let url = world.auth.token_url();
    world.file(
        "config.toml",
        &format!("[profiles.shop]\ntoken_url = \"{url}\"\nclient_id = \"{CLIENT}\"\n{more}\n"),
    )
}

fn run(world: &World, config: &str, more: &[&str]) -> crate::support::Ended {
    world.raw(
        &[&["token", "--config", config, "--profile", "shop"], more].concat(),
        "",
    )
}

#[test]
fn a_profile_gives_the_settings_and_flags_override_them() {
    let world = World::new();
    let config = profile(
        &world,
        "client_secret_env = \"CLIENT_SECRET\"\nscopes = [\"a\"]\nauth = \"post\"",
    );
    run(&world, &config, &[]).success();
    let request = world.auth.last_token_request();
    assert_eq!(request.form_value("scope").as_deref(), Some("a"));
    assert!(request.form_value("client_secret").is_some());
    run(&world, &config, &["--auth", "basic"]).success();
    assert!(world.auth.last_token_request().form_value("client_secret").is_none());
}

#[test]
fn the_usual_place_is_below_the_configuration_folder() {
    let world = World::new();
    std::fs::create_dir_all(world.folder.join(".config/evergrant")).unwrap();
    let secret = world.file("secret", SECRET);
    let config = profile(&world, &format!("client_secret_file = \"{secret}\""));
    std::fs::rename(config, world.folder.join(".config/evergrant/config.toml")).unwrap();
    world.raw(&["token", "--profile", "shop"], "").success();
}

#[test]
fn call_takes_its_base_url_from_the_profile() {
    let world = World::new();
    let base = world.api.url("/v1/");
    let config = profile(
        &world,
        &format!("client_secret_env = \"CLIENT_SECRET\"\nbase_url = \"{base}\""),
    );
    world
        .raw(&["call", "--config", &config, "--profile", "shop", "books"], "")
        .success();
    assert_eq!(world.api.requests()[0].path, "/v1/books");
}

#[test]
fn a_secret_inside_the_file_is_refused_with_the_remedy_and_not_repeated() {
    let world = World::new();
    let config = profile(&world, "client_secret = \"hush-hush\"");
    let error = run(&world, &config, &[]).failure(2);
    assert!(
        error.contains("client_secret_env") && !error.contains("hush-hush"),
        "{error}"
    );
}

#[test]
fn what_is_wrong_with_a_file_is_named() {
    let world = World::new();
    let config = profile(&world, "client_secret_env = \"CLIENT_SECRET\"\nscope = \"a\"");
    assert!(run(&world, &config, &[]).failure(2).contains("`scope`"));
    let config = profile(&world, "client_secret_env = ");
    assert!(run(&world, &config, &[]).failure(2).contains("line 4"));
    let config = profile(&world, "");
    let error = world
        .raw(&["token", "--config", &config, "--profile", "other"], "")
        .failure(2);
    assert!(error.contains("no profile `other`; it has `shop`"), "{error}");
    let error = world.raw(&["token", "--profile", "shop"], "").failure(2);
    assert!(error.contains("config.toml"), "{error}");
}

#[test]
fn a_literal_secret_needs_the_explicit_word_and_a_file_for_its_owner_alone() {
    let world = World::new();
    let escaped = SECRET.replace('"', "\\\"");
    let config = profile(
        &world,
        &format!("client_secret = \"{escaped}\"\ndanger_client_secret_in_file = true"),
    );
    run(&world, &config, &[]).success();
    set_mode(&config, 0o644);
    let error = run(&world, &config, &[]).failure(2);
    assert!(error.contains("600"), "{error}");
}

#[test]
fn every_danger_can_be_forbidden_by_the_environment() {
    let world = World::new();
    let escaped = SECRET.replace('"', "\\\"");
    let danger = format!("client_secret = \"{escaped}\"\ndanger_client_secret_in_file = true");
    let config = profile(&world, &danger);
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
        let told = world
            .run_in(&[("EVERGRANT_FORBID_DANGER", "1")], "token", arguments)
            .failure(2);
        let expected = format!("{setting} is not allowed: EVERGRANT_FORBID_DANGER is set");
        assert!(told.contains(&expected), "{told}");
    }
    assert_eq!(world.auth.token_requests(), 0);
    world
        .run_in(&[("EVERGRANT_FORBID_DANGER", "0")], "token", &http)
        .success();
}

#[test]
fn what_is_missing_from_a_profile_is_named_with_profile_and_file() {
    let world = World::new();
    let config = world.file("config.toml", "[profiles.shop]\nclient_id = \"x\"\n");
    let error = run(&world, &config, &[]).failure(2);
    let named = format!("`token_url` in the profile `shop` of {config}");
    assert!(error.contains(&named) && error.contains("--token-url"), "{error}");
    let absent = world.folder.join("absent.toml").display().to_string();
    let error = run(&world, &absent, &[]).failure(2);
    assert!(
        error.contains("the profile `shop`") && error.contains(&absent) && error.contains("--config"),
        "{error}"
    );
    for status in ["[200]", "[99]", "[403, 600]", "\"403\"", "[403.5]", "true", "[-403]"] {
        let config = profile(
            &world,
            &format!("client_secret_env = \"CLIENT_SECRET\"\nrenew_on = {status}"),
        );
        let error = run(&world, &config, &[]).failure(2);
        assert!(
            error.contains("the profile `shop` has a `renew_on`") && error.contains("[403, 419]"),
            "{error}"
        );
    }
}
