//! A server's files: made by `initdb` once, which takes a second, and copied from then on, which takes a tenth of that.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use interop::install::lock;
use interop::install::stamp::{Stamp, emptied};
use interop::install::tool::{answer, run};

use super::account::Account;

const OPTIONS: [&str; 6] = [
    "--no-sync",
    "--no-instructions",
    "--encoding=UTF8",
    "--locale=C",
    "--username=postgres",
    "--auth=trust",
];

/// Makes the folder, with the files of a new server.
pub(super) fn make(data: &Path, account: &Account, initdb: &Path) -> Result<()> {
    let template = template(account, initdb)?;
    copy(&template, data)?;
    account.own_all(data)
}

/// Those that all servers start from.
fn template(account: &Account, initdb: &Path) -> Result<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(".installed/postgres");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let _one_at_a_time = lock(&folder)?;
    let template = folder.join("data");
    let version = answer(Command::new(initdb).arg("--version")).context("initdb does not say its version")?;
    let stamp = Stamp::new(&folder, &format!("{version} {}", OPTIONS.join(" ")), &[])?;
    if stamp.holds() {
        return Ok(template);
    }
    // Not right there, where another account may have no way to.
    let made = tempfile::Builder::new().prefix("evergrant-initdb-").tempdir()?;
    account.own(made.path())?;
    let data = made.path().join("data");
    let mut command = Command::new(initdb);
    command.args(OPTIONS).arg("-D").arg(&data).current_dir(made.path());
    account.assume(&mut command);
    run(&mut command, &folder.join("initdb.log"))?;
    emptied(&template)?;
    fs::remove_dir(&template)?;
    copy(&data, &template)?;
    stamp.set()?;
    Ok(template)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let copied = Command::new("cp")
        .args(["--archive", "--no-target-directory"])
        .args([from, to])
        .status();
    let done = copied.is_ok_and(|status| status.success());
    done.then_some(())
        .with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))
}
