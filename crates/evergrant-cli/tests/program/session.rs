//! The token of a user who has signed in: what keeps it, renews it and forgets it.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Command;
use std::thread;
use std::time::Duration;

use crate::support::set_mode;
use crate::user::{AsUser as _, world, world_with};

fn mode(path: &std::path::Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_user_signs_in_and_calls_with_a_token_that_is_kept_for_its_owner_alone() {
    let world = world();
    let page = world.sign_in();
    assert!(
        page.contains("You are signed in") && !page.contains("<script"),
        "{page}"
    );
    assert!(!page.contains("code="), "{page}");
    let stored = world.stored();
    assert_eq!(mode(&stored), 0o600);
    assert_eq!(mode(stored.parent().unwrap()), 0o700);
    for file in fs::read_dir(stored.parent().unwrap()).unwrap() {
        assert_eq!(mode(&file.unwrap().path()), 0o600);
    }
    let url = world.api.url("/whoami");
    for _ in 0..2 {
        let answer = world.user("call", &[&url]).success();
        assert!(answer.contains("\"username\":\"reader\""), "{answer}");
    }
    assert_eq!(world.auth.token_requests(), 1, "the code, and nothing else");
}

#[test]
fn an_expired_token_is_renewed_once_however_many_programs_ask_and_the_new_one_is_kept() {
    let world = world_with(|server| server.lifetime(Duration::from_secs(1)));
    world.sign_in();
    let before = fs::read_to_string(world.stored()).unwrap();
    thread::sleep(Duration::from_millis(1100));
    world.auth.lifetime(Duration::from_secs(3600));
    let tokens: Vec<String> = thread::scope(|scope| {
        let programs: Vec<_> = (0..10)
            .map(|_| scope.spawn(|| world.user("token", &[]).success()))
            .collect();
        programs.into_iter().map(|program| program.join().unwrap()).collect()
    });
    assert!(tokens.iter().all(|token| *token == tokens[0]), "{tokens:?}");
    assert_eq!(world.auth.token_requests(), 2, "the code, and one refresh");
    assert_ne!(fs::read_to_string(world.stored()).unwrap(), before);
    assert_eq!(mode(&world.stored()), 0o600);
}

#[test]
fn a_token_that_the_api_refuses_is_renewed_with_the_refresh_token() {
    let world = world();
    world.sign_in();
    world.auth.revoke_all();
    world.user("call", &[&world.api.url("/whoami")]).success();
    assert_eq!(world.auth.token_requests(), 2);
}

#[test]
fn other_settings_are_another_sign_in() {
    let world = world();
    world.sign_in();
    world.user("token", &["--scope", "orders.read"]).failure(3);
    world.user("token", &[]).success();
}

#[test]
fn logout_forgets_the_token() {
    let world = world();
    world.sign_in();
    let leftover = world.stored().with_extension("new");
    fs::write(&leftover, "what a killed program left").unwrap();
    let ended = world.user("logout", &[]);
    assert!(!leftover.exists());
    assert!(
        ended.code == 0 && ended.stderr.contains("Signed out"),
        "{}",
        ended.stderr
    );
    world.user("token", &[]).failure(3);
    let ended = world.user("logout", &[]);
    assert!(ended.code == 0 && ended.stderr.contains("Nobody"), "{}", ended.stderr);
}

#[test]
fn a_stored_token_that_others_can_read_or_that_is_damaged_is_refused() {
    let world = world();
    world.sign_in();
    let stored = world.stored();
    set_mode(&stored, 0o644);
    let told = world.user("token", &[]).failure(2);
    assert!(told.contains("can be read by others"), "{told}");

    set_mode(&stored, 0o600);
    fs::write(&stored, "{\"token\": {\"access_token\": \"not-a-real-token").unwrap();
    let told = world.user("token", &[]).failure(2);
    assert!(
        told.contains("sign in again") && !told.contains("not-a-real-token"),
        "{told}"
    );

    fs::remove_file(&stored).unwrap();
    symlink("/etc/hostname", &stored).unwrap();
    let told = world.user("token", &[]).failure(2);
    assert!(told.contains("not a plain file"), "{told}");
}

#[test]
fn a_refresh_token_that_was_refused_is_not_shown_again() {
    let world = world_with(|server| server.lifetime(Duration::from_secs(1)));
    world.sign_in();
    world.auth.revoke_refresh_tokens();
    thread::sleep(Duration::from_millis(1100));
    for _ in 0..4 {
        let told = world.user("token", &[]).failure(3);
        assert!(told.contains("evergrant login"), "{told}");
    }
    assert_eq!(world.auth.token_requests(), 2, "the code, and one refresh");
}

#[test]
fn a_refresh_token_is_not_spent_where_the_new_one_cannot_be_stored() {
    let world = world();
    world.sign_in();
    let stored = world.stored();
    world.auth.revoke_all();
    fs::create_dir(stored.with_extension("new")).unwrap();
    world.user("call", &[&world.api.url("/whoami")]).failure(2);
    assert_eq!(world.auth.token_requests(), 1, "the code, and nothing else");

    fs::remove_dir(stored.with_extension("new")).unwrap();
    world.user("call", &[&world.api.url("/whoami")]).success();
    assert_eq!(world.auth.token_requests(), 2);
}

#[test]
fn a_refresh_token_is_not_spent_where_the_disk_is_full() {
    let world = world();
    world.sign_in();
    world.auth.revoke_all();
    let urls = [world.auth.authorization_url(), world.auth.token_url()];
    let url = world.api.url("/whoami");
    let program = world.command(&world.arguments("call", &urls, &[&url]));
    let mut limited = Command::new("sh");
    limited
        .args(["-c", "trap '' XFSZ; ulimit -f 0; exec \"$0\" \"$@\""])
        .arg(program.get_program())
        .args(program.get_args())
        .env("HOME", &world.folder);
    let ended = limited.output().unwrap();
    let told = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.code() == Some(2) && told.contains("too large"), "{told}");
    assert_eq!(world.auth.token_requests(), 1, "the code, and nothing else");
    assert!(!world.stored().with_extension("new").exists());
}

#[test]
fn a_new_token_that_cannot_be_stored_after_all_is_served_with_a_warning() {
    let world = world();
    world.sign_in();
    let stored = world.stored();
    world.auth.revoke_all();
    let url = world.api.url("/whoami");
    let hold = world.auth.hold();
    let ended = thread::scope(|scope| {
        let program = scope.spawn(|| world.user("call", &[&url]));
        while !stored.with_extension("new").exists() && !program.is_finished() {
            thread::sleep(Duration::from_millis(10));
        }
        fs::remove_file(&stored).unwrap();
        fs::create_dir(&stored).unwrap();
        hold.release();
        program.join().unwrap()
    });
    assert!(ended.code == 0 && ended.stdout.contains("reader"), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("warning: the token cannot be stored"),
        "{}",
        ended.stderr
    );
    assert!(!stored.with_extension("new").exists());
}

#[test]
fn a_refresh_is_not_cut_off_by_a_short_timeout() {
    let world = world_with(|server| server.lifetime(Duration::from_secs(1)));
    world.sign_in();
    thread::sleep(Duration::from_millis(1100));
    world.auth.latency(Duration::from_secs(1));
    world.user("token", &["--timeout", "0.2"]).success();
    assert_eq!(world.auth.token_requests(), 2);
}

#[test]
fn a_folder_that_others_can_write_to_and_a_lock_that_is_no_file_are_refused() {
    let world = world();
    world.sign_in();
    let stored = world.stored();
    let folder = stored.parent().unwrap();
    set_mode(folder, 0o777);
    let told = world.user("token", &[]).failure(2);
    assert!(told.contains("chmod 700"), "{told}");
    set_mode(folder, 0o700);

    let lock = stored.with_extension("lock");
    let elsewhere = world.file("elsewhere", "");
    fs::remove_file(&lock).unwrap();
    symlink(elsewhere, &lock).unwrap();
    let told = world.user("token", &[]).failure(2);
    assert!(told.contains("not a plain file"), "{told}");

    fs::remove_file(&lock).unwrap();
    assert!(Command::new("mkfifo").arg(&lock).status().unwrap().success());
    set_mode(&lock, 0o600);
    for command in ["token", "logout"] {
        let told = world.user(command, &[]).failure(2);
        assert!(told.contains("not a plain file"), "{told}");
    }
    fs::remove_file(&lock).unwrap();
    world.user("token", &[]).success();
}

#[test]
fn a_token_that_was_stored_for_other_settings_is_refused() {
    let world = world();
    world.sign_in();
    let mine = world.stored();
    let other = ["--scope", "orders.read"];
    world.user("token", &other).failure(3);
    let locks = fs::read_dir(mine.parent().unwrap()).unwrap();
    let theirs = locks
        .map(|file| file.unwrap().path())
        .find(|path| path.extension() == Some("lock".as_ref()) && path.file_stem() != mine.file_stem())
        .unwrap();
    fs::copy(&mine, theirs.with_extension("json")).unwrap();
    let told = world.user("token", &other).failure(2);
    assert!(told.contains("not a token that was stored for this client"), "{told}");
}

#[test]
fn a_users_token_is_printed_without_its_refresh_token() {
    let world = world();
    world.sign_in();
    assert!(fs::read_to_string(world.stored()).unwrap().contains("refresh_token"));
    let json = world.user("token", &["--json"]).success();
    assert!(
        json.contains("access_token") && !json.contains("refresh_token"),
        "{json}"
    );
}
