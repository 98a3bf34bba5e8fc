//! The packages for Python, in a virtual environment.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::stamp::{Stamp, emptied};
use super::tool::{announce, answer, run};

/// The first version that the servers run on; Debian 12 has 3.11.
const OLDEST: (u32, u32) = (3, 10);

/// Installs what `sources` pins into the virtual environment `folder/python`.
///
/// # Errors
/// No Python, one that is too old, or packages that cannot be installed.
pub fn install(sources: &Path, folder: &Path, log: &Path) -> Result<()> {
    let version = answer(Command::new("python3").arg("--version")).context("there is no Python to run")?;
    if minor(&version).is_none_or(|version| version < OLDEST) {
        bail!("python3 is {version}, and {}.{} or newer is needed", OLDEST.0, OLDEST.1);
    }
    let pins = sources.join("requirements.txt");
    let environment = folder.join("python");
    let stamp = Stamp::new(&environment, &version, std::slice::from_ref(&pins))?;
    let python = environment.join("bin/python");
    if stamp.holds() && answer(Command::new(&python).arg("--version")).is_some() {
        return Ok(());
    }
    announce(&format!(
        "installing packages for Python into {}",
        environment.display()
    ));
    emptied(&environment)?;
    let mut create = Command::new("python3");
    create.args(["-m", "venv"]).arg(&environment);
    run(&mut create, log).context("cannot make a virtual environment")?;
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
    stamp.set()
}

fn minor(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.strip_prefix("Python ")?.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_minor_version_is_read() {
        assert_eq!(minor("Python 3.11.2"), Some((3, 11)));
        assert_eq!(minor("Python 4.0"), Some((4, 0)));
        assert_eq!(minor("2.7"), None);
    }
}
