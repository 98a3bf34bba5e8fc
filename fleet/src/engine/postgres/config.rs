//! What a server is configured with.

use std::fs::{self, File};
use std::io::Write as _;

use anyhow::{Context as _, Result};
use interop::Authority;

use super::PostgresBuilder;
use super::server::Server;

/// What it has said must outlive its processes, and need not outlive the machine.
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

/// Writes the configuration of a server that does not run yet.
pub(super) fn write(server: &Server, settings: &PostgresBuilder, authority: Option<&Authority>) -> Result<()> {
    let folder = server.folder().display();
    let mut lines: Vec<String> = SETTINGS.map(str::to_owned).into();
    lines.push(format!("port = {}", server.port));
    lines.push(format!("unix_socket_directories = '{folder}'"));
    if let Some(authority) = authority {
        for (name, from) in [("server.pem", authority.certificate()), ("server.key", authority.key())] {
            let copy = server.folder().join(name);
            fs::copy(from, &copy)?;
            server.account.own(&copy)?;
        }
        lines.push("ssl = on".to_owned());
        lines.push(format!("ssl_cert_file = '{folder}/server.pem'"));
        lines.push(format!("ssl_key_file = '{folder}/server.key'"));
    }
    lines.extend(settings.config.iter().cloned());
    let connection = if authority.is_some() { "hostssl" } else { "host" };
    let proof = match settings.password {
        Some(_) => "scram-sha-256",
        None => "trust",
    };
    file(server, "postgresql.conf", &lines.join("\n"))?;
    file(
        server,
        "pg_hba.conf",
        &format!("local all postgres trust\nlocal all all {proof}\n{connection} all all 127.0.0.1/32 {proof}"),
    )
}

fn file(server: &Server, name: &str, text: &str) -> Result<()> {
    let path = server.data().join(name);
    let write = || {
        let mut file = File::create(&path)?;
        writeln!(file, "{text}")?;
        server.account.own(&path)
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}
