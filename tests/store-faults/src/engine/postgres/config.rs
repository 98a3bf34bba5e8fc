//! The configuration of a server.

use std::fs::{self, File};
use std::io::Write as _;

use anyhow::{Context as _, Result};
use interop::Authority;

use super::PostgresBuilder;
use super::server::Server;

/// Committed data must survive a kill of the processes, but not a crash of the machine.
const SETTINGS: [&str; 8] = [
    "listen_addresses = '127.0.0.1'",
    "fsync = off",
    "full_page_writes = off",
    "wal_level = minimal",
    "max_wal_senders = 0",
    "shared_buffers = '16MB'",
    "max_connections = 500",
    "dynamic_shared_memory_type = mmap",
];

/// Writes the configuration of a server before its start.
pub(super) fn write(server: &Server, settings: &PostgresBuilder, authority: Option<&Authority>) -> Result<()> {
    let folder = server.folder().display();
    let mut lines: Vec<String> = SETTINGS.map(str::to_owned).into();
    lines.push(format!("port = {}", server.port));
    lines.push(format!("unix_socket_directories = '{folder}'"));
    if let Some(authority) = authority {
        for (name, source) in [("server.pem", authority.certificate()), ("server.key", authority.key())] {
            let copy = server.folder().join(name);
            fs::copy(source, &copy)?;
            server.account.take_ownership(&copy)?;
        }
        lines.push("ssl = on".to_owned());
        lines.push(format!("ssl_cert_file = '{folder}/server.pem'"));
        lines.push(format!("ssl_key_file = '{folder}/server.key'"));
    }
    lines.extend(settings.config.iter().cloned());
    let connection = if authority.is_some() { "hostssl" } else { "host" };
    let method = match settings.password {
        Some(_) => "scram-sha-256",
        None => "trust",
    };
    write_file(server, "postgresql.conf", &lines.join("\n"))?;
    write_file(
        server,
        "pg_hba.conf",
        &format!("local all postgres trust\nlocal all all {method}\n{connection} all all 127.0.0.1/32 {method}"),
    )
}

fn write_file(server: &Server, name: &str, text: &str) -> Result<()> {
    let path = server.data().join(name);
    let write = || {
        let mut file = File::create(&path)?;
        writeln!(file, "{text}")?;
        server.account.take_ownership(&path)
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}
