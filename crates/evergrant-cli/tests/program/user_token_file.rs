//! The stored token of a signed-in user: storage, renewal and removal.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Command;
use std::thread;
use std::time::Duration;

use crate::signing_in_user::{UserCommands as _, fixture, fixture_with, get};
use crate::support::set_mode;

fn mode(path: &std::path::Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_user_signs_in_and_calls_with_a_private_stored_token() {
    let fixture = fixture();
    let page = fixture.sign_in();
    assert!(
        page.contains("You are signed in") && !page.contains("<script"),
        "{page}"
    );
    assert!(!page.contains("code="), "{page}");
    let stored = fixture.stored_token();
    assert_eq!(mode(&stored), 0o600);
    assert_eq!(mode(stored.parent().unwrap()), 0o700);
    for file in fs::read_dir(stored.parent().unwrap()).unwrap() {
        assert_eq!(mode(&file.unwrap().path()), 0o600);
    }
    let url = fixture.api.url("/whoami");
    for _ in 0..2 {
        let body = fixture.run_as_user("call", &[&url]).success();
        assert!(body.contains("\"username\":\"reader\""), "{body}");
    }
    assert_eq!(fixture.auth.token_requests(), 1, "the code, and nothing else");
}

#[test]
fn concurrent_programs_renew_an_expired_token_once() {
    let fixture = fixture_with(|server| server.lifetime(Duration::from_secs(1)));
    fixture.sign_in();
    let before = fs::read_to_string(fixture.stored_token()).unwrap();
    thread::sleep(Duration::from_millis(1100));
    fixture.auth.lifetime(Duration::from_secs(3600));
    let tokens: Vec<String> = thread::scope(|scope| {
        let programs: Vec<_> = (0..10)
            .map(|_| scope.spawn(|| fixture.run_as_user("token", &[]).success()))
            .collect();
        programs.into_iter().map(|program| program.join().unwrap()).collect()
    });
    assert!(tokens.iter().all(|token| *token == tokens[0]), "{tokens:?}");
    assert_eq!(fixture.auth.token_requests(), 2, "the code, and one refresh");
    assert_ne!(fs::read_to_string(fixture.stored_token()).unwrap(), before);
    assert_eq!(mode(&fixture.stored_token()), 0o600);
}

#[test]
fn a_rejected_token_is_renewed_with_the_refresh_token() {
    let fixture = fixture();
    fixture.sign_in();
    fixture.auth.revoke_all();
    fixture.run_as_user("call", &[&fixture.api.url("/whoami")]).success();
    assert_eq!(fixture.auth.token_requests(), 2);
}

#[test]
fn other_settings_need_their_own_sign_in() {
    let fixture = fixture();
    fixture.sign_in();
    fixture.run_as_user("token", &["--scope", "orders.read"]).failure(3);
    fixture.run_as_user("token", &[]).success();
}

#[test]
fn logout_removes_the_token() {
    let fixture = fixture();
    fixture.sign_in();
    let leftover = fixture.stored_token().with_extension("new");
    fs::write(&leftover, "left by a killed program").unwrap();
    let result = fixture.run_as_user("logout", &[]);
    assert!(!leftover.exists());
    assert!(
        result.code == 0 && result.stderr.contains("Signed out"),
        "{}",
        result.stderr
    );
    fixture.run_as_user("token", &[]).failure(3);
    let result = fixture.run_as_user("logout", &[]);
    assert!(
        result.code == 0 && result.stderr.contains("Nobody"),
        "{}",
        result.stderr
    );
}

#[test]
fn a_login_pushes_its_parameters_if_the_server_has_the_endpoint() {
    let fixture = fixture_with(|server| server.require_pushed_authorization());
    let url = fixture.auth.url("/par");
    let login = fixture.login(&["--pushed-authorization-url", &url]);
    assert!(
        login.url.contains("request_uri=") && !login.url.contains("state="),
        "{}",
        login.url
    );
    let redirect = fixture.auth.visit(&login.url);
    get(&redirect);
    let (code, stderr) = login.finish();
    assert_eq!(code, 0, "{stderr}");
    fixture.run_as_user("token", &[]).success();
}

#[test]
fn logout_with_revoke_revokes_the_tokens_at_the_server() {
    let fixture = fixture();
    fixture.sign_in();
    let token = fixture.run_as_user("token", &[]).success();
    let result = fixture.run_as_user("logout", &["--revoke"]);
    assert!(
        result.code == 2 && result.stderr.contains("--revocation-url") && result.stderr.contains("still stored"),
        "{}",
        result.stderr
    );
    assert!(fixture.auth.accepts(token.trim()));

    let url = fixture.auth.url("/revoke");
    let result = fixture.run_as_user("logout", &["--revoke", "--revocation-url", &url]);
    assert!(
        result.code == 0 && result.stderr.contains("revoked at the server"),
        "{}",
        result.stderr
    );
    assert!(!fixture.auth.accepts(token.trim()));
    let mut requests = fixture.auth.requests();
    requests.retain(|request| request.path == "/revoke");
    let hints = requests
        .iter()
        .filter_map(|request| request.form_value("token_type_hint"));
    assert_eq!(hints.collect::<Vec<_>>(), ["refresh_token", "access_token"]);
    fixture.run_as_user("token", &[]).failure(3);
    let result = fixture.run_as_user("logout", &["--revoke", "--revocation-url", &url]);
    assert!(result.stderr.contains("Nobody"), "{}", result.stderr);
}

#[test]
fn a_token_that_cannot_be_revoked_stays_stored() {
    let fixture = fixture();
    fixture.sign_in();
    let url = fixture.auth.url("/no-such-endpoint");
    let result = fixture.run_as_user("logout", &["--revoke", "--revocation-url", &url]);
    assert!(
        result.code == 3 && result.stderr.contains("404") && result.stderr.contains("still stored"),
        "{}",
        result.stderr
    );
    fixture.run_as_user("token", &[]).success();
}

#[test]
fn a_readable_or_damaged_stored_token_is_rejected() {
    let fixture = fixture();
    fixture.sign_in();
    let stored = fixture.stored_token();
    set_mode(&stored, 0o644);
    let error = fixture.run_as_user("token", &[]).failure(2);
    assert!(error.contains("can be read by others"), "{error}");

    set_mode(&stored, 0o600);
    fs::write(&stored, "{\"token\": {\"access_token\": \"not-a-real-token").unwrap();
    let error = fixture.run_as_user("token", &[]).failure(2);
    assert!(
        error.contains("sign in again") && !error.contains("not-a-real-token"),
        "{error}"
    );

    fs::remove_file(&stored).unwrap();
    symlink("/etc/hostname", &stored).unwrap();
    let error = fixture.run_as_user("token", &[]).failure(2);
    assert!(error.contains("not a regular file"), "{error}");
}

#[test]
fn a_rejected_refresh_token_is_not_sent_again() {
    let fixture = fixture_with(|server| server.lifetime(Duration::from_secs(1)));
    fixture.sign_in();
    fixture.auth.revoke_refresh_tokens();
    thread::sleep(Duration::from_millis(1100));
    for _ in 0..4 {
        let error = fixture.run_as_user("token", &[]).failure(3);
        assert!(error.contains("evergrant login"), "{error}");
    }
    assert_eq!(fixture.auth.token_requests(), 2, "the code, and one refresh");
}

#[test]
fn a_refresh_token_is_not_used_if_the_new_one_cannot_be_stored() {
    let fixture = fixture();
    fixture.sign_in();
    let stored = fixture.stored_token();
    fixture.auth.revoke_all();
    fs::create_dir(stored.with_extension("new")).unwrap();
    fixture.run_as_user("call", &[&fixture.api.url("/whoami")]).failure(2);
    assert_eq!(fixture.auth.token_requests(), 1, "the code, and nothing else");

    fs::remove_dir(stored.with_extension("new")).unwrap();
    fixture.run_as_user("call", &[&fixture.api.url("/whoami")]).success();
    assert_eq!(fixture.auth.token_requests(), 2);
}

#[test]
fn a_refresh_token_is_not_used_if_the_disk_is_full() {
    let fixture = fixture();
    fixture.sign_in();
    fixture.auth.revoke_all();
    let urls = [fixture.auth.authorization_url(), fixture.auth.token_url()];
    let url = fixture.api.url("/whoami");
    let program = fixture.command(&fixture.arguments("call", &urls, &[&url]));
    let mut limited = Command::new("sh");
    limited
        .args(["-c", "trap '' XFSZ; ulimit -f 0; exec \"$0\" \"$@\""])
        .arg(program.get_program())
        .args(program.get_args())
        .env("HOME", &fixture.folder);
    let result = limited.output().unwrap();
    let stderr = String::from_utf8_lossy(&result.stderr);
    assert!(
        result.status.code() == Some(2) && stderr.contains("too large"),
        "{stderr}"
    );
    assert_eq!(fixture.auth.token_requests(), 1, "the code, and nothing else");
    assert!(!fixture.stored_token().with_extension("new").exists());
}

#[test]
fn a_new_token_that_cannot_be_stored_is_used_with_a_warning() {
    let fixture = fixture();
    fixture.sign_in();
    let stored = fixture.stored_token();
    fixture.auth.revoke_all();
    let url = fixture.api.url("/whoami");
    let hold = fixture.auth.hold();
    let result = thread::scope(|scope| {
        let program = scope.spawn(|| fixture.run_as_user("call", &[&url]));
        while !stored.with_extension("new").exists() && !program.is_finished() {
            thread::sleep(Duration::from_millis(10));
        }
        fs::remove_file(&stored).unwrap();
        fs::create_dir(&stored).unwrap();
        hold.release();
        program.join().unwrap()
    });
    assert!(
        result.code == 0 && result.stdout.contains("reader"),
        "{}",
        result.stderr
    );
    assert!(
        result.stderr.contains("warning: cannot store the token"),
        "{}",
        result.stderr
    );
    assert!(!stored.with_extension("new").exists());
}

#[test]
fn a_short_timeout_does_not_cut_off_a_refresh() {
    let fixture = fixture_with(|server| server.lifetime(Duration::from_secs(1)));
    fixture.sign_in();
    thread::sleep(Duration::from_millis(1100));
    fixture.auth.latency(Duration::from_secs(1));
    fixture.run_as_user("token", &["--timeout", "0.2"]).success();
    assert_eq!(fixture.auth.token_requests(), 2);
}

#[test]
fn a_writable_folder_and_an_invalid_lock_are_rejected() {
    let fixture = fixture();
    fixture.sign_in();
    let stored = fixture.stored_token();
    let folder = stored.parent().unwrap();
    set_mode(folder, 0o777);
    let error = fixture.run_as_user("token", &[]).failure(2);
    assert!(error.contains("chmod 700"), "{error}");
    set_mode(folder, 0o700);

    let lock = stored.with_extension("lock");
    let elsewhere = fixture.file("elsewhere", "");
    fs::remove_file(&lock).unwrap();
    symlink(elsewhere, &lock).unwrap();
    let error = fixture.run_as_user("token", &[]).failure(2);
    assert!(error.contains("not a regular file"), "{error}");

    fs::remove_file(&lock).unwrap();
    assert!(Command::new("mkfifo").arg(&lock).status().unwrap().success());
    set_mode(&lock, 0o600);
    for command in ["token", "logout"] {
        let error = fixture.run_as_user(command, &[]).failure(2);
        assert!(error.contains("not a regular file"), "{error}");
    }
    fs::remove_file(&lock).unwrap();
    fixture.run_as_user("token", &[]).success();
}

#[test]
fn a_token_stored_for_other_settings_is_rejected() {
    let fixture = fixture();
    fixture.sign_in();
    let own = fixture.stored_token();
    let other = ["--scope", "orders.read"];
    fixture.run_as_user("token", &other).failure(3);
    let locks = fs::read_dir(own.parent().unwrap()).unwrap();
    let other_lock = locks
        .map(|file| file.unwrap().path())
        .find(|path| path.extension() == Some("lock".as_ref()) && path.file_stem() != own.file_stem())
        .unwrap();
    fs::copy(&own, other_lock.with_extension("json")).unwrap();
    let error = fixture.run_as_user("token", &other).failure(2);
    assert!(error.contains("not a token that was stored for this client"), "{error}");
}

#[test]
fn a_users_token_is_printed_without_its_refresh_token() {
    let fixture = fixture();
    fixture.sign_in();
    assert!(
        fs::read_to_string(fixture.stored_token())
            .unwrap()
            .contains("refresh_token")
    );
    let json = fixture.run_as_user("token", &["--json"]).success();
    assert!(
        json.contains("access_token") && !json.contains("refresh_token"),
        "{json}"
    );
}
