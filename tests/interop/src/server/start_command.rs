//! The command that starts a server's script, with a minimal environment.

use std::path::Path;
use std::process::Command;

use anyhow::Result;
use supervisor::EndSignal;

use super::{Platform, Server};
use crate::assertion_keys;
use crate::install::Installation;
use crate::registered_clients::{registrations, sign_in};

/// The signal that stops servers and proxies, so that they can clean up.
pub(super) const STOP_SIGNAL: EndSignal = EndSignal::Terminate;

impl Server {
    /// Returns the command that serves on loopback at `port`, in the server's folder.
    pub(super) fn command(&self, installation: &Installation, folder: &Path, port: u16) -> Result<Command> {
        let mut command = match self.platform {
            Platform::Node => script(&installation.node, "server.mjs"),
            Platform::Python => script(&installation.python, "server.py"),
            Platform::Ruby => puma(port),
        };
        command
            .env("HOME", folder)
            .env("PYTHONUNBUFFERED", "1")
            .env("INTEROP_PORT", port.to_string())
            .env("INTEROP_CLIENTS", registrations().to_string())
            .env("INTEROP_KEYS", assertion_keys::registrations()?.to_string())
            .env("INTEROP_SIGN_IN", sign_in().to_string());
        Ok(command)
    }
}

fn script(interpreter: &Path, script: &str) -> Command {
    let mut command = supervisor::command(interpreter, STOP_SIGNAL);
    command.arg(script);
    command
}

fn puma(port: u16) -> Command {
    let mut command = supervisor::command(Path::new("/usr/bin/puma"), STOP_SIGNAL);
    // One thread: with two writers to SQLite, Ruby's binding waits for the lock without letting the other thread run.
    command.args(["--threads", "1:1", "--environment", "production"]);
    command.args(["--bind", &format!("tcp://127.0.0.1:{port}"), "server.ru"]);
    command
}
