//! `--cache`: a token that outlives its program, in a folder of the user's own.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Output, Stdio};
use std::thread;
use std::time::Duration;

use evergrant_testing::Answer;
use serde_json::Value;

use crate::support::{CLIENT, Ended, World, set_mode};
use crate::user::{self, AsUser as _};

const CACHE: &[&str] = &["--cache"];

/// A program that got its token, and something to say about the store: what it got, and what it said.
#[track_caller]
pub(crate) fn warned(ended: Ended, about: &str) -> (String, String) {
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stderr.contains(about), "{}", ended.stderr);
    assert!(!ended.stderr.contains("test-token-"), "{}", ended.stderr);
    (ended.stdout, ended.stderr)
}

fn folder(world: &World) -> PathBuf {
    world.folder.join(".local/state/evergrant/tokens")
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.extension() == Some(extension.as_ref()))
        .collect()
}

/// The one token that is kept.
fn stored(world: &World) -> PathBuf {
    let mut files = files(&folder(world), "json");
    assert_eq!(files.len(), 1, "{files:?}");
    files.remove(0)
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
}

/// What `store status` says of the cache.
fn status(world: &World) -> Value {
    serde_json::from_str(&world.raw(&["store", "status", "--json"], "").success()).unwrap()
}

#[test]
fn a_token_is_fetched_once_and_printed_as_often_as_it_is_asked_for() {
    let world = World::new();
    let first = world.run("token", CACHE).success();
    assert!(first.starts_with("test-token-1-"), "{first}");
    assert_eq!(world.run("token", CACHE).success(), first);
    let header = world.run("token", &["--cache", "--header"]).success();
    assert_eq!(header, format!("Authorization: Bearer {first}"));
    let json: Value = serde_json::from_str(&world.run("token", &["--cache", "--json"]).success()).unwrap();
    assert_eq!(json["access_token"], first.trim());
    assert!(json["expiry"].is_u64());
    world.run("call", &["--cache", &world.api.url("/whoami")]).success();
    assert_eq!(world.auth.token_requests(), 1);
}

#[test]
fn nothing_is_kept_and_nothing_written_unless_it_is_asked_for() {
    let world = World::new();
    world.run("token", &[]).success();
    world.run("call", &[&world.api.url("/whoami")]).success();
    assert_eq!(world.auth.token_requests(), 2);
    assert_eq!(fs::read_dir(&world.folder).unwrap().count(), 0);
}

#[test]
fn what_is_kept_is_for_its_owner_alone() {
    let world = World::new();
    world.run("token", CACHE).success();
    for part in ["tokens", "."] {
        assert_eq!(mode(&folder(&world).with_file_name(part)), 0o700);
    }
    for file in fs::read_dir(folder(&world)).unwrap() {
        assert_eq!(mode(&file.unwrap().path()), 0o600);
    }
    let text = fs::read_to_string(stored(&world)).unwrap();
    assert!(
        text.contains("test-token-1-") && !text.contains(crate::support::SECRET),
        "{text}"
    );
}

#[test]
fn a_hundred_programs_at_once_make_one_request() {
    let world = World::new();
    world.auth.latency(Duration::from_millis(300));
    let start = || {
        world
            .command(&world_arguments(&world))
            .stdin(Stdio::null())
            .spawn()
            .unwrap()
    };
    let programs: Vec<Child> = (0..100).map(|_| start()).collect();
    let tokens: Vec<String> = programs.into_iter().map(|program| end(program).success()).collect();
    assert!(tokens[0].starts_with("test-token-1-"), "{}", tokens[0]);
    assert!(tokens.iter().all(|token| *token == tokens[0]), "{tokens:?}");
    assert_eq!(world.auth.token_requests(), 1);
}

fn world_arguments(world: &World) -> [&str; 7] {
    // Leaked, as tests are few and end soon.
    let url: &'static str = world.auth.token_url().leak();
    [
        "token",
        "--cache",
        "--token-url",
        url,
        "--client-id",
        CLIENT,
        "--client-secret-env=CLIENT_SECRET",
    ]
}

fn end(program: Child) -> Ended {
    let output: Output = program.wait_with_output().unwrap();
    Ended::of(&output)
}

#[test]
fn a_program_that_is_killed_while_it_fetches_holds_the_next_one_up_for_its_lease_alone() {
    let world = World::new();
    let hold = world.auth.hold();
    let mut killed = world
        .command(&world_arguments(&world))
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    while world.auth.token_requests() == 0 {
        thread::sleep(Duration::from_millis(10));
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    let entry = &status(&world)["entries"][0];
    let left = entry["lease"]["left"].as_f64().unwrap();
    assert!(left > 0.0 && left <= 3.0, "{entry}");
    assert!(entry["token"].is_null(), "{entry}");
    hold.release();
    world.run("token", CACHE).success();
    assert_eq!(world.auth.token_requests(), 2);
    assert!(status(&world)["entries"][0]["lease"].is_null());
}

#[test]
fn an_expired_token_is_replaced() {
    let world = World::new();
    world.auth.lifetime(Duration::from_secs(1));
    let first = world.run("token", CACHE).success();
    thread::sleep(Duration::from_millis(1100));
    assert_ne!(world.run("token", CACHE).success(), first);
    assert_eq!(world.auth.token_requests(), 2);
}

#[test]
fn a_token_that_an_api_refuses_is_replaced_once_for_all_and_the_call_is_repeated() {
    let world = World::new();
    let url = world.api.url("/whoami");
    world.run("token", CACHE).success();
    world.auth.revoke_all();
    let ended = world.run("call", &["--cache", &url]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!((world.auth.token_requests(), world.api.requests().len()), (2, 2));
    world.run("call", &["--cache", &url]).success();
    let token = world.run("token", CACHE).success();
    assert!(token.starts_with("test-token-2-"), "{token}");
    assert_eq!(world.auth.token_requests(), 2);
}

#[test]
fn an_api_that_refuses_fresh_tokens_too_does_not_cost_one_for_each_call() {
    let world = World::new();
    world.api.refuse_next(100);
    for _ in 0..3 {
        let ended = world.run("call", &["--cache", &world.api.url("/whoami")]);
        assert_eq!(ended.code, 1, "{}", ended.stderr);
    }
    assert_eq!(world.auth.token_requests(), 2);
    // One request and its repetition, and then, in the pause, no repetition with the token that was refused.
    assert_eq!(world.api.requests().len(), 4);
    let token = world.run("token", CACHE).success();
    let renewed = world.run("token", &["--cache", "--renew"]).success();
    assert_ne!(renewed, token, "whoever insists has another one in the pause too");
    assert_eq!(world.auth.token_requests(), 3);
}

#[test]
fn renew_replaces_a_token_that_is_kept_and_fetches_no_second_one_where_there_was_none() {
    let world = World::new();
    let renew = ["--cache", "--renew"];
    let first = world.run("token", &renew).success();
    assert_eq!(
        (first.starts_with("test-token-1-"), world.auth.token_requests()),
        (true, 1)
    );
    let second = world.run("token", &renew).success();
    assert!(second.starts_with("test-token-2-"), "{second}");
    // However new it is, and however many are replaced.
    for number in 3..10 {
        let another = world.run("token", &renew).success();
        assert!(another.starts_with(&format!("test-token-{number}-")), "{another}");
        assert_eq!(world.run("token", CACHE).success(), another);
    }
}

#[test]
fn a_token_that_must_last_longer_than_the_kept_one_replaces_it() {
    let world = World::new();
    world.auth.lifetime(Duration::from_secs(100));
    let first = world.run("token", CACHE).success();
    let for_a_minute = ["--cache", "--valid-for", "60"];
    assert_eq!(world.run("token", &for_a_minute).success(), first);
    world.auth.lifetime(Duration::from_secs(3600));
    let told = world.run("token", &["--cache", "--valid-for", "1800"]).failure(2);
    assert!(told.contains("1800"), "{told}");
    assert_eq!(
        world.auth.token_requests(),
        1,
        "another token like this one would not do either"
    );

    let short = World::new();
    short.auth.lifetime(Duration::from_secs(5));
    short.run("token", CACHE).success();
    thread::sleep(Duration::from_secs(2));
    let for_a_while = ["--cache", "--valid-for", "3"];
    let second = short.run("token", &for_a_while).success();
    assert!(second.starts_with("test-token-2-"), "{second}");
    assert_eq!(short.run("token", CACHE).success(), second);
    short.run("token", &["--valid-for", "3"]).success();
    assert_eq!(short.auth.token_requests(), 3);
    let told = short.run("token", &["--valid-for", "none-of-it"]).failure(2);
    assert!(told.contains("give whole seconds"), "{told}");
}

#[test]
fn other_settings_are_another_token_and_the_order_of_scopes_is_none() {
    let world = World::new();
    let token = |more: &[&str]| world.run("token", &[CACHE, more].concat()).success();
    let plain = token(&[]);
    let both = token(&["--scope", "a", "--scope", "b"]);
    assert_eq!(token(&["--scope", "b", "--scope", "a"]), both);
    let others = [
        &["--audience", "x"][..],
        &["--auth", "post"],
        &["--param", "tenant=x"],
        &["--store-namespace", "staging"],
        &["--credential-label", "blue"],
    ];
    let mut tokens = vec![plain, both];
    tokens.extend(others.map(token));
    tokens.sort();
    tokens.dedup();
    assert_eq!((tokens.len(), world.auth.token_requests()), (7, 7));
}

#[test]
fn a_token_that_is_kept_needs_no_secret_until_there_has_to_be_another() {
    let world = World::new();
    let url = world.auth.token_url();
    let client = ["token", "--token-url", &url, "--client-id", CLIENT, "--cache"];
    let told = world.raw(&client, "").failure(2);
    assert!(told.contains("--client-secret-env"), "{told}");
    let first = world.run("token", CACHE).success();
    assert_eq!(world.raw(&client, "").success(), first);
    let told = world.raw(&[&client[..], &["--renew"]].concat(), "").failure(2);
    assert!(
        told.starts_with("the stored token cannot be used") && told.contains("run the command again"),
        "{told}"
    );
    let told = world.raw(&client, "").failure(2);
    assert!(told.contains("no terminal to ask for it"), "{told}");
    assert_eq!(world.auth.token_requests(), 1);
}

#[test]
fn a_failure_is_remembered_for_all_and_there_is_a_way_around() {
    let world = World::new();
    let refusal = r#"{"error": "invalid_scope"}"#;
    world.auth.always(Answer::new(400).json(refusal));
    let told = world.run("token", CACHE).failure(3);
    assert!(told.contains("invalid_scope"), "{told}");
    let told = world.run("token", CACHE).failure(3);
    assert!(
        told.starts_with("an earlier run could not fetch a token: ") && told.contains("--no-cache"),
        "{told}"
    );
    assert_eq!(world.auth.token_requests(), 1);
    let text = world.raw(&["store", "status"], "").success();
    assert!(
        text.contains("token    none") && text.contains("nothing is sent for another"),
        "{text}"
    );
    assert!(
        status(&world)["entries"][0]["failure"]["left"]
            .as_f64()
            .is_some_and(|left| left > 1.0)
    );
    let told = world.run("token", &["--no-cache"]).failure(3);
    assert!(!told.contains("an earlier run"), "{told}");
    world.auth.recover();
    world.raw(&["store", "clear"], "").success();
    world.run("token", CACHE).success();
}

#[test]
fn a_remembered_failure_keeps_its_exit_code_and_names_flags_that_go_together() {
    for (answer, code, said) in [
        (
            Answer::new(400).json(r#"{"error": "invalid_scope"}"#),
            3,
            "name it with --scope",
        ),
        (Answer::new(503), 3, "503 Service Unavailable"),
        (Answer::new(200).body("hello"), 3, "check the token URL"),
        (Answer::new(429).header("retry-after", "60"), 3, "as the server asked"),
    ] {
        let world = World::new();
        world.auth.always(answer);
        world.run("token", CACHE).failure(code);
        let requests = world.auth.token_requests();
        for (command, more) in [
            ("token", &[][..]),
            ("token", &["--renew"]),
            ("call", &["http://127.0.0.1:1/x"]),
        ] {
            let told = world.run(command, &[CACHE, more].concat()).failure(code);
            assert!(
                told.contains("an earlier run could not") && told.contains(said),
                "{told}"
            );
            assert!(told.contains(" s at the earliest"), "{told}");
            let renews = more.contains(&"--renew") && !told.contains("as the server asked");
            assert_eq!(told.contains("--renew"), renews, "{told}");
        }
        assert_eq!(world.auth.token_requests(), requests);
    }
}

#[test]
fn renew_after_a_failure_says_why_there_is_no_other_token_and_shows_none() {
    let world = World::new();
    world.run("token", CACHE).success();
    world
        .auth
        .always(Answer::new(400).json(r#"{"error": "invalid_scope"}"#));
    let renew = ["--cache", "--renew"];
    assert!(world.run("token", &renew).failure(3).contains("refused"));
    for _ in 0..2 {
        let ended = world.run("token", &renew);
        assert_eq!((ended.code, ended.stdout.as_str()), (3, ""), "{}", ended.stderr);
        assert!(ended.stderr.contains("an earlier run"), "{}", ended.stderr);
    }
    assert_eq!(world.auth.token_requests(), 2);
}

#[test]
fn what_others_could_have_put_there_is_refused_and_the_token_is_had_without() {
    let world = World::new();
    world.run("token", CACHE).success();
    let (folder, stored) = (folder(&world), stored(&world));

    set_mode(&stored, 0o644);
    warned(world.run("token", CACHE), "can be read by others");
    fs::remove_file(&stored).unwrap();
    let elsewhere = world.file("elsewhere", "untouched");
    symlink(&elsewhere, &stored).unwrap();
    warned(world.run("token", CACHE), "not a plain file");
    fs::remove_file(&stored).unwrap();

    set_mode(&folder, 0o777);
    warned(world.run("token", CACHE), "chmod 700");
    fs::remove_dir_all(&folder).unwrap();
    let target = world.folder.join("target");
    fs::create_dir(&target).unwrap();
    set_mode(&target, 0o700);
    symlink(&target, &folder).unwrap();
    warned(world.run("token", CACHE), "is a link");

    assert_eq!(fs::read_to_string(elsewhere).unwrap(), "untouched");
    assert_eq!(fs::read_dir(target).unwrap().count(), 0);
}

#[test]
fn a_damaged_entry_is_replaced_with_a_warning_that_shows_nothing_of_it() {
    let world = World::new();
    world.run("token", CACHE).success();
    fs::write(stored(&world), "{\"evergrant\": 1, \"hush-hush").unwrap();
    let (token, told) = warned(world.run("token", CACHE), "counts as missing");
    assert!(!told.contains("hush-hush"), "{told}");
    assert_eq!(world.run("token", CACHE).success(), token);
}

#[test]
fn a_home_that_cannot_be_written_to_costs_a_warning() {
    let world = World::new();
    let file = world.file("file", "");
    let ended = world.run_in(&[("XDG_STATE_HOME", &file)], "token", CACHE);
    warned(ended, "the token store failed");
}

#[test]
fn encryption_is_had_by_giving_keys_and_other_keys_are_a_miss_with_a_warning() {
    let world = World::new();
    let key = |name| world.raw(&["store", "new-key", name], "").success().trim().to_owned();
    let (one, two) = (key("one"), key("two"));
    let token = |keys: &str| world.run_in(&[("EVERGRANT_STORE_KEYS", keys)], "token", CACHE);
    let first = token(&one).success();
    let text = fs::read_to_string(stored(&world)).unwrap();
    assert!(text.contains("one.") && !text.contains("test-token-"), "{text}");
    assert_eq!(status(&world)["entries"][0]["token"]["encrypted_with"], "one");
    assert_eq!(token(&format!("{two} {one}")).success(), first);

    let (second, told) = warned(token(&two), "there is no key `one`");
    assert!(
        second != first && !told.contains(two.split_once(':').unwrap().1),
        "{told}"
    );
    warned(world.run("token", CACHE), "it is encrypted, and there are no keys");
    let file = world.file("keys", &two);
    warned(
        world.run("token", &["--cache", "--store-keys-file", &file]),
        "it is not encrypted",
    );
    world.run("token", &["--cache", "--store-keys-file", &file]).success();
}

#[test]
fn a_users_token_is_kept_already() {
    let world = user::world();
    world.sign_in();
    let ended = world.user("token", CACHE);
    assert_eq!(ended.code, 0);
    assert!(
        ended.stderr.starts_with("note: ") && ended.stderr.contains("kept already"),
        "{}",
        ended.stderr
    );
    assert!(!folder(&world).exists());
    let told = world.user("token", &["--store", "redis://127.0.0.1:1"]).failure(2);
    assert!(told.contains("is kept on this machine already"), "{told}");
    let before = world.user("token", &[]).success();
    assert_ne!(world.user("token", &["--renew"]).success(), before);
    assert_eq!(world.auth.token_requests(), 2);
}
