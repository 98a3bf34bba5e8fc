//! `--cache`: tokens stored in the user's own folder for later runs.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Output, Stdio};
use std::thread;
use std::time::Duration;

use evergrant_testing::MockResponse;
use serde_json::Value;

use crate::signing_in_user::{self, UserCommands as _};
use crate::support::{CLIENT, Fixture, RunResult, set_mode};

const CACHE: &[&str] = &["--cache"];

/// Asserts success with a warning that contains the text. Returns standard output and standard error.
#[track_caller]
pub(crate) fn success_with_warning(result: RunResult, text: &str) -> (String, String) {
    assert_eq!(result.code, 0, "{}", result.stderr);
    assert!(result.stderr.contains(text), "{}", result.stderr);
    assert!(!result.stderr.contains("test-token-"), "{}", result.stderr);
    (result.stdout, result.stderr)
}

fn folder(fixture: &Fixture) -> PathBuf {
    fixture.folder.join(".local/state/evergrant/tokens")
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.extension() == Some(extension.as_ref()))
        .collect()
}

/// The file of the only stored token.
fn stored(fixture: &Fixture) -> PathBuf {
    let mut files = files(&folder(fixture), "json");
    assert_eq!(files.len(), 1, "{files:?}");
    files.remove(0)
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
}

/// The output of `store status` for the cache.
fn status(fixture: &Fixture) -> Value {
    serde_json::from_str(&fixture.run_raw(&["store", "status", "--json"], "").success()).unwrap()
}

#[test]
fn a_token_is_fetched_once_for_all_runs() {
    let fixture = Fixture::new();
    let first = fixture.run("token", CACHE).success();
    assert!(first.starts_with("test-token-1-"), "{first}");
    assert_eq!(fixture.run("token", CACHE).success(), first);
    let header = fixture.run("token", &["--cache", "--header"]).success();
    assert_eq!(header, format!("Authorization: Bearer {first}"));
    let json: Value = serde_json::from_str(&fixture.run("token", &["--cache", "--json"]).success()).unwrap();
    assert_eq!(json["access_token"], first.trim());
    assert!(json["expiry"].is_u64());
    fixture.run("call", &["--cache", &fixture.api.url("/whoami")]).success();
    assert_eq!(fixture.auth.token_requests(), 1);
}

#[test]
fn nothing_is_stored_without_the_flag() {
    let fixture = Fixture::new();
    fixture.run("token", &[]).success();
    fixture.run("call", &[&fixture.api.url("/whoami")]).success();
    assert_eq!(fixture.auth.token_requests(), 2);
    assert_eq!(fs::read_dir(&fixture.folder).unwrap().count(), 0);
}

#[test]
fn stored_tokens_are_private() {
    let fixture = Fixture::new();
    fixture.run("token", CACHE).success();
    for part in ["tokens", "."] {
        assert_eq!(mode(&folder(&fixture).with_file_name(part)), 0o700);
    }
    for file in fs::read_dir(folder(&fixture)).unwrap() {
        assert_eq!(mode(&file.unwrap().path()), 0o600);
    }
    let text = fs::read_to_string(stored(&fixture)).unwrap();
    assert!(
        text.contains("test-token-1-") && !text.contains(crate::support::SECRET),
        "{text}"
    );
}

#[test]
fn a_hundred_concurrent_programs_share_one_request() {
    let fixture = Fixture::new();
    fixture.auth.latency(Duration::from_millis(300));
    let start = || {
        fixture
            .command(&cached_token_arguments(&fixture))
            .stdin(Stdio::null())
            .spawn()
            .unwrap()
    };
    let programs: Vec<Child> = (0..100).map(|_| start()).collect();
    let tokens: Vec<String> = programs.into_iter().map(|program| end(program).success()).collect();
    assert!(tokens[0].starts_with("test-token-1-"), "{}", tokens[0]);
    assert!(tokens.iter().all(|token| *token == tokens[0]), "{tokens:?}");
    assert_eq!(fixture.auth.token_requests(), 1);
}

fn cached_token_arguments(fixture: &Fixture) -> [&str; 7] {
    // Leaked: tests are few and short.
    let url: &'static str = fixture.auth.token_url().leak();
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

fn end(program: Child) -> RunResult {
    let output: Output = program.wait_with_output().unwrap();
    RunResult::from_output(&output)
}

#[test]
fn a_killed_program_delays_the_next_one_for_its_lease_only() {
    let fixture = Fixture::new();
    let hold = fixture.auth.hold();
    let mut killed = fixture
        .command(&cached_token_arguments(&fixture))
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    while fixture.auth.token_requests() == 0 {
        thread::sleep(Duration::from_millis(10));
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    let record = &status(&fixture)["records"][0];
    let left = record["lease"]["left"].as_f64().unwrap();
    assert!(left > 0.0 && left <= 3.0, "{record}");
    assert!(record["token"].is_null(), "{record}");
    hold.release();
    fixture.run("token", CACHE).success();
    assert_eq!(fixture.auth.token_requests(), 2);
    assert!(status(&fixture)["records"][0]["lease"].is_null());
}

#[test]
fn an_expired_token_is_replaced() {
    let fixture = Fixture::new();
    fixture.auth.lifetime(Duration::from_secs(1));
    let first = fixture.run("token", CACHE).success();
    thread::sleep(Duration::from_millis(1100));
    assert_ne!(fixture.run("token", CACHE).success(), first);
    assert_eq!(fixture.auth.token_requests(), 2);
}

#[test]
fn a_rejected_token_is_replaced_once_and_the_call_repeated() {
    let fixture = Fixture::new();
    let url = fixture.api.url("/whoami");
    fixture.run("token", CACHE).success();
    fixture.auth.revoke_all();
    let result = fixture.run("call", &["--cache", &url]);
    assert_eq!(result.code, 0, "{}", result.stderr);
    assert_eq!((fixture.auth.token_requests(), fixture.api.requests().len()), (2, 2));
    fixture.run("call", &["--cache", &url]).success();
    let token = fixture.run("token", CACHE).success();
    assert!(token.starts_with("test-token-2-"), "{token}");
    assert_eq!(fixture.auth.token_requests(), 2);
}

#[test]
fn an_api_that_rejects_new_tokens_does_not_cause_a_fetch_per_call() {
    let fixture = Fixture::new();
    fixture.api.reject_next(100);
    for _ in 0..3 {
        let result = fixture.run("call", &["--cache", &fixture.api.url("/whoami")]);
        assert_eq!(result.code, 1, "{}", result.stderr);
    }
    assert_eq!(fixture.auth.token_requests(), 2);
    // One request and its replay; during the pause, requests are not replayed.
    assert_eq!(fixture.api.requests().len(), 4);
    let token = fixture.run("token", CACHE).success();
    let renewed = fixture.run("token", &["--cache", "--renew"]).success();
    assert_ne!(renewed, token, "--renew fetches a new token even during the pause");
    assert_eq!(fixture.auth.token_requests(), 3);
}

#[test]
fn renew_replaces_a_stored_token_and_fetches_once_without_one() {
    let fixture = Fixture::new();
    let renew = ["--cache", "--renew"];
    let first = fixture.run("token", &renew).success();
    assert_eq!(
        (first.starts_with("test-token-1-"), fixture.auth.token_requests()),
        (true, 1)
    );
    let second = fixture.run("token", &renew).success();
    assert!(second.starts_with("test-token-2-"), "{second}");
    // Even if it is new, and as often as requested.
    for number in 3..10 {
        let another = fixture.run("token", &renew).success();
        assert!(another.starts_with(&format!("test-token-{number}-")), "{another}");
        assert_eq!(fixture.run("token", CACHE).success(), another);
    }
}

#[test]
fn valid_for_replaces_a_stored_token_that_is_too_short() {
    let fixture = Fixture::new();
    fixture.auth.lifetime(Duration::from_secs(100));
    let first = fixture.run("token", CACHE).success();
    let for_a_minute = ["--cache", "--valid-for", "60"];
    assert_eq!(fixture.run("token", &for_a_minute).success(), first);
    fixture.auth.lifetime(Duration::from_secs(3600));
    let error = fixture.run("token", &["--cache", "--valid-for", "1800"]).failure(2);
    assert!(error.contains("1800"), "{error}");
    assert_eq!(
        fixture.auth.token_requests(),
        1,
        "another token of the same lifetime would not help"
    );

    let short = Fixture::new();
    short.auth.lifetime(Duration::from_secs(5));
    short.run("token", CACHE).success();
    thread::sleep(Duration::from_secs(2));
    let for_a_while = ["--cache", "--valid-for", "3"];
    let second = short.run("token", &for_a_while).success();
    assert!(second.starts_with("test-token-2-"), "{second}");
    assert_eq!(short.run("token", CACHE).success(), second);
    short.run("token", &["--valid-for", "3"]).success();
    assert_eq!(short.auth.token_requests(), 3);
    let error = short.run("token", &["--valid-for", "none-of-it"]).failure(2);
    assert!(error.contains("use whole seconds"), "{error}");
}

#[test]
fn tokens_depend_on_settings_but_not_on_the_order_of_scopes() {
    let fixture = Fixture::new();
    let token = |extra: &[&str]| fixture.run("token", &[CACHE, extra].concat()).success();
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
    assert_eq!((tokens.len(), fixture.auth.token_requests()), (7, 7));
}

#[test]
fn a_stored_token_needs_no_secret_until_it_is_replaced() {
    let fixture = Fixture::new();
    let url = fixture.auth.token_url();
    let client = ["token", "--token-url", &url, "--client-id", CLIENT, "--cache"];
    let error = fixture.run_raw(&client, "").failure(2);
    assert!(error.contains("--client-secret-env"), "{error}");
    let first = fixture.run("token", CACHE).success();
    assert_eq!(fixture.run_raw(&client, "").success(), first);
    let error = fixture.run_raw(&[&client[..], &["--renew"]].concat(), "").failure(2);
    assert!(
        error.starts_with("the stored token can no longer be used") && error.contains("run the command again"),
        "{error}"
    );
    let error = fixture.run_raw(&client, "").failure(2);
    assert!(error.contains("no terminal to ask for it"), "{error}");
    assert_eq!(fixture.auth.token_requests(), 1);
}

#[test]
fn a_failure_is_shared_and_no_cache_bypasses_it() {
    let fixture = Fixture::new();
    let rejection = r#"{"error": "invalid_scope"}"#;
    fixture.auth.always(MockResponse::new(400).json(rejection));
    let error = fixture.run("token", CACHE).failure(3);
    assert!(error.contains("invalid_scope"), "{error}");
    let error = fixture.run("token", CACHE).failure(3);
    assert!(
        error.starts_with("an earlier run could not fetch a token: ") && error.contains("--no-cache"),
        "{error}"
    );
    assert_eq!(fixture.auth.token_requests(), 1);
    let text = fixture.run_raw(&["store", "status"], "").success();
    assert!(
        text.contains("token    none") && text.contains("no request is sent for another"),
        "{text}"
    );
    assert!(
        status(&fixture)["records"][0]["failure"]["left"]
            .as_f64()
            .is_some_and(|left| left > 1.0)
    );
    let error = fixture.run("token", &["--no-cache"]).failure(3);
    assert!(!error.contains("an earlier run"), "{error}");
    fixture.auth.recover();
    fixture.run_raw(&["store", "clear"], "").success();
    fixture.run("token", CACHE).success();
}

#[test]
fn a_shared_failure_keeps_its_exit_code_and_suggests_valid_flags() {
    for (response, code, expected) in [
        (
            MockResponse::new(400).json(r#"{"error": "invalid_scope"}"#),
            3,
            "pass it with --scope",
        ),
        (MockResponse::new(503), 3, "503 Service Unavailable"),
        (MockResponse::new(200).body("hello"), 3, "check the token URL"),
        (
            MockResponse::new(429).header("retry-after", "60"),
            3,
            "as requested by the server",
        ),
    ] {
        let fixture = Fixture::new();
        fixture.auth.always(response);
        fixture.run("token", CACHE).failure(code);
        let requests = fixture.auth.token_requests();
        let mut requests_in_pauses = 0;
        for (command, extra) in [
            ("token", &[][..]),
            ("token", &["--renew"]),
            ("call", &["http://127.0.0.1:1/x"]),
        ] {
            let mut error = fixture.run(command, &[CACHE, extra].concat()).failure(code);
            // On a slow machine, the pause of about one second can end before the program starts. Each failure makes
            // the next pause longer.
            while !error.contains("an earlier run could not") && requests_in_pauses < 5 {
                requests_in_pauses += 1;
                error = fixture.run(command, &[CACHE, extra].concat()).failure(code);
            }
            assert!(
                error.contains("an earlier run could not") && error.contains(expected),
                "{error}"
            );
            assert!(error.contains(" s at the earliest"), "{error}");
            let renews = extra.contains(&"--renew") && !error.contains("as requested by the server");
            assert_eq!(error.contains("--renew"), renews, "{error}");
        }
        // Without a pause that ended, only the first run sends requests.
        assert!(requests_in_pauses > 0 || fixture.auth.token_requests() == requests);
    }
}

#[test]
fn renew_after_a_failure_reports_it_and_prints_no_token() {
    let fixture = Fixture::new();
    fixture.run("token", CACHE).success();
    fixture
        .auth
        .always(MockResponse::new(400).json(r#"{"error": "invalid_scope"}"#));
    let renew = ["--cache", "--renew"];
    assert!(fixture.run("token", &renew).failure(3).contains("rejected"));
    for _ in 0..2 {
        let result = fixture.run("token", &renew);
        assert_eq!((result.code, result.stdout.as_str()), (3, ""), "{}", result.stderr);
        assert!(result.stderr.contains("an earlier run"), "{}", result.stderr);
    }
    assert_eq!(fixture.auth.token_requests(), 2);
}

#[test]
fn files_that_others_can_change_are_rejected_and_the_token_is_fetched() {
    let fixture = Fixture::new();
    fixture.run("token", CACHE).success();
    let (folder, stored) = (folder(&fixture), stored(&fixture));

    set_mode(&stored, 0o644);
    success_with_warning(fixture.run("token", CACHE), "can be read by others");
    fs::remove_file(&stored).unwrap();
    let elsewhere = fixture.file("elsewhere", "untouched");
    symlink(&elsewhere, &stored).unwrap();
    success_with_warning(fixture.run("token", CACHE), "not a regular file");
    fs::remove_file(&stored).unwrap();

    set_mode(&folder, 0o777);
    success_with_warning(fixture.run("token", CACHE), "chmod 700");
    fs::remove_dir_all(&folder).unwrap();
    let target = fixture.folder.join("target");
    fs::create_dir(&target).unwrap();
    set_mode(&target, 0o700);
    symlink(&target, &folder).unwrap();
    success_with_warning(fixture.run("token", CACHE), "is a symbolic link");

    assert_eq!(fs::read_to_string(elsewhere).unwrap(), "untouched");
    assert_eq!(fs::read_dir(target).unwrap().count(), 0);
}

#[test]
fn a_damaged_record_is_replaced_with_a_warning_that_does_not_show_it() {
    let fixture = Fixture::new();
    fixture.run("token", CACHE).success();
    fs::write(stored(&fixture), "{\"evergrant\": 1, \"hush-hush").unwrap();
    let (token, stderr) = success_with_warning(fixture.run("token", CACHE), "counts as missing");
    assert!(!stderr.contains("hush-hush"), "{stderr}");
    assert_eq!(fixture.run("token", CACHE).success(), token);
}

#[test]
fn an_unwritable_home_causes_a_warning() {
    let fixture = Fixture::new();
    let file = fixture.file("file", "");
    let result = fixture.run_with_env(&[("XDG_STATE_HOME", &file)], "token", CACHE);
    success_with_warning(result, "the token store failed");
}

#[test]
fn keys_encrypt_the_token_and_other_keys_cause_a_warning() {
    let fixture = Fixture::new();
    let key = |name| {
        fixture
            .run_raw(&["store", "new-key", name], "")
            .success()
            .trim()
            .to_owned()
    };
    let (one, two) = (key("one"), key("two"));
    let token = |keys: &str| fixture.run_with_env(&[("EVERGRANT_STORE_KEYS", keys)], "token", CACHE);
    let first = token(&one).success();
    let text = fs::read_to_string(stored(&fixture)).unwrap();
    assert!(text.contains("one.") && !text.contains("test-token-"), "{text}");
    assert_eq!(status(&fixture)["records"][0]["token"]["encrypted_with"], "one");
    assert_eq!(token(&format!("{two} {one}")).success(), first);

    let (second, stderr) = success_with_warning(token(&two), "the key ring contains no key `one`");
    assert!(
        second != first && !stderr.contains(two.split_once(':').unwrap().1),
        "{stderr}"
    );
    success_with_warning(
        fixture.run("token", CACHE),
        "it is encrypted, and this process has no keys",
    );
    let file = fixture.file("keys", &two);
    success_with_warning(
        fixture.run("token", &["--cache", "--store-keys-file", &file]),
        "it is not encrypted",
    );
    fixture.run("token", &["--cache", "--store-keys-file", &file]).success();
}

#[test]
fn a_users_token_is_already_stored() {
    let fixture = signing_in_user::fixture();
    fixture.sign_in();
    let result = fixture.run_as_user("token", CACHE);
    assert_eq!(result.code, 0);
    assert!(
        result.stderr.starts_with("note: ") && result.stderr.contains("already stored"),
        "{}",
        result.stderr
    );
    assert!(!folder(&fixture).exists());
    let error = fixture
        .run_as_user("token", &["--store", "redis://127.0.0.1:1"])
        .failure(2);
    assert!(error.contains("is already stored on this machine"), "{error}");
    let before = fixture.run_as_user("token", &[]).success();
    assert_ne!(fixture.run_as_user("token", &["--renew"]).success(), before);
    assert_eq!(fixture.auth.token_requests(), 2);
}
