//! Which store is meant, and what operators can do with one.

use std::fs;

use serde_json::Value;

use crate::support::{CLIENT, World, set_mode};

fn status(world: &World, arguments: &[&str]) -> Value {
    let arguments = [&["store", "status", "--json"], arguments].concat();
    serde_json::from_str(&world.raw(&arguments, "").success()).unwrap()
}

fn url(world: &World) -> String {
    format!("file:{}", world.folder.join("shared").display())
}

/// A profile of one client, and what more it says.
fn profile(world: &World, more: &str) -> String {
    profile_in("config.toml", world, more)
}

fn profile_in(file: &str, world: &World, more: &str) -> String {
    let url = world.auth.token_url();
    world.file(
        file,
        &format!(
            "[profiles.shop]\ntoken_url = \"{url}\"\nclient_id = \"{CLIENT}\"\nclient_secret_env = \"CLIENT_SECRET\"\n{more}\n"
        ),
    )
}

#[test]
fn an_empty_store_says_so_and_makes_no_folder() {
    let world = World::new();
    let text = world.raw(&["store", "status"], "").success();
    assert!(text.contains("is empty") && text.lines().count() == 1, "{text}");
    assert_eq!(status(&world, &[])["entries"], Value::Array(Vec::new()));
    assert!(
        world
            .raw(&["store", "clear"], "")
            .success()
            .starts_with("Nothing removed")
    );
    assert_eq!(fs::read_dir(&world.folder).unwrap().count(), 0);
}

#[test]
fn status_tells_everything_but_the_token() {
    let world = World::new();
    let url = url(&world);
    world
        .run("token", &["--store", &url, "--scope", "a", "--scope", "b"])
        .success();
    let json = status(&world, &[&url]);
    assert_eq!(json["store"], url);
    let entry = &json["entries"][0];
    assert_eq!(
        (&entry["client_id"], &entry["endpoint"]),
        (&CLIENT.into(), &world.auth.token_url().into())
    );
    assert_eq!(entry["scopes"], serde_json::json!(["a", "b"]));
    assert_eq!(entry["key"].as_str().unwrap().len(), 64);
    let token = &entry["token"];
    assert!(token["generation"].is_u64() && token["age"].is_u64(), "{entry}");
    assert!(token["valid_for"].as_u64().is_some_and(|left| left > 3000), "{entry}");
    assert_eq!(
        (&token["rejected"], &token["encrypted_with"]),
        (&false.into(), &Value::Null)
    );
    assert!(entry["lease"].is_null() && entry["failure"].is_null(), "{entry}");
    assert!(!json.to_string().contains("test-token-"), "{json}");

    let text = world.raw(&["store", "status", &url], "").success();
    let key = entry["key"].as_str().unwrap();
    for said in [
        CLIENT,
        &world.auth.token_url(),
        "a b",
        key,
        "valid for another",
        "not encrypted",
        ": 1 entry\n",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(!text.contains("test-token-"), "{text}");
}

#[test]
fn entries_that_cannot_be_read_are_named_with_the_reason_and_cleared() {
    let world = World::new();
    let url = url(&world);
    world.run("token", &["--store", &url]).success();
    world.run("token", &["--store", &url, "--scope", "a"]).success();
    let entries = status(&world, &[&url]);
    let [one, two] = [0, 1].map(|index| entries["entries"][index]["key"].as_str().unwrap().to_owned());
    let file = |key: &str| world.folder.join("shared").join(format!("{key}.json"));
    fs::write(file(&one), "hush-hush").unwrap();
    fs::copy(file(&two), file(&"0".repeat(64))).unwrap();

    let json = status(&world, &[&url]);
    let problem = |key: &str| {
        let entries = json["entries"].as_array().unwrap();
        let entry = entries.iter().find(|entry| entry["key"] == key).unwrap();
        entry["unreadable"].as_str().map(str::to_owned)
    };
    assert!(problem(&one).unwrap().contains("no record of this library"), "{json}");
    assert!(problem(&"0".repeat(64)).unwrap().contains("another key"), "{json}");
    assert_eq!(problem(&two), None);
    let text = world.raw(&["store", "status", &url], "").success();
    assert!(
        text.contains("an entry that cannot be read") && !text.contains("hush-hush"),
        "{text}"
    );

    let removed = world.raw(&["store", "clear", &url], "").success();
    assert!(
        removed.ends_with(&format!("3 entries removed from {url}.\n")),
        "{removed}"
    );
    assert_eq!(status(&world, &[&url])["entries"], Value::Array(Vec::new()));
}

#[test]
fn what_others_wrote_into_an_entry_says_nothing_in_our_name() {
    let world = World::new();
    let url = url(&world);
    world.run("token", &["--store", &url]).success();
    let key = status(&world, &[&url])["entries"][0]["key"]
        .as_str()
        .unwrap()
        .to_owned();
    let file = world.folder.join("shared").join(format!("{key}.json"));
    let mut record: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    for name in ["client_id", "endpoint", "scopes"] {
        record["client"][name] = "a\nforged\r\u{1b}[2J\u{202e}".into();
    }
    fs::write(&file, record.to_string()).unwrap();

    for command in ["status", "clear"] {
        let text = world.raw(&["store", command, &url], "").success();
        assert!(text.contains("a forged") && !text.contains("\nforged"), "{text:?}");
        assert!(!text.contains(['\r', '\u{1b}', '\u{202e}']), "{text:?}");
    }
}

#[test]
fn clear_removes_one_entry_or_all_and_says_which() {
    let world = World::new();
    let url = url(&world);
    let store = ["--store", url.as_str()];
    for scope in ["a", "b", "c"] {
        world
            .run("token", &[&store[..], &["--scope", scope]].concat())
            .success();
    }
    let entries = status(&world, &[&url]);
    let key = entries["entries"][0]["key"].as_str().unwrap();
    let removed = world.raw(&["store", "clear", &url, "--key", key], "").success();
    assert!(
        removed.starts_with(&format!("removed {key} ({CLIENT} at ")),
        "{removed}"
    );
    assert!(removed.contains("1 entry removed"), "{removed}");
    let again = world.raw(&["store", "clear", &url, "--key", key], "").success();
    assert!(
        again.contains("there is no entry") && again.contains("Nothing removed"),
        "{again}"
    );
    let removed = world.raw(&["store", "clear", &url], "").success();
    assert_eq!(
        removed.lines().filter(|line| line.starts_with("removed ")).count(),
        2,
        "{removed}"
    );
    assert!(!removed.contains(key), "{removed}");
    let told = world
        .raw(&["store", "clear", &url, "--key", "hush-hush"], "")
        .failure(2);
    assert!(
        told.contains("64 hexadecimal digits") && !told.contains("hush-hush"),
        "{told}"
    );
}

#[test]
fn a_new_key_is_printed_alone_and_works_in_a_ring() {
    let world = World::new();
    let dated = world.raw(&["store", "new-key"], "").success();
    let (name, key) = dated.trim_end().split_once(':').unwrap();
    assert_eq!((name.len(), key.len(), dated.lines().count()), (10, 44, 1), "{name}");
    let named = world.raw(&["store", "new-key", "blue"], "").success();
    assert!(named.starts_with("blue:"), "{named}");
    let keys = world.file("keys", &format!("{dated}{named}"));
    world.run("token", &["--cache", "--store-keys-file", &keys]).success();
    assert_eq!(status(&world, &[])["entries"][0]["token"]["encrypted_with"], name);
    let told = world.raw(&["store", "new-key", "hush hush"], "").failure(2);
    assert!(told.contains("up to 32 letters") && !told.contains("hush"), "{told}");
}

#[test]
fn flags_come_before_the_profile_and_the_profile_before_the_environment() {
    let world = World::new();
    let place = |name: &str| format!("file:{}", world.folder.join(name).display());
    let (flag, profiles, environment) = (place("flag"), place("profile"), place("environment"));
    let config = profile(&world, &format!("store = \"{profiles}\""));
    let plain = profile_in("plain.toml", &world, "");
    let run = |config: &str, more: &[&str]| {
        let arguments = [&["token", "--profile", "shop", "--config", config], more].concat();
        let mut command = world.command(&arguments);
        let ended = command.env("EVERGRANT_STORE", &environment).output().unwrap();
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    };
    let there = || ["flag", "profile", "environment"].map(|name| world.folder.join(name).exists());
    run(&plain, &["--no-cache"]);
    run(&config, &["--no-cache"]);
    assert_eq!(there(), [false, false, false]);
    run(&config, &["--store", &flag]);
    assert_eq!(there(), [true, false, false]);
    run(&config, &[]);
    assert_eq!(there(), [true, true, false]);
    run(&plain, &[]);
    assert_eq!(there(), [true, true, true]);
    let json = status(&world, &["--profile", "shop", "--config", &config]);
    assert_eq!(
        (&json["store"], json["entries"].as_array().map(Vec::len)),
        (&profiles.into(), Some(1))
    );
}

#[test]
fn a_profile_says_where_tokens_are_kept() {
    let world = World::new();
    let run = |config: &str| world.raw(&["token", "--profile", "shop", "--config", config], "");
    let first = run(&profile(&world, "cache = true")).success();
    assert_eq!(run(&profile(&world, "cache = true")).success(), first);
    let keys = world.raw(&["store", "new-key", "one"], "").success();
    world.file("keys", &keys);
    run(&profile(
        &world,
        "cache = true\nstore_keys_file = \"keys\"\nstore_namespace = \"x\"",
    ))
    .success();
    let entries = status(&world, &[]);
    let names: Vec<&Value> = (0..2)
        .map(|index| &entries["entries"][index]["token"]["encrypted_with"])
        .collect();
    assert!(
        names.contains(&&"one".into()) && names.contains(&&Value::Null),
        "{entries}"
    );

    for (more, said) in [
        (
            "cache = true\nstore = \"file:/tmp/x\"",
            "more than once where tokens are kept",
        ),
        ("store = \"file:tokens\"", "whole path"),
        ("store_env = \"NOT_SET\"", "`NOT_SET` (store_env in the profile"),
        (
            "store_env = \"redis://:hush-hush@a\"",
            "named by store_env in the profile",
        ),
        ("store = \"redis://127.0.0.1\"", "--store-keys-file"),
        (
            "store_keys_env = \"A\"\ndanger_plaintext_store = true",
            "more than once how",
        ),
        ("danger_plaintext_store = true", "does not say in which store"),
        ("cache = \"yes\"", "`cache` that is not true or false"),
    ] {
        let told = run(&profile(&world, more)).failure(2);
        assert!(told.contains(said), "{more}: {told}");
        assert!(!told.contains("hush-hush"), "{told}");
    }
}

#[test]
fn a_password_in_a_profile_is_for_its_owner_alone() {
    let world = World::new();
    let config = profile(
        &world,
        "store = \"redis://:hush-hush@127.0.0.1:1\"\ndanger_plaintext_store = true",
    );
    let arguments = ["token", "--profile", "shop", "--config", &config];
    let ended = world.raw(&arguments, "");
    assert!(
        ended.code == 0 && ended.stderr.contains("the token store failed"),
        "{}",
        ended.stderr
    );
    assert!(!ended.stderr.contains("hush-hush"), "{}", ended.stderr);
    set_mode(&config, 0o644);
    let told = world.raw(&arguments, "").failure(2);
    assert!(
        told.contains("chmod 600") && told.contains("store_env") && !told.contains("hush-hush"),
        "{told}"
    );
}

#[test]
fn secrets_of_a_store_are_refused_on_the_command_line_and_not_repeated() {
    let world = World::new();
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
        let told = world.run("token", arguments).failure(2);
        assert!(!told.contains("hush-hush"), "{arguments:?}: {told}");
    }
    for command in ["status", "clear"] {
        let told = world
            .raw(&["store", command, "redis://:hush-hush@127.0.0.1"], "")
            .failure(2);
        assert!(
            told.contains("EVERGRANT_STORE") && !told.contains("hush-hush"),
            "{told}"
        );
    }
    let environment = [("EVERGRANT_STORE", "redis://:hush-hush@127.0.0.1:1/0?prefix=shop")];
    let mut command = world.command(&["store", "status"]);
    let ended = crate::support::Ended::of(&command.envs(environment).output().unwrap());
    let told = ended.failure(4);
    assert!(
        told.starts_with("redis://127.0.0.1:1/0?prefix=shop: ") && !told.contains("hush-hush"),
        "{told}"
    );
}

#[test]
fn what_makes_no_sense_is_refused_with_the_remedy() {
    let world = World::new();
    for (arguments, said) in [
        (&["--store", "redis://127.0.0.1"][..], "--store-keys-file"),
        (
            &["--store", "redis://a.example.com", "--danger-plaintext-store"],
            "rediss://",
        ),
        (&["--store", "memory:"], "--cache"),
        (&["--store", "https://a.example.com"], "evergrant store --help"),
        (&["--store-keys-env", "KEYS"], "--store-keys-env is for a store"),
        (&["--danger-plaintext-store"], "give --cache, or --store"),
    ] {
        let told = world.run("token", arguments).failure(2);
        assert!(told.contains(said), "{arguments:?}: {told}");
    }
    for arguments in [
        &["--cache", "--no-cache"][..],
        &["--cache", "--store", "file:/tmp/x"],
        &["--no-cache", "--renew"],
        &["--cache", "--store-keys-env", "A", "--store-keys-file", "B"],
    ] {
        assert_eq!(world.run("token", arguments).code, 2, "{arguments:?}");
    }
}
