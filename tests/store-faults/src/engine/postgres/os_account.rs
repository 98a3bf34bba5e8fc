//! The account that the server runs as. Postgres does not run as root.

use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};
use nix::unistd::User;

/// An account of this machine; `None` is the current account.
#[derive(Debug, Clone, Copy)]
pub(super) struct Account(Option<Ids>);

#[derive(Debug, Clone, Copy)]
struct Ids {
    user: u32,
    group: u32,
}

impl Account {
    /// Returns the current account, or another one for root.
    pub(super) fn for_servers() -> Result<Self> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self(None));
        }
        let account = ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| User::from_name(name).ok()?);
        let account =
            account.context("Postgres does not run as root, and there is no account `postgres` or `nobody`")?;
        Ok(Self(Some(Ids {
            user: account.uid.as_raw(),
            group: account.gid.as_raw(),
        })))
    }

    /// Makes the command run as this account.
    pub(super) fn apply_to(&self, command: &mut Command) {
        if let Some(ids) = self.0 {
            command.uid(ids.user).gid(ids.group);
        }
    }

    /// Makes the account the owner of a file or folder, without the contents of the folder.
    pub(super) fn take_ownership(&self, path: &Path) -> std::io::Result<()> {
        match self.0 {
            Some(ids) => chown(path, Some(ids.user), Some(ids.group)),
            None => Ok(()),
        }
    }

    /// Makes the account the owner of a folder and its contents.
    pub(super) fn take_ownership_recursively(&self, path: &Path) -> Result<()> {
        let Some(ids) = self.0 else { return Ok(()) };
        let owner = format!("{}:{}", ids.user, ids.group);
        let status = Command::new("chown").args(["--recursive", &owner]).arg(path).status();
        let done = status.is_ok_and(|status| status.success());
        done.then_some(())
            .with_context(|| format!("cannot change the owner of {}", path.display()))
    }
}
