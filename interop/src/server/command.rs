//! How a server's script is started: with nothing of our environment but what it needs.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Platform, Server};
use crate::client::{registrations, sign_in};
use crate::install::Installation;

impl Server {
    /// The command that serves on `port` of loopback, in the server's own folder.
    pub(super) fn command(&self, installation: &Installation, folder: &Path, port: u16) -> Command {
        let mut command = match self.platform {
            Platform::Node => script(&installation.node, "server.mjs"),
            Platform::Python => script(&installation.python, "server.py"),
            Platform::Ruby => puma(port),
        };
        command
            .current_dir(folder)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("LANG", "C.UTF-8")
            .env("HOME", folder)
            .env("PYTHONUNBUFFERED", "1")
            .env("INTEROP_PORT", port.to_string())
            .env("INTEROP_CLIENTS", registrations().to_string())
            .env("INTEROP_SIGN_IN", sign_in().to_string());
        command
    }
}

fn script(interpreter: &Path, script: &str) -> Command {
    let mut command = dying_with_us(interpreter);
    command.arg(script);
    command
}

fn puma(port: u16) -> Command {
    let mut command = dying_with_us(Path::new("/usr/bin/puma"));
    // Two threads that write to SQLite would lock each other out: Ruby's binding waits without letting the other one run.
    command.args(["--threads", "1:1", "--environment", "production"]);
    command.args(["--bind", &format!("tcp://127.0.0.1:{port}"), "server.ru"]);
    command
}

/// Should we be killed without a chance to clean up, the kernel ends the server (util-linux's `setpriv`, where present).
pub(super) fn dying_with_us(program: &Path) -> Command {
    match setpriv() {
        Some(setpriv) => {
            let mut command = Command::new(setpriv);
            command.args(["--pdeathsig", "TERM", "--"]).arg(program);
            command
        }
        None => Command::new(program),
    }
}

fn setpriv() -> Option<PathBuf> {
    ["/usr/bin/setpriv", "/bin/setpriv"]
        .map(PathBuf::from)
        .into_iter()
        .find(|path| path.exists())
}
