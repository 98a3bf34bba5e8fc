//! Debian's packages: the languages of the servers, Doorkeeper with all it needs, a browser, and proxies.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::tool::{announce, answer, run};
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

/// Installs packages, as root or through a `sudo` that does not ask.
///
/// # Errors
/// What cannot be installed, with the command to install it by hand.
pub fn install(missing: &[&str], log: &Path) -> Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    let packages = missing.join(" ");
    let by_hand = format!("apt-get update && apt-get install --yes --no-install-recommends {packages}");
    if answer(Command::new("apt-get").arg("--version")).is_none() {
        bail!(
            "these Debian packages are needed, and there is no apt-get here; install what they stand for: {packages}"
        );
    }
    let Some(privilege) = Privilege::at_hand() else {
        bail!("these Debian packages are needed: {packages}\nInstall them as root, and run this again:\n  {by_hand}");
    };
    announce(&format!("installing Debian packages: {packages}"));
    let failed = || format!("cannot install Debian packages; by hand, as root, this would be:\n  {by_hand}");
    run(privilege.apt_get().arg("update"), log).with_context(failed)?;
    let mut install = privilege.apt_get();
    install
        .args(["install", "--yes", "--no-install-recommends"])
        .args(missing);
    run(&mut install, log).with_context(failed)
}

/// The packages that Node.js and npm are in, where they are not there.
pub fn missing_node() -> Vec<&'static str> {
    let lacks = |program: &str| answer(Command::new(program).arg("--version")).is_none();
    match (lacks("node"), lacks("npm")) {
        (true, _) => vec!["nodejs", "npm"],
        (false, true) => vec!["npm"],
        (false, false) => Vec::new(),
    }
}

/// The packages that Python is in with its virtual environments, where they are not there.
pub fn missing_python() -> Vec<&'static str> {
    let has_python = answer(Command::new("python3").args(["-c", "import venv, ensurepip"])).is_some();
    if has_python {
        Vec::new()
    } else {
        vec!["python3", "python3-venv"]
    }
}

/// Those of the packages that are not installed.
pub fn missing(packages: &[&'static str]) -> Vec<&'static str> {
    let installed = |package: &str| {
        let query = answer(Command::new("dpkg-query").args(["--show", "--showformat=${db:Status-Status}", package]));
        query.is_some_and(|status| status == "installed")
    };
    packages.iter().copied().filter(|package| !installed(package)).collect()
}

/// How we may install packages.
enum Privilege {
    Root,
    Sudo,
}

impl Privilege {
    fn at_hand() -> Option<Self> {
        if rustix::process::geteuid().is_root() {
            Some(Self::Root)
        } else {
            answer(Command::new("sudo").args(["-n", "true"])).map(|_| Self::Sudo)
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
        // Somebody else's installation may be under way.
        command.args([
            "DEBIAN_FRONTEND=noninteractive",
            "apt-get",
            "-o",
            "DPkg::Lock::Timeout=300",
        ]);
        command
    }
}
