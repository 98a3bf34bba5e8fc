//! One Postgres server, and the builder that says what it is like.

mod account;
mod children;
mod config;
mod data;
pub(super) mod programs;
mod server;

use std::path::Path;

use anyhow::Result;
use interop::Authority;

use self::server::Server;
use super::ports;

/// A Postgres server with a role that has a schema of its own; dropping it ends it.
#[derive(Debug)]
pub struct Postgres {
    server: Server,
    settings: PostgresBuilder,
    authority: Option<Authority>,
}

/// What a server is to be like.
#[derive(Debug, Clone, Default)]
#[must_use = "a builder does nothing until it is started"]
pub struct PostgresBuilder {
    password: Option<String>,
    encryption: Encryption,
    config: Vec<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Encryption {
    #[default]
    None,
    Tls,
}

/// The role that [`Postgres::url`] names, and the schema where its tables are.
const ROLE: &str = "evergrant";
const START_TRIES: u32 = 5;

impl Postgres {
    /// A server without a password.
    ///
    /// # Errors
    /// A missing program, with the line that installs it; one that does not start, with the end of its log.
    pub fn start() -> Result<Self> {
        Self::builder().start()
    }

    /// What the server is to be like.
    pub fn builder() -> PostgresBuilder {
        PostgresBuilder::default()
    }

    /// `postgres://…`, with the password and the authority's certificate, if there are any. Its role may make tables in a schema of
    /// its own, and nothing else.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_of(ROLE, self.settings.password.as_deref())
    }

    /// The same for another role, which [`ask`](Self::ask) can make.
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

    /// The port on `127.0.0.1`.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.server.port
    }

    /// The folder that its Unix socket is in.
    #[must_use]
    pub fn socket_folder(&self) -> &Path {
        self.server.folder()
    }

    /// Stops it in its tracks (`SIGSTOP`): it answers nothing, and its connections stay.
    pub fn pause(&self) {
        self.server.pause();
    }

    /// Lets it go on.
    pub fn resume(&self) {
        self.server.resume();
    }

    /// Ends it at once (`SIGKILL`), and all that serve its connections.
    pub fn kill(&mut self) {
        self.server.kill();
    }

    /// Starts it again on the same port, with all its tables; a running one is killed before.
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
    /// A server that does not answer.
    pub fn flush(&self) -> Result<()> {
        let tables =
            format!("SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE tableowner = '{ROLE}'");
        let truncate = "EXECUTE 'TRUNCATE ' || name";
        self.ask(&format!(
            "DO $$ DECLARE name text; BEGIN FOR name IN {tables} LOOP {truncate}; END LOOP; END $$"
        ))
        .map(|_| ())
    }

    /// Runs SQL as an administrator, past the network, and gives the rows: one a line, their columns between `|`.
    ///
    /// # Errors
    /// What the server says against it, or that it says nothing for 10 s.
    pub fn ask(&self, sql: &str) -> Result<String> {
        self.server.ask(sql)
    }
}

impl PostgresBuilder {
    /// The role's password, without characters that a URL or SQL would have to quote.
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.password = Some(password.into());
        self
    }

    /// Reached through TLS alone, with a certificate by an authority of its own.
    pub fn tls(mut self) -> Self {
        self.encryption = Encryption::Tls;
        self
    }

    /// A line of the server's configuration.
    pub fn config(mut self, line: impl Into<String>) -> Self {
        self.config.push(line.into());
        self
    }

    /// Starts the server.
    ///
    /// # Errors
    /// A missing program, with the line that installs it; one that does not start, with the end of its log.
    pub fn start(self) -> Result<Postgres> {
        let authority = match self.encryption {
            Encryption::None => None,
            Encryption::Tls => Some(Authority::new()?),
        };
        let mut server = Server::new()?;
        for attempt in 1.. {
            server.port = ports::free()?;
            config::write(&server, &self, authority.as_ref())?;
            match server.run() {
                Ok(()) => break,
                // Somebody was faster, and has the port.
                Err(_) if attempt < START_TRIES && server.log().contains("Address already in use") => {}
                Err(error) => return Err(error),
            }
        }
        let password = self.password.as_ref();
        let password = password
            .map(|password| format!("PASSWORD '{password}'"))
            .unwrap_or_default();
        server.ask(&format!(
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
