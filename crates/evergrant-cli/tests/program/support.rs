//! Runs the binary beside an embedded server.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use evergrant_testing::{ApiServer, AuthServer};

pub(crate) const CLIENT: &str = "svc special+%";
pub(crate) const SECRET: &str = "a+b%2Fc/d:e f&g=h~\"!";

pub(crate) struct World {
    pub(crate) auth: AuthServer,
    pub(crate) api: ApiServer,
    /// Gone with the world.
    pub(crate) folder: PathBuf,
}

pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::of(AuthServer::builder().client(CLIENT, SECRET).start())
    }

    pub(crate) fn of(auth: AuthServer) -> Self {
        let name = format!(
            "evergrant-test-{}-{}",
            std::process::id(),
            auth.token_url().replace(['/', ':'], "")
        );
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        Self {
            api: auth.api(),
            auth,
            folder,
        }
    }

    /// `evergrant COMMAND --token-url .. --client-id .. --client-secret-env ..` and what follows.
    pub(crate) fn run(&self, command: &str, more: &[&str]) -> Ended {
        let url = self.auth.token_url();
        self.raw(&[&client_arguments(command, &url), more].concat(), "")
    }

    /// As [`run`](Self::run), with more in the environment.
    pub(crate) fn run_in(&self, environment: &[(&str, &str)], command: &str, more: &[&str]) -> Ended {
        let url = self.auth.token_url();
        let mut command = self.command(&[&client_arguments(command, &url), more].concat());
        Ended::of(&command.envs(environment.iter().copied()).output().unwrap())
    }

    pub(crate) fn raw(&self, arguments: &[&str], stdin: &str) -> Ended {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().unwrap();
        // A program that reads nothing may be gone already.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        Ended::of(&child.wait_with_output().unwrap())
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_evergrant"));
        command
            .args(arguments)
            .env_clear()
            .env("HOME", &self.folder)
            .env("CLIENT_SECRET", SECRET)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// A file in the world's folder, readable by its owner alone.
    pub(crate) fn file(&self, name: &str, content: &str) -> String {
        let path = self.folder.join(name);
        std::fs::write(&path, content).unwrap();
        set_mode(&path, 0o600);
        path.to_str().unwrap().to_owned()
    }
}

fn client_arguments<'a>(command: &'a str, url: &'a str) -> [&'a str; 7] {
    let secret = ["--client-secret-env", "CLIENT_SECRET"];
    [command, "--token-url", url, "--client-id", CLIENT, secret[0], secret[1]]
}

pub(crate) fn set_mode(path: impl AsRef<std::path::Path>, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

impl Ended {
    pub(crate) fn of(output: &Output) -> Self {
        let ended = Self {
            code: output.status.code().expect("it ends by itself"),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        };
        for text in [&ended.stdout, &ended.stderr] {
            assert!(
                !text.contains(SECRET) && !text.contains("a%2Bb%252Fc"),
                "a secret was shown: {text}"
            );
            assert!(!text.contains("panicked"), "{text}");
        }
        ended
    }

    /// It succeeded, and wrote this.
    #[track_caller]
    pub(crate) fn success(self) -> String {
        assert_eq!((self.code, self.stderr.as_str()), (0, ""), "{}", self.stdout);
        self.stdout
    }

    /// It failed with this code and one line on standard error, which this gives.
    #[track_caller]
    pub(crate) fn failure(self, code: i32) -> String {
        assert_eq!(self.code, code, "{}{}", self.stdout, self.stderr);
        assert_eq!(self.stderr.lines().count(), 1, "{}", self.stderr);
        self.stderr.strip_prefix("error: ").expect("an error").to_owned()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
