//! Runs this program under callgrind and reads the count.

use std::fs;
use std::io::ErrorKind;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use url::Url;

use super::WORKER;

/// # Errors
/// Returns an error that names the package if valgrind is not installed.
pub(super) fn check_installed() -> Result<()> {
    match Command::new("valgrind").arg("--version").output() {
        Ok(output) if output.status.success() => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            bail!("valgrind is not installed; run `apt-get install valgrind`")
        }
        Err(error) => Err(error).context("cannot run valgrind"),
        Ok(output) => bail!(
            "`valgrind --version` failed: {}",
            String::from_utf8_lossy(&output.stderr)
        ),
    }
}

/// Returns the instructions of this number of calls.
pub(super) fn count(subject: &str, url: &Url, calls: u64) -> Result<u64> {
    let file = std::env::temp_dir().join(format!("evergrant-bench-callgrind-{}", std::process::id()));
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--toggle-collect=*::counted_section"])
        .arg(format!("--callgrind-out-file={}", file.display()))
        .arg(std::env::current_exe()?)
        .args([WORKER, subject, url.as_str(), &calls.to_string()])
        .output()?;
    let counts = fs::read_to_string(&file);
    let _ = fs::remove_file(&file);
    if !output.status.success() {
        bail!(
            "{subject} failed under valgrind: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let counts = counts.context("callgrind wrote no file")?;
    let total = counts
        .lines()
        .find_map(|line| line.strip_prefix("summary:").or_else(|| line.strip_prefix("totals:")));
    match total.context("callgrind wrote no total")?.trim().parse()? {
        0 => bail!("callgrind counted nothing for {subject}; the program must be built with symbols"),
        total => Ok(total),
    }
}
