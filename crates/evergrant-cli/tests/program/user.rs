//! A user who signs in with the binary, at an embedded server.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Stdio};

use evergrant_testing::{AuthServer, AuthServerBuilder};

use crate::support::{Ended, World};

pub(crate) const CLIENT: &str = "shop-cli";
const USER: &str = "reader";

pub(crate) fn world() -> World {
    world_with(|server| server)
}

pub(crate) fn world_with(more: impl FnOnce(AuthServerBuilder) -> AuthServerBuilder) -> World {
    let server = AuthServer::builder()
        .public_client(CLIENT)
        .user(USER, "not-a-real-password")
        .redirect_uri(CLIENT, "http://127.0.0.1/callback");
    World::of(more(server).start())
}

/// A user at work: the program with the settings of one client.
pub(crate) trait AsUser {
    fn arguments<'a>(&self, command: &'a str, urls: &'a [String; 2], more: &[&'a str]) -> Vec<&'a str>;
    fn user(&self, command: &str, more: &[&str]) -> Ended;
    fn login(&self, more: &[&str]) -> Login;
    fn login_in(&self, environment: &[(&str, &str)], more: &[&str]) -> Login;
    fn login_without_hangup(&self) -> Login;
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
        self.login_in(&[], &[&["--no-browser"], more].concat())
    }

    /// With a browser, as this environment says.
    fn login_in(&self, environment: &[(&str, &str)], more: &[&str]) -> Login {
        let urls = [self.auth.authorization_url(), self.auth.token_url()];
        let mut command = self.command(&self.arguments("login", &urls, more));
        Login::of(command.envs(environment.iter().copied()).spawn().unwrap())
    }

    /// Without a browser, and as `nohup` starts it.
    fn login_without_hangup(&self) -> Login {
        let urls = [self.auth.authorization_url(), self.auth.token_url()];
        let command = self.command(&self.arguments("login", &urls, &["--no-browser"]));
        let mut shell = Command::new("/bin/sh");
        shell
            .args(["-c", "trap '' HUP; exec \"$0\" \"$@\""])
            .arg(command.get_program())
            .args(command.get_args())
            .env_clear()
            .env("HOME", &self.folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Login::of(shell.spawn().unwrap())
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

pub(crate) struct Login {
    child: Child,
    told: BufReader<ChildStderr>,
    pub(crate) url: String,
}

impl Login {
    /// Once it has told where to sign in.
    fn of(mut child: Child) -> Self {
        let mut told = BufReader::new(child.stderr.take().unwrap());
        let (mut first, mut url) = (String::new(), String::new());
        told.read_line(&mut first).unwrap();
        told.read_line(&mut url).unwrap();
        Self {
            child,
            told,
            url: url.trim().to_owned(),
        }
    }

    pub(crate) fn end(mut self) -> (i32, String) {
        let mut told = String::new();
        self.told.read_to_string(&mut told).unwrap();
        (self.child.wait().unwrap().code().unwrap(), told)
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// It was, and is gone.
    pub(crate) fn killed(mut self) {
        assert_eq!(self.child.wait().unwrap().code(), None);
    }
}

/// As the user's browser does.
pub(crate) fn get(url: &str) -> (u16, String) {
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
