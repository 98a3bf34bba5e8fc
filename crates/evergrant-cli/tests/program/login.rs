//! `evergrant login`: a user signs in, and `call` and `token` use that user's token until `logout`.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Child;
use std::thread;
use std::time::Duration;

use evergrant_testing::{AuthServer, RefreshTokens};

use crate::support::{Ended, World, set_mode};

const CLIENT: &str = "shop-cli";
const USER: &str = "reader";

fn world() -> World {
    world_with(|server| server)
}

fn world_with(
    more: impl FnOnce(evergrant_testing::AuthServerBuilder) -> evergrant_testing::AuthServerBuilder,
) -> World {
    let server = AuthServer::builder()
        .public_client(CLIENT)
        .user(USER, "not-a-real-password")
        .redirect_uri(CLIENT, "http://127.0.0.1/callback");
    World::of(more(server).start())
}

/// A user at work: the program with the settings of one client.
trait AsUser {
    fn arguments<'a>(&self, command: &'a str, urls: &'a [String; 2], more: &[&'a str]) -> Vec<&'a str>;
    fn user(&self, command: &str, more: &[&str]) -> Ended;
    fn login(&self, more: &[&str]) -> Login;
    fn sign_in(&self) -> String;
    fn stored(&self) -> PathBuf;
}

impl AsUser for World {
    fn arguments<'a>(&self, command: &'a str, urls: &'a [String; 2], more: &[&'a str]) -> Vec<&'a str> {
        let client = [
            "--authorization-url",
            &urls[0],
            "--token-url",
            &urls[1],
            "--client-id",
            CLIENT,
        ];
        [&[command], &client[..], more].concat()
    }

    fn user(&self, command: &str, more: &[&str]) -> Ended {
        let urls = [self.auth.authorization_url(), self.auth.token_url()];
        self.raw(&self.arguments(command, &urls, more), "")
    }

    /// Starts a login, and gives it once it has told where to sign in.
    fn login(&self, more: &[&str]) -> Login {
        let urls = [self.auth.authorization_url(), self.auth.token_url()];
        let more = [&["--no-browser"], more].concat();
        let mut child = self.command(&self.arguments("login", &urls, &more)).spawn().unwrap();
        let mut told = BufReader::new(child.stderr.take().unwrap());
        let (mut first, mut url) = (String::new(), String::new());
        told.read_line(&mut first).unwrap();
        told.read_line(&mut url).unwrap();
        Login {
            child,
            told,
            url: url.trim().to_owned(),
        }
    }

    /// The whole way, to its good end; gives what the browser shows.
    fn sign_in(&self) -> String {
        let login = self.login(&[]);
        let redirect = self.auth.visit(&login.url);
        let (status, page) = get(&redirect);
        assert_eq!(status, 200, "{page}");
        let (code, told) = login.end();
        assert_eq!(code, 0, "{told}");
        page
    }

    fn stored(&self) -> PathBuf {
        let folder = self.folder.join(".local/state/evergrant/sessions");
        let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        let mut tokens = files.filter(|path| path.extension() == Some("json".as_ref()));
        let path = tokens.next().expect("a stored token");
        assert!(tokens.next().is_none(), "one stored token");
        path
    }
}

struct Login {
    child: Child,
    told: BufReader<std::process::ChildStderr>,
    url: String,
}

impl Login {
    fn end(mut self) -> (i32, String) {
        let mut told = String::new();
        self.told.read_to_string(&mut told).unwrap();
        (self.child.wait().unwrap().code().unwrap(), told)
    }
}

/// As the user's browser does.
fn get(url: &str) -> (u16, String) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let response = http.get(url).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    })
}

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
fn without_a_sign_in_or_with_a_refused_refresh_token_the_user_is_told_to_sign_in() {
    let world = world_with(|server| server.lifetime(Duration::from_secs(1)));
    let told = world.user("token", &[]).failure(3);
    assert!(told.contains("evergrant login"), "{told}");
    assert_eq!(world.auth.token_requests(), 0);

    world.sign_in();
    world.auth.revoke_refresh_tokens();
    thread::sleep(Duration::from_millis(1100));
    let told = world.user("token", &[]).failure(3);
    assert!(
        told.contains("sign in again") && told.contains("evergrant login"),
        "{told}"
    );

    let none = world_with(|server| server.refresh_tokens(RefreshTokens::None));
    let login = none.login(&[]);
    get(&none.auth.visit(&login.url));
    let (code, told) = login.end();
    assert!(code == 0 && told.contains("no refresh token"), "{told}");
}

#[test]
fn other_settings_are_another_sign_in() {
    let world = world();
    world.sign_in();
    world.user("token", &["--scope", "orders.read"]).failure(3);
    world.user("token", &[]).success();
}

#[test]
fn a_redirect_from_elsewhere_ends_nothing() {
    let world = world();
    let login = world.login(&[]);
    let redirect = world.auth.visit(&login.url);
    let (callback, query) = redirect.split_once('?').unwrap();
    for forged in [
        "",
        "?code=stolen",
        "?code=stolen&state=guessed",
        &format!("?{query}&code=another"),
    ] {
        let (status, page) = get(&format!("{callback}{forged}"));
        assert!(
            status == 400 && page.contains("not signed in"),
            "{forged}: {status} {page}"
        );
    }
    assert_eq!(get(&callback.replace("callback", "favicon.ico")).0, 404);
    assert_eq!(get(&redirect).0, 200);
    assert_eq!(login.end().0, 0);
}

#[test]
fn a_user_who_says_no_and_a_user_who_never_comes_are_told_apart() {
    let world = world();
    world.auth.deny_sign_ins();
    let login = world.login(&[]);
    let (status, page) = get(&world.auth.visit(&login.url));
    assert!(status == 400 && page.contains("access_denied"), "{page}");
    let (code, told) = login.end();
    assert!(code == 3 && told.contains("access_denied"), "{told}");

    let (code, told) = world.login(&["--wait", "0.2"]).end();
    assert!(code == 4 && told.contains("nobody has signed in"), "{told}");
}

#[test]
fn logout_forgets_the_token() {
    let world = world();
    world.sign_in();
    let ended = world.user("logout", &[]);
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
    std::os::unix::fs::symlink("/etc/hostname", &stored).unwrap();
    let told = world.user("token", &[]).failure(2);
    assert!(told.contains("not a plain file"), "{told}");
}

#[test]
fn a_redirect_uri_must_lead_to_this_machine() {
    let world = world();
    for (uri, problem) in [
        ("https://shop.example.com/callback", "this machine"),
        ("https://127.0.0.1/callback", "plain http"),
        ("callback", "not a URL"),
    ] {
        let told = world.user("login", &["--no-browser", "--redirect-uri", uri]).failure(2);
        assert!(told.contains(problem), "{told}");
    }
    let told = world.run("login", &["--no-browser"]).failure(2);
    assert!(told.contains("authorization URL"), "{told}");
}
