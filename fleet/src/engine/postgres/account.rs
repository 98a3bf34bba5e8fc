//! Who the server runs as: Postgres refuses to run as root.

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

/// An account of this machine; `None` is our own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Account(Option<Ids>);

#[derive(Debug, Clone, Copy)]
struct Ids {
    user: u32,
    group: u32,
}

impl Account {
    /// Our own, or another one if we are root.
    pub(super) fn for_servers() -> Result<Self> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self(None));
        }
        let accounts = fs::read_to_string("/etc/passwd").context("cannot read /etc/passwd")?;
        let ids = ["postgres", "nobody"].iter().find_map(|name| ids(&accounts, name));
        let ids = ids.context("Postgres does not run as root, and there is neither an account postgres nor nobody")?;
        Ok(Self(Some(ids)))
    }

    /// Has the command run as this account.
    pub(super) fn assume(&self, command: &mut Command) {
        if let Some(ids) = self.0 {
            command.uid(ids.user).gid(ids.group);
        }
    }

    /// Gives the account a file or folder, without what is in it.
    pub(super) fn own(&self, path: &Path) -> std::io::Result<()> {
        match self.0 {
            Some(ids) => chown(path, Some(ids.user), Some(ids.group)),
            None => Ok(()),
        }
    }

    /// Gives the account a folder with all that is in it.
    pub(super) fn own_all(&self, path: &Path) -> Result<()> {
        let Some(ids) = self.0 else { return Ok(()) };
        let owner = format!("{}:{}", ids.user, ids.group);
        let given = Command::new("chown").args(["--recursive", &owner]).arg(path).status();
        let done = given.is_ok_and(|status| status.success());
        done.then_some(())
            .with_context(|| format!("cannot give {} away", path.display()))
    }
}

fn ids(accounts: &str, name: &str) -> Option<Ids> {
    let fields = accounts.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let account = fields.into_iter().find(|fields| fields.first() == Some(&name))?;
    Some(Ids {
        user: account.get(2)?.parse().ok()?,
        group: account.get(3)?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_found_by_its_whole_name() {
        let accounts = "root:x:0:0:root:/root:/bin/bash\npostgres2:x:7:8::/:/bin/sh\npostgres:x:101:104::/:/bin/sh\n";
        let found = ids(accounts, "postgres").unwrap();
        assert_eq!((found.user, found.group), (101, 104));
        assert!(ids(accounts, "postgre").is_none());
    }
}
