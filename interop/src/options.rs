//! The command line.

use std::ffi::OsString;

use anyhow::{Result, bail};

use crate::server::{SERVERS, Server};

/// What `--help` says.
pub const USAGE: &str = "\
Runs evergrant against third-party authorization servers: installs them if need be, starts them on this machine, and
prints a table of cases and servers. Exits with 1 if a case does not hold.

Usage: cargo run -p interop -- [OPTIONS]

  --server NAME   only this server; may be repeated
  --keep          leave the servers running afterwards, until Ctrl-C, and their folders (logs, databases) in place
  --json          print the results as JSON instead of the table
  --help          print this

EVERGRANT_INTEROP_DIR names the folder for what is installed; otherwise it is interop/.installed.";

/// What the suite is asked to do.
#[derive(Debug)]
pub struct Options {
    pub(crate) servers: Vec<&'static Server>,
    pub(crate) aftermath: Aftermath,
    /// How the results are printed.
    pub layout: Layout,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// For people.
    Table,
    /// For programs.
    Json,
}

/// What becomes of the servers when the cases have run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aftermath {
    Stop,
    Keep,
}

impl Options {
    /// Reads the arguments that follow the program's name; `None` when only help was asked for.
    ///
    /// # Errors
    /// An argument that is not known.
    pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Option<Self>> {
        let mut options = Self {
            servers: Vec::new(),
            aftermath: Aftermath::Stop,
            layout: Layout::Table,
        };
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            match argument.to_str() {
                Some("--help" | "-h") => return Ok(None),
                Some("--keep") => options.aftermath = Aftermath::Keep,
                Some("--json") => options.layout = Layout::Json,
                Some("--server") => options.servers.push(known(arguments.next())?),
                _ => bail!("unknown argument {argument:?}; see --help"),
            }
        }
        if options.servers.is_empty() {
            options.servers = SERVERS.iter().collect();
        }
        Ok(Some(options))
    }
}

fn known(name: Option<OsString>) -> Result<&'static Server> {
    let name = name.unwrap_or_default();
    let Some(server) = SERVERS.iter().find(|server| name == server.name) else {
        let names: Vec<&str> = SERVERS.iter().map(|server| server.name).collect();
        bail!("--server takes one of: {}", names.join(", "));
    };
    Ok(server)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Option<Options>> {
        Options::parse(arguments.iter().map(OsString::from))
    }

    #[test]
    fn all_servers_unless_some_are_named() {
        let names = |arguments: &[&str]| -> Vec<&str> {
            let options = parse(arguments).unwrap().unwrap();
            options.servers.iter().map(|server| server.name).collect()
        };
        assert_eq!(names(&[]).len(), SERVERS.len());
        assert_eq!(names(&["--json", "--server", "authlib"]), ["authlib"]);
    }

    #[test]
    fn help_is_not_a_run_and_unknown_words_are_refused() {
        assert!(parse(&["--help"]).unwrap().is_none());
        assert!(parse(&["--sever", "authlib"]).is_err());
        assert!(parse(&["--server", "nobody"]).is_err());
        assert!(parse(&["--server"]).is_err());
    }
}
