//! The data folder of a server. `initdb` creates a template once, which takes about a second; each server starts with a
//! copy, which takes a tenth of that.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use interop::install::external_tool::{run, try_output};
use interop::install::installed_versions::{Stamp, recreate_folder};
use interop::install::lock;
use supervisor::temporary_folder;

use super::os_account::Account;

const OPTIONS: [&str; 6] = [
    "--no-sync",
    "--no-instructions",
    "--encoding=UTF8",
    "--locale=C",
    "--username=postgres",
    "--auth=trust",
];

/// Creates the data folder of a new server.
pub(super) fn create(data: &Path, account: &Account, initdb: &Path) -> Result<()> {
    let template = template(account, initdb)?;
    copy(&template, data)?;
    account.take_ownership_recursively(data)
}

/// Returns the template folder, and creates it if it is missing or out of date.
fn template(account: &Account, initdb: &Path) -> Result<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(".installed/postgres");
    fs::create_dir_all(&folder).with_context(|| format!("cannot create the folder {}", folder.display()))?;
    let _one_at_a_time = lock(&folder)?;
    let template = folder.join("data");
    let version = try_output(Command::new(initdb).arg("--version")).context("initdb does not print its version")?;
    let stamp = Stamp::new(&folder, &format!("{version} {}", OPTIONS.join(" ")), &[])?;
    if stamp.matches() {
        return Ok(template);
    }
    // Created in a temporary folder: another account may have no access to the template's parent folders.
    let temp = temporary_folder("initdb")?;
    account.take_ownership(temp.path())?;
    let data = temp.path().join("data");
    let mut command = Command::new(initdb);
    command.args(OPTIONS).arg("-D").arg(&data).current_dir(temp.path());
    account.apply_to(&mut command);
    run(&mut command, &folder.join("initdb.log"))?;
    recreate_folder(&template)?;
    fs::remove_dir(&template)?;
    copy(&data, &template)?;
    stamp.write()?;
    Ok(template)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let status = Command::new("cp")
        .args(["--archive", "--no-target-directory"])
        .args([from, to])
        .status();
    let done = status.is_ok_and(|status| status.success());
    done.then_some(())
        .with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))
}
