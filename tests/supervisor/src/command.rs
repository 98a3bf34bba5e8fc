//! Commands whose processes end with this process, and the paths of programs.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};
use rustix::process::Signal;

/// The signal that ends a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndSignal {
    /// `SIGTERM`.
    Terminate,
    /// `SIGQUIT`.
    Quit,
    /// `SIGKILL`, for a program without cleanup.
    Kill,
}

impl EndSignal {
    pub(crate) fn signal(self) -> Signal {
        match self {
            Self::Terminate => Signal::TERM,
            Self::Quit => Signal::QUIT,
            Self::Kill => Signal::KILL,
        }
    }

    /// The name of the signal for `setpriv`.
    fn name(self) -> &'static str {
        match self {
            Self::Terminate => "TERM",
            Self::Quit => "QUIT",
            Self::Kill => "KILL",
        }
    }
}

/// Returns a command that runs `program` with only `PATH` and a locale in its environment. If this process is killed,
/// the kernel sends `end` to the program (through `setpriv` of util-linux, if it is installed).
#[must_use]
pub fn command(program: &Path, end: EndSignal) -> Command {
    let setpriv = ["/usr/bin/setpriv", "/bin/setpriv"].map(Path::new);
    let mut command = match setpriv.into_iter().find(|path| path.exists()) {
        Some(setpriv) => {
            let mut command = Command::new(setpriv);
            command.args(["--pdeathsig", end.name(), "--"]).arg(program);
            command
        }
        None => Command::new(program),
    };
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("LANG", "C.UTF-8");
    command
}

/// Finds a program in `folders`, then in `PATH`. `packages` are the Debian packages that contain it.
///
/// # Errors
/// The program is missing. The error has the command that installs it.
pub fn find_program(name: &str, folders: &[&Path], packages: &str) -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = folders.iter().map(PathBuf::from).chain(std::env::split_paths(&path));
    match folders
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
    {
        Some(program) => Ok(program),
        None => bail!("there is no {name}; `apt-get install {packages}` installs it"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_is_an_error_with_the_install_command() {
        let error = find_program("redis-serverless", &[], "redis-server").unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no redis-serverless; `apt-get install redis-server` installs it"
        );
    }
}
