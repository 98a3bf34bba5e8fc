//! Installs Python packages in a virtual environment.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::external_tool::{announce, run, try_output};
use super::installed_versions::{Stamp, recreate_folder};

/// Minimum version of Python for the servers; Debian 12 has 3.11.
const MIN_VERSION: (u32, u32) = (3, 10);

/// Installs the packages pinned in `sources` into the virtual environment `folder/python`.
///
/// # Errors
/// Python is missing or too old, or the packages cannot be installed.
pub fn install(sources: &Path, folder: &Path, log: &Path) -> Result<()> {
    let version = try_output(Command::new("python3").arg("--version")).context("Python is not installed")?;
    if minor(&version).is_none_or(|version| version < MIN_VERSION) {
        bail!(
            "python3 is {version}, but {}.{} or newer is required",
            MIN_VERSION.0,
            MIN_VERSION.1
        );
    }
    let pins = sources.join("requirements.txt");
    let environment = folder.join("python");
    let stamp = Stamp::new(&environment, &version, std::slice::from_ref(&pins))?;
    let python = environment.join("bin/python");
    if stamp.matches() && try_output(Command::new(&python).arg("--version")).is_some() {
        return Ok(());
    }
    announce(&format!("installing Python packages into {}", environment.display()));
    recreate_folder(&environment)?;
    let mut create = Command::new("python3");
    create.args(["-m", "venv"]).arg(&environment);
    run(&mut create, log).context("cannot create a virtual environment")?;
    let mut install = Command::new(python);
    install
        .args([
            "-m",
            "pip",
            "install",
            "--disable-pip-version-check",
            "--no-deps",
            "--requirement",
        ])
        .arg(&pins);
    run(&mut install, log).context("cannot install the Python packages")?;
    stamp.write()
}

fn minor(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.strip_prefix("Python ")?.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_the_minor_version() {
        assert_eq!(minor("Python 3.11.2"), Some((3, 11)));
        assert_eq!(minor("Python 4.0"), Some((4, 0)));
        assert_eq!(minor("2.7"), None);
    }
}
