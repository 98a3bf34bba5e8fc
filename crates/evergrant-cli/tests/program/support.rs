//! Runs the binary with an embedded server.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use evergrant_testing::{ApiServer, AuthServer};

pub(crate) const CLIENT: &str = "svc special+%";
pub(crate) const SECRET: &str = "a+b%2Fc/d:e f&g=h~\"!";

pub(crate) struct Fixture {
    pub(crate) auth: AuthServer,
    pub(crate) api: ApiServer,
    /// The home directory of the program; removed on drop.
    pub(crate) folder: PathBuf,
}

pub(crate) struct RunResult {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        Self::with_server(AuthServer::builder().client(CLIENT, SECRET).start())
    }

    pub(crate) fn with_server(auth: AuthServer) -> Self {
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

    /// Runs `evergrant COMMAND --token-url .. --client-id .. --client-secret-env ..` with extra arguments.
    pub(crate) fn run(&self, command: &str, extra: &[&str]) -> RunResult {
        let url = self.auth.token_url();
        self.run_raw(&[&client_arguments(command, &url), extra].concat(), "")
    }

    /// Same as [`run`](Self::run), with environment variables.
    pub(crate) fn run_with_env(&self, environment: &[(&str, &str)], command: &str, extra: &[&str]) -> RunResult {
        let url = self.auth.token_url();
        let mut command = self.command(&[&client_arguments(command, &url), extra].concat());
        RunResult::from_output(&command.envs(environment.iter().copied()).output().unwrap())
    }

    pub(crate) fn run_raw(&self, arguments: &[&str], stdin: &str) -> RunResult {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().unwrap();
        // A program that does not read its input may have ended already.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        RunResult::from_output(&child.wait_with_output().unwrap())
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

    /// Writes a file in the fixture's folder, readable by its owner only.
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

impl RunResult {
    pub(crate) fn from_output(output: &Output) -> Self {
        let result = Self {
            code: output.status.code().expect("the program ends without a signal"),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        };
        for text in [&result.stdout, &result.stderr] {
            assert!(
                !text.contains(SECRET) && !text.contains("a%2Bb%252Fc"),
                "a secret is shown: {text}"
            );
            assert!(!text.contains("panicked"), "{text}");
        }
        result
    }

    /// Asserts success without anything on standard error, and returns standard output.
    #[track_caller]
    pub(crate) fn success(self) -> String {
        assert_eq!((self.code, self.stderr.as_str()), (0, ""), "{}", self.stdout);
        self.stdout
    }

    /// Asserts failure with this code and one line on standard error, and returns that line.
    #[track_caller]
    pub(crate) fn failure(self, code: i32) -> String {
        assert_eq!(self.code, code, "{}{}", self.stdout, self.stderr);
        assert_eq!(self.stderr.lines().count(), 1, "{}", self.stderr);
        self.stderr.strip_prefix("error: ").expect("an error").to_owned()
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
