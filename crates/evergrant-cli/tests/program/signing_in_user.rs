//! A user who signs in with the binary at an embedded server.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Stdio};

use evergrant_testing::{AuthServer, AuthServerBuilder};

use crate::support::{Fixture, RunResult};

pub(crate) const CLIENT: &str = "shop-cli";
const USER: &str = "reader";

pub(crate) fn fixture() -> Fixture {
    fixture_with(|server| server)
}

pub(crate) fn fixture_with(configure: impl FnOnce(AuthServerBuilder) -> AuthServerBuilder) -> Fixture {
    let server = AuthServer::builder()
        .public_client(CLIENT)
        .user(USER, "not-a-real-password")
        .redirect_uri(CLIENT, "http://127.0.0.1/callback");
    Fixture::with_server(configure(server).start())
}

/// Runs the program with the settings of one client for users.
pub(crate) trait UserCommands {
    fn arguments<'a>(&self, command: &'a str, urls: &'a [String; 2], extra: &[&'a str]) -> Vec<&'a str>;
    fn run_as_user(&self, command: &str, extra: &[&str]) -> RunResult;
    fn login(&self, extra: &[&str]) -> Login;
    fn login_with_env(&self, environment: &[(&str, &str)], extra: &[&str]) -> Login;
    fn login_without_hangup(&self) -> Login;
    fn sign_in(&self) -> String;
    fn stored_token(&self) -> PathBuf;
}

impl UserCommands for Fixture {
    fn arguments<'a>(&self, command: &'a str, urls: &'a [String; 2], extra: &[&'a str]) -> Vec<&'a str> {
        let client = [
            "--authorization-url",
            &urls[0],
            "--token-url",
            &urls[1],
            "--client-id",
            CLIENT,
        ];
        [&[command], &client[..], extra].concat()
    }

    fn run_as_user(&self, command: &str, extra: &[&str]) -> RunResult {
        let urls = [self.auth.authorization_url(), self.auth.token_url()];
        self.run_raw(&self.arguments(command, &urls, extra), "")
    }

    /// Starts a login and returns it once it has printed the URL.
    fn login(&self, extra: &[&str]) -> Login {
        self.login_with_env(&[], &[&["--no-browser"], extra].concat())
    }

    /// Starts a login with a browser and environment variables.
    fn login_with_env(&self, environment: &[(&str, &str)], extra: &[&str]) -> Login {
        let urls = [self.auth.authorization_url(), self.auth.token_url()];
        let mut command = self.command(&self.arguments("login", &urls, extra));
        Login::start(command.envs(environment.iter().copied()).spawn().unwrap())
    }

    /// Starts a login without a browser that ignores SIGHUP, as with `nohup`.
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
        Login::start(shell.spawn().unwrap())
    }

    /// Signs in successfully and returns the page that the browser shows.
    fn sign_in(&self) -> String {
        let login = self.login(&[]);
        let redirect = self.auth.visit(&login.url);
        let (status, page) = get(&redirect);
        assert_eq!(status, 200, "{page}");
        let (code, stderr) = login.finish();
        assert_eq!(code, 0, "{stderr}");
        page
    }

    fn stored_token(&self) -> PathBuf {
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
    stderr: BufReader<ChildStderr>,
    pub(crate) url: String,
}

impl Login {
    /// Returns once the program has printed the URL.
    pub(crate) fn start(mut child: Child) -> Self {
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let (mut first, mut url) = (String::new(), String::new());
        stderr.read_line(&mut first).unwrap();
        stderr.read_line(&mut url).unwrap();
        Self {
            child,
            stderr,
            url: url.trim().to_owned(),
        }
    }

    pub(crate) fn finish(mut self) -> (i32, String) {
        let mut stderr = String::new();
        self.stderr.read_to_string(&mut stderr).unwrap();
        (self.child.wait().unwrap().code().unwrap(), stderr)
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the end of a killed program.
    pub(crate) fn wait_killed(mut self) {
        assert_eq!(self.child.wait().unwrap().code(), None);
    }
}

/// Gets a URL as the user's browser does.
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
