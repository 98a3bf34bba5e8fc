//! Selection of the store, and the commands of `evergrant store`.

use std::fs;

use serde_json::Value;

use crate::support::{CLIENT, Fixture, set_mode};

fn status(fixture: &Fixture, arguments: &[&str]) -> Value {
    let arguments = [&["store", "status", "--json"], arguments].concat();
    serde_json::from_str(&fixture.run_raw(&arguments, "").success()).unwrap()
}

fn url(fixture: &Fixture) -> String {
    format!("file:{}", fixture.folder.join("shared").display())
}

/// A profile of one client with extra lines.
fn profile(fixture: &Fixture, extra: &str) -> String {
    profile_in("config.toml", fixture, extra)
}

fn profile_in(file: &str, fixture: &Fixture, extra: &str) -> String {
    let url = fixture.auth.token_url();
    fixture.file(
        file,
        &format!(
            "[profiles.shop]\ntoken_url = \"{url}\"\nclient_id = \"{CLIENT}\"\nclient_secret_env = \"CLIENT_SECRET\"\n{extra}\n"
        ),
    )
}

#[test]
fn an_empty_store_is_reported_and_creates_no_folder() {
    let fixture = Fixture::new();
    let text = fixture.run_raw(&["store", "status"], "").success();
    assert!(text.contains("is empty") && text.lines().count() == 1, "{text}");
    assert_eq!(status(&fixture, &[])["records"], Value::Array(Vec::new()));
    assert!(
        fixture
            .run_raw(&["store", "clear"], "")
            .success()
            .starts_with("Nothing removed")
    );
    assert_eq!(fs::read_dir(&fixture.folder).unwrap().count(), 0);
}

#[test]
fn status_shows_everything_except_the_token() {
    let fixture = Fixture::new();
    let url = url(&fixture);
    fixture
        .run("token", &["--store", &url, "--scope", "a", "--scope", "b"])
        .success();
    let json = status(&fixture, &[&url]);
    assert_eq!(json["store"], url);
    let record = &json["records"][0];
    assert_eq!(
        (&record["client_id"], &record["endpoint"]),
        (&CLIENT.into(), &fixture.auth.token_url().into())
    );
    assert_eq!(record["scopes"], serde_json::json!(["a", "b"]));
    assert_eq!(record["key"].as_str().unwrap().len(), 64);
    let token = &record["token"];
    assert!(token["generation"].is_u64() && token["age"].is_u64(), "{record}");
    assert!(token["valid_for"].as_u64().is_some_and(|left| left > 3000), "{record}");
    assert_eq!(
        (&token["rejected"], &token["encrypted_with"]),
        (&false.into(), &Value::Null)
    );
    assert!(record["lease"].is_null() && record["failure"].is_null(), "{record}");
    assert!(!json.to_string().contains("test-token-"), "{json}");

    let text = fixture.run_raw(&["store", "status", &url], "").success();
    let key = record["key"].as_str().unwrap();
    for expected in [
        CLIENT,
        &fixture.auth.token_url(),
        "a b",
        key,
        "valid for another",
        "not encrypted",
        ": 1 record\n",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    assert!(!text.contains("test-token-"), "{text}");
}

#[test]
fn unreadable_records_are_shown_with_the_reason_and_cleared() {
    let fixture = Fixture::new();
    let url = url(&fixture);
    fixture.run("token", &["--store", &url]).success();
    fixture.run("token", &["--store", &url, "--scope", "a"]).success();
    let records = status(&fixture, &[&url]);
    let [one, two] = [0, 1].map(|index| records["records"][index]["key"].as_str().unwrap().to_owned());
    let file = |key: &str| fixture.folder.join("shared").join(format!("{key}.json"));
    fs::write(file(&one), "hush-hush").unwrap();
    fs::copy(file(&two), file(&"0".repeat(64))).unwrap();

    let json = status(&fixture, &[&url]);
    let problem = |key: &str| {
        let records = json["records"].as_array().unwrap();
        let record = records.iter().find(|record| record["key"] == key).unwrap();
        record["unreadable"].as_str().map(str::to_owned)
    };
    assert!(
        problem(&one).unwrap().contains("not a record of this library"),
        "{json}"
    );
    assert!(problem(&"0".repeat(64)).unwrap().contains("another key"), "{json}");
    assert_eq!(problem(&two), None);
    let text = fixture.run_raw(&["store", "status", &url], "").success();
    assert!(
        text.contains("unreadable record") && !text.contains("hush-hush"),
        "{text}"
    );

    let removed = fixture.run_raw(&["store", "clear", &url], "").success();
    assert!(
        removed.ends_with(&format!("3 records removed from {url}.\n")),
        "{removed}"
    );
    assert_eq!(status(&fixture, &[&url])["records"], Value::Array(Vec::new()));
}

#[test]
fn foreign_text_in_a_record_cannot_forge_output() {
    let fixture = Fixture::new();
    let url = url(&fixture);
    fixture.run("token", &["--store", &url]).success();
    let key = status(&fixture, &[&url])["records"][0]["key"]
        .as_str()
        .unwrap()
        .to_owned();
    let file = fixture.folder.join("shared").join(format!("{key}.json"));
    let mut record: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    for name in ["client_id", "endpoint", "scopes"] {
        record["client"][name] = "a\nforged\r\u{1b}[2J\u{202e}".into();
    }
    fs::write(&file, record.to_string()).unwrap();

    for command in ["status", "clear"] {
        let text = fixture.run_raw(&["store", command, &url], "").success();
        assert!(text.contains("a forged") && !text.contains("\nforged"), "{text:?}");
        assert!(!text.contains(['\r', '\u{1b}', '\u{202e}']), "{text:?}");
    }
}

#[test]
fn clear_removes_one_record_or_all_and_lists_them() {
    let fixture = Fixture::new();
    let url = url(&fixture);
    let store = ["--store", url.as_str()];
    for scope in ["a", "b", "c"] {
        fixture
            .run("token", &[&store[..], &["--scope", scope]].concat())
            .success();
    }
    let records = status(&fixture, &[&url]);
    let key = records["records"][0]["key"].as_str().unwrap();
    let removed = fixture.run_raw(&["store", "clear", &url, "--key", key], "").success();
    assert!(
        removed.starts_with(&format!("removed {key} ({CLIENT} at ")),
        "{removed}"
    );
    assert!(removed.contains("1 record removed"), "{removed}");
    let again = fixture.run_raw(&["store", "clear", &url, "--key", key], "").success();
    assert!(
        again.contains("there is no record") && again.contains("Nothing removed"),
        "{again}"
    );
    let removed = fixture.run_raw(&["store", "clear", &url], "").success();
    assert_eq!(
        removed.lines().filter(|line| line.starts_with("removed ")).count(),
        2,
        "{removed}"
    );
    assert!(!removed.contains(key), "{removed}");
    let error = fixture
        .run_raw(&["store", "clear", &url, "--key", "hush-hush"], "")
        .failure(2);
    assert!(
        error.contains("64 hexadecimal digits") && !error.contains("hush-hush"),
        "{error}"
    );
}

#[test]
fn a_new_key_is_printed_and_works_in_a_key_ring() {
    let fixture = Fixture::new();
    let dated = fixture.run_raw(&["store", "new-key"], "").success();
    let (name, key) = dated.trim_end().split_once(':').unwrap();
    assert_eq!((name.len(), key.len(), dated.lines().count()), (10, 44, 1), "{name}");
    let named = fixture.run_raw(&["store", "new-key", "blue"], "").success();
    assert!(named.starts_with("blue:"), "{named}");
    let keys = fixture.file("keys", &format!("{dated}{named}"));
    fixture.run("token", &["--cache", "--store-keys-file", &keys]).success();
    assert_eq!(status(&fixture, &[])["records"][0]["token"]["encrypted_with"], name);
    let error = fixture.run_raw(&["store", "new-key", "hush hush"], "").failure(2);
    assert!(error.contains("up to 32 letters") && !error.contains("hush"), "{error}");
}

#[test]
fn flags_override_the_profile_and_the_profile_the_environment() {
    let fixture = Fixture::new();
    let location = |name: &str| format!("file:{}", fixture.folder.join(name).display());
    let (flag, profiles, environment) = (location("flag"), location("profile"), location("environment"));
    let config = profile(&fixture, &format!("store = \"{profiles}\""));
    let plain = profile_in("plain.toml", &fixture, "");
    let run = |config: &str, extra: &[&str]| {
        let arguments = [&["token", "--profile", "shop", "--config", config], extra].concat();
        let mut command = fixture.command(&arguments);
        let result = command.env("EVERGRANT_STORE", &environment).output().unwrap();
        assert!(result.status.success(), "{}", String::from_utf8_lossy(&result.stderr));
    };
    let existing = || ["flag", "profile", "environment"].map(|name| fixture.folder.join(name).exists());
    run(&plain, &["--no-cache"]);
    run(&config, &["--no-cache"]);
    assert_eq!(existing(), [false, false, false]);
    run(&config, &["--store", &flag]);
    assert_eq!(existing(), [true, false, false]);
    run(&config, &[]);
    assert_eq!(existing(), [true, true, false]);
    run(&plain, &[]);
    assert_eq!(existing(), [true, true, true]);
    let json = status(&fixture, &["--profile", "shop", "--config", &config]);
    assert_eq!(
        (&json["store"], json["records"].as_array().map(Vec::len)),
        (&profiles.into(), Some(1))
    );
}

#[test]
fn a_profile_sets_the_store() {
    let fixture = Fixture::new();
    let run = |config: &str| fixture.run_raw(&["token", "--profile", "shop", "--config", config], "");
    let first = run(&profile(&fixture, "cache = true")).success();
    assert_eq!(run(&profile(&fixture, "cache = true")).success(), first);
    let keys = fixture.run_raw(&["store", "new-key", "one"], "").success();
    fixture.file("keys", &keys);
    run(&profile(
        &fixture,
        "cache = true\nstore_keys_file = \"keys\"\nstore_namespace = \"x\"",
    ))
    .success();
    let records = status(&fixture, &[]);
    let names: Vec<&Value> = (0..2)
        .map(|index| &records["records"][index]["token"]["encrypted_with"])
        .collect();
    assert!(
        names.contains(&&"one".into()) && names.contains(&&Value::Null),
        "{records}"
    );

    for (extra, expected) in [
        (
            "cache = true\nstore = \"file:/tmp/x\"",
            "sets the token store more than once",
        ),
        ("store = \"file:tokens\"", "absolute path"),
        ("store_env = \"NOT_SET\"", "`NOT_SET` (store_env in the profile"),
        (
            "store_env = \"redis://:hush-hush@a\"",
            "named by store_env in the profile",
        ),
        ("store = \"redis://127.0.0.1\"", "--store-keys-file"),
        (
            "store_keys_env = \"A\"\ndanger_plaintext_store = true",
            "sets the encryption of stored tokens more than once",
        ),
        ("danger_plaintext_store = true", "sets no store"),
        ("cache = \"yes\"", "`cache`: it must be true or false"),
    ] {
        let error = run(&profile(&fixture, extra)).failure(2);
        assert!(error.contains(expected), "{extra}: {error}");
        assert!(!error.contains("hush-hush"), "{error}");
    }
}

#[test]
fn a_password_in_a_profile_needs_a_private_file() {
    let fixture = Fixture::new();
    let config = profile(
        &fixture,
        "store = \"redis://:hush-hush@127.0.0.1:1\"\ndanger_plaintext_store = true",
    );
    let arguments = ["token", "--profile", "shop", "--config", &config];
    let result = fixture.run_raw(&arguments, "");
    assert!(
        result.code == 0 && result.stderr.contains("the token store failed"),
        "{}",
        result.stderr
    );
    assert!(!result.stderr.contains("hush-hush"), "{}", result.stderr);
    set_mode(&config, 0o644);
    let error = fixture.run_raw(&arguments, "").failure(2);
    assert!(
        error.contains("chmod 600") && error.contains("store_env") && !error.contains("hush-hush"),
        "{error}"
    );
}

#[test]
fn store_secrets_on_the_command_line_are_rejected_and_not_repeated() {
    let fixture = Fixture::new();
    for arguments in [
        &["--store", "redis://:hush-hush@127.0.0.1"][..],
        &["--store=postgres://shop:hush-hush@127.0.0.1/shop"],
        &["--store", "postgres://127.0.0.1/shop?password=hush-hush"],
        &["--store", "hush-hush"],
        &["--store-keys", "hush:hush-hush"],
        &["--store-keys=hush:hush-hush"],
        &["--cache", "--store-keys-env", "hush:hush-hush"],
        &["--cache", "--store-keys-file", "hush:hush-hush"],
        &["--cache=hush-hush"],
    ] {
        let error = fixture.run("token", arguments).failure(2);
        assert!(!error.contains("hush-hush"), "{arguments:?}: {error}");
    }
    for command in ["status", "clear"] {
        let error = fixture
            .run_raw(&["store", command, "redis://:hush-hush@127.0.0.1"], "")
            .failure(2);
        assert!(
            error.contains("EVERGRANT_STORE") && !error.contains("hush-hush"),
            "{error}"
        );
    }
    let environment = [("EVERGRANT_STORE", "redis://:hush-hush@127.0.0.1:1/0?prefix=shop")];
    let mut command = fixture.command(&["store", "status"]);
    let result = crate::support::RunResult::from_output(&command.envs(environment).output().unwrap());
    let error = result.failure(4);
    assert!(
        error.starts_with("redis://127.0.0.1:1/0?prefix=shop: ") && !error.contains("hush-hush"),
        "{error}"
    );
}

#[test]
fn invalid_combinations_are_rejected_with_the_remedy() {
    let fixture = Fixture::new();
    for (arguments, expected) in [
        (&["--store", "redis://127.0.0.1"][..], "--store-keys-file"),
        (
            &["--store", "redis://a.example.com", "--danger-plaintext-store"],
            "rediss://",
        ),
        (&["--store", "memory:"], "--cache"),
        (&["--store", "https://a.example.com"], "evergrant store --help"),
        (&["--store-keys-env", "KEYS"], "--store-keys-env needs a store"),
        (&["--danger-plaintext-store"], "pass --cache, or --store"),
    ] {
        let error = fixture.run("token", arguments).failure(2);
        assert!(error.contains(expected), "{arguments:?}: {error}");
    }
    for arguments in [
        &["--cache", "--no-cache"][..],
        &["--cache", "--store", "file:/tmp/x"],
        &["--no-cache", "--renew"],
        &["--cache", "--store-keys-env", "A", "--store-keys-file", "B"],
    ] {
        assert_eq!(fixture.run("token", arguments).code, 2, "{arguments:?}");
    }
}
