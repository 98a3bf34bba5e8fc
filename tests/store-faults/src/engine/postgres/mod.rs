//! A Postgres server and its builder.

mod config;
mod data_folder;
mod os_account;
pub(super) mod program_paths;
mod server;

use std::path::Path;

use anyhow::Result;
use interop::Authority;
use supervisor::{free_port, retry_port_conflicts};

use self::server::Server;

/// A Postgres server with a role that owns a schema. Dropping it ends the server.
#[derive(Debug)]
pub struct Postgres {
    server: Server,
    settings: PostgresBuilder,
    authority: Option<Authority>,
}

/// Options of a server.
#[derive(Debug, Clone, Default)]
#[must_use = "a builder does nothing until it is started"]
pub struct PostgresBuilder {
    password: Option<String>,
    tls: bool,
    config: Vec<String>,
}

/// The role in [`Postgres::url`], and the schema of its tables.
const ROLE: &str = "evergrant";

impl Postgres {
    /// Starts a server without a password.
    ///
    /// # Errors
    /// The program is missing; the error has the command that installs it. Or it does not start; the error has the end
    /// of its log.
    pub fn start() -> Result<Self> {
        Self::builder().start()
    }

    /// Returns a builder.
    pub fn builder() -> PostgresBuilder {
        PostgresBuilder::default()
    }

    /// Returns the URL, `postgres://…`, with the password and the CA certificate, if any. The role can create tables in
    /// its own schema only.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_of(ROLE, self.settings.password.as_deref())
    }

    /// Returns the URL for another role. Create the role with [`sql`](Self::sql).
    #[must_use]
    pub fn url_of(&self, role: &str, password: Option<&str>) -> String {
        let password = password.map(|password| format!(":{password}")).unwrap_or_default();
        let tls = self.authority.as_ref();
        let tls = tls.map(|authority| format!("?sslmode=verify-full&sslrootcert={}", authority.ca().display()));
        format!(
            "postgres://{role}{password}@127.0.0.1:{}/postgres{}",
            self.server.port,
            tls.unwrap_or_default()
        )
    }

    /// Returns the port on `127.0.0.1`.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.server.port
    }

    /// Returns the folder of the Unix socket.
    #[must_use]
    pub fn socket_folder(&self) -> &Path {
        self.server.folder()
    }

    /// Stops the server (`SIGSTOP`): it does not respond, and its connections stay open.
    pub fn pause(&self) {
        self.server.pause();
    }

    /// Lets a stopped server continue.
    pub fn resume(&self) {
        self.server.resume();
    }

    /// Kills the server and its child processes (`SIGKILL`).
    pub fn kill(&mut self) {
        self.server.kill();
    }

    /// Starts the server again on the same port with all its tables. A running server is killed first.
    ///
    /// # Errors
    /// As for [`start`](Self::start).
    pub fn restart(&mut self) -> Result<()> {
        self.server.kill();
        self.server.run()
    }

    /// Empties all tables of the role.
    ///
    /// # Errors
    /// The server does not respond.
    pub fn flush(&self) -> Result<()> {
        let tables =
            format!("SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE tableowner = '{ROLE}'");
        let truncate = "EXECUTE 'TRUNCATE ' || name";
        self.sql(&format!(
            "DO $$ DECLARE name text; BEGIN FOR name IN {tables} LOOP {truncate}; END LOOP; END $$"
        ))
        .map(|_| ())
    }

    /// Runs SQL as an administrator through the Unix socket. Returns one line for each row, with `|` between the
    /// columns.
    ///
    /// # Errors
    /// The server reports an error or does not respond within 10 s.
    pub fn sql(&self, sql: &str) -> Result<String> {
        self.server.sql(sql)
    }
}

impl PostgresBuilder {
    /// Sets the role's password. It must not need quoting in a URL or in SQL.
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.password = Some(password.into());
        self
    }

    /// Accepts TLS connections only, with a certificate of a new CA.
    pub fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// Adds a line to the server's configuration.
    pub fn config(mut self, line: impl Into<String>) -> Self {
        self.config.push(line.into());
        self
    }

    /// Starts the server.
    ///
    /// # Errors
    /// The program is missing; the error has the command that installs it. Or it does not start; the error has the end
    /// of its log.
    pub fn start(self) -> Result<Postgres> {
        let authority = self.tls.then(Authority::new).transpose()?;
        let mut server = Server::new()?;
        retry_port_conflicts(|| {
            server.port = free_port()?;
            config::write(&server, &self, authority.as_ref())?;
            server.run()
        })?;
        let password = self.password.as_ref();
        let password = password
            .map(|password| format!("PASSWORD '{password}'"))
            .unwrap_or_default();
        server.sql(&format!(
            "CREATE ROLE {ROLE} LOGIN {password}; CREATE SCHEMA AUTHORIZATION {ROLE}"
        ))?;
        Ok(Postgres {
            server,
            settings: self,
            authority,
        })
    }
}

#[cfg(test)]
mod tests;
