//! Debian packages: language runtimes of the servers, Doorkeeper, a browser, and proxies.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::external_tool::{announce, run, try_output};
use crate::server::Platform;

pub(super) fn missing_for(
    needs: &dyn Fn(Platform) -> bool,
    browser: bool,
    others: &[&'static str],
) -> Vec<&'static str> {
    let mut packages = Vec::new();
    if needs(Platform::Node) {
        packages.extend(missing_node());
    }
    if needs(Platform::Python) {
        packages.extend(missing_python());
    }
    if needs(Platform::Ruby) {
        packages.extend(missing(&["ruby-doorkeeper", "ruby-rails", "ruby-sqlite3", "puma"]));
    }
    if browser {
        packages.extend(missing(&["chromium"]));
    }
    packages.extend(missing(others));
    packages
}

/// Installs packages as root or through `sudo` without a password.
///
/// # Errors
/// The packages cannot be installed; the error has the command for a manual installation.
pub fn install(missing: &[&str], log: &Path) -> Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    let packages = missing.join(" ");
    let manually = format!("apt-get update && apt-get install --yes --no-install-recommends {packages}");
    if try_output(Command::new("apt-get").arg("--version")).is_none() {
        bail!("these Debian packages are required, but there is no apt-get; install their equivalents: {packages}");
    }
    let Some(privilege) = Privilege::available() else {
        bail!(
            "these Debian packages are required: {packages}\nInstall them as root, then run this again:\n  {manually}"
        );
    };
    announce(&format!("installing Debian packages: {packages}"));
    let failed = || format!("cannot install Debian packages; to install them manually, run as root:\n  {manually}");
    run(privilege.apt_get().arg("update"), log).with_context(failed)?;
    let mut install = privilege.apt_get();
    install
        .args(["install", "--yes", "--no-install-recommends"])
        .args(missing);
    run(&mut install, log).with_context(failed)
}

/// The packages of Node.js and npm that are not installed.
pub fn missing_node() -> Vec<&'static str> {
    let lacks = |program: &str| try_output(Command::new(program).arg("--version")).is_none();
    match (lacks("node"), lacks("npm")) {
        (true, _) => vec!["nodejs", "npm"],
        (false, true) => vec!["npm"],
        (false, false) => Vec::new(),
    }
}

/// The packages of Python and its virtual environments that are not installed.
pub fn missing_python() -> Vec<&'static str> {
    let has_python = try_output(Command::new("python3").args(["-c", "import venv, ensurepip"])).is_some();
    if has_python {
        Vec::new()
    } else {
        vec!["python3", "python3-venv"]
    }
}

/// Returns the packages that are not installed.
pub fn missing(packages: &[&'static str]) -> Vec<&'static str> {
    let installed = |package: &str| {
        let query =
            try_output(Command::new("dpkg-query").args(["--show", "--showformat=${db:Status-Status}", package]));
        query.is_some_and(|status| status == "installed")
    };
    packages.iter().copied().filter(|package| !installed(package)).collect()
}

/// The available right to install packages.
enum Privilege {
    Root,
    Sudo,
}

impl Privilege {
    fn available() -> Option<Self> {
        if rustix::process::geteuid().is_root() {
            Some(Self::Root)
        } else {
            try_output(Command::new("sudo").args(["-n", "true"])).map(|_| Self::Sudo)
        }
    }

    fn apt_get(&self) -> Command {
        let mut command = match self {
            Self::Root => Command::new("env"),
            Self::Sudo => {
                let mut command = Command::new("sudo");
                command.args(["-n", "env"]);
                command
            }
        };
        // Waits for another installation in progress.
        command.args([
            "DEBIAN_FRONTEND=noninteractive",
            "apt-get",
            "-o",
            "DPkg::Lock::Timeout=300",
        ]);
        command
    }
}
