//! The command line.

use std::path::PathBuf;

use clap::Parser;

use crate::server::{SERVERS, Server};

/// Runs evergrant against third-party authorization servers: installs them if necessary, starts them on this machine,
/// and prints a table of cases and servers. Exits with 1 if a case fails.
#[derive(Debug, Parser)]
#[command(name = "interop", after_help = INSTALLATION)]
pub struct Options {
    /// Only this server; may be repeated
    #[arg(long = "server", value_name = "NAME", value_parser = find_server)]
    servers: Vec<&'static Server>,
    /// Install the servers and end
    #[arg(long)]
    pub install: bool,
    /// The program `evergrant`; by default, cargo builds it
    #[arg(long, value_name = "FILE", value_parser = find_program)]
    pub(crate) program: Option<PathBuf>,
    /// Keep the servers running until Ctrl-C, and keep their folders (logs, databases)
    #[arg(long)]
    pub(crate) keep: bool,
    /// Print the results as JSON instead of the table
    #[arg(long)]
    pub json: bool,
}

const INSTALLATION: &str = "EVERGRANT_INTEROP_DIR sets the installation folder (default: tests/interop/.installed).";

impl Options {
    /// The selected servers, by default all.
    pub(crate) fn servers(&self) -> Vec<&'static Server> {
        match self.servers.is_empty() {
            true => SERVERS.iter().collect(),
            false => self.servers.clone(),
        }
    }
}

fn find_program(path: &str) -> Result<PathBuf, String> {
    match PathBuf::from(path) {
        path if path.is_file() => Ok(path),
        _ => Err("not a file".to_owned()),
    }
}

fn find_server(name: &str) -> Result<&'static Server, String> {
    let server = SERVERS.iter().find(|server| server.name == name);
    server.ok_or_else(|| format!("one of: {}", SERVERS.each_ref().map(|server| server.name).join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Options, clap::Error> {
        Options::try_parse_from([&["interop"], arguments].concat())
    }

    #[test]
    fn runs_all_servers_by_default() {
        let names = |arguments: &[&str]| -> Vec<&str> {
            let options = parse(arguments).unwrap();
            options.servers().iter().map(|server| server.name).collect()
        };
        assert_eq!(names(&[]).len(), SERVERS.len());
        assert_eq!(names(&["--json", "--server", "authlib"]), ["authlib"]);
    }

    #[test]
    fn rejects_unknown_arguments() {
        assert!(parse(&["--sever", "authlib"]).is_err());
        assert!(parse(&["--program", "/no/such/file"]).is_err());
        assert!(parse(&["--server"]).is_err());
        let error = parse(&["--server", "nobody"]).unwrap_err().to_string();
        assert!(error.contains("one of: oidc-provider, "), "{error}");
    }
}
