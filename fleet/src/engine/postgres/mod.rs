//! One Postgres server, and the builder that says what it is like.

mod account;
mod children;
mod data;

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::Signal;
use tempfile::TempDir;

use self::account::Account;
use super::process::{Process, command, program};
use super::tls::Authority;
use super::{ports, wait};

/// A Postgres server with a role that has a schema of its own; dropping it ends it.
#[derive(Debug)]
pub struct Postgres {
    // Before the folder, so that it has ended when that is removed.
    process: Option<Process>,
    folder: TempDir,
    account: Account,
    settings: PostgresBuilder,
    authority: Option<Authority>,
    port: u16,
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
const PACKAGES: &str = "postgresql";
const START_LIMIT: Duration = Duration::from_secs(30);
const START_TRIES: u32 = 5;
const LOG_TAIL_LINES: usize = 20;

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
            self.port,
            tls.unwrap_or_default()
        )
    }

    /// The port on `127.0.0.1`.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The folder that its Unix socket is in.
    #[must_use]
    pub fn socket_folder(&self) -> &Path {
        self.folder.path()
    }

    /// Stops it in its tracks (`SIGSTOP`): it answers nothing, and its connections stay.
    pub fn pause(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets it go on.
    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }

    /// Ends it at once (`SIGKILL`), and all that serve its connections.
    pub fn kill(&mut self) {
        // What is stopped starts no others while it is being ended.
        self.pause();
        let Some(mut process) = self.process.take() else { return };
        let children = children::of(process.id());
        children::signal(&children, Signal::KILL);
        process.kill();
        children::gone(&children);
    }

    /// Starts it again on the same port, with all its tables; a running one is killed before.
    ///
    /// # Errors
    /// As for [`start`](Self::start).
    pub fn restart(&mut self) -> Result<()> {
        self.kill();
        self.run()
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
        // Bounded, as a server that is paused answers never.
        let mut psql = Command::new("timeout");
        psql.args(["--kill-after=1", "10"]).arg(bin("psql")?);
        psql.args([
            "--no-psqlrc",
            "--no-align",
            "--tuples-only",
            "--quiet",
            "--set=ON_ERROR_STOP=1",
        ]);
        psql.args([
            "--username=postgres",
            "--dbname=postgres",
            &format!("--port={}", self.port),
        ]);
        psql.arg("--host").arg(self.folder.path()).args(["--command", sql]);
        let output = psql.env("PGOPTIONS", "-c client_min_messages=warning").output()?;
        ensure!(
            output.status.success(),
            "psql failed ({}): {}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    fn run(&mut self) -> Result<()> {
        let program = bin("postgres")?;
        let log = OpenOptions::new().create(true).append(true).open(self.log_file())?;
        // Killed, it would leave shared memory behind; this asks for an end at once.
        let mut command = command(&program, "QUIT");
        command.arg("-D").arg(self.data());
        self.account.assume(&mut command);
        command.current_dir(self.folder.path());
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let process = Process::start(command, Signal::QUIT);
        self.process = Some(process.with_context(|| format!("cannot start {}", program.display()))?);
        wait::until("a server that has just been started", START_LIMIT, || {
            if let Some(status) = self.process.as_mut().and_then(|process| process.ended().transpose()) {
                bail!("it ended at once ({})", status?);
            }
            Ok(self.is_ready().then_some(()))
        })
        .with_context(|| format!("{}\n{}", program.display(), self.log()))
    }

    /// It says so in the file that it also locks the folder with.
    fn is_ready(&self) -> bool {
        let Some(process) = &self.process else { return false };
        let text = fs::read_to_string(self.pid_file()).unwrap_or_default();
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        lines.first() == Some(&process.id().to_string().as_str()) && lines.get(7) == Some(&"ready")
    }

    fn signal(&self, signal: Signal) {
        let Some(process) = &self.process else { return };
        // Each serves a connection in a process group of its own. First the one that starts them, so that none is missed.
        children::signal(&[process.id()], signal);
        children::signal(&children::of(process.id()), signal);
    }

    /// What a killed server leaves behind outside of its folder.
    fn remove_shared_memory(&self) {
        let text = fs::read_to_string(self.pid_file()).unwrap_or_default();
        let id = text.lines().nth(6).and_then(|line| line.split_whitespace().last());
        if let Some(id) = id {
            // It may be gone.
            let _ = Command::new("ipcrm")
                .args(["--shmem-id", id])
                .stderr(Stdio::null())
                .status();
        }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn pid_file(&self) -> PathBuf {
        self.data().join("postmaster.pid")
    }

    fn log_file(&self) -> PathBuf {
        self.folder.path().join("server.log")
    }

    /// The log's end.
    fn log(&self) -> String {
        let log = fs::read(self.log_file()).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(LOG_TAIL_LINES)..].join("\n")
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // What is paused could not end.
        self.resume();
        let was_killed = self.process.is_none();
        let children = self.process.as_ref().map(|process| children::of(process.id()));
        drop(self.process.take());
        children::gone(&children.unwrap_or_default());
        if was_killed {
            self.remove_shared_memory();
        }
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
        let account = Account::for_servers()?;
        let folder = tempfile::Builder::new().prefix("evergrant-postgres-").tempdir()?;
        account.own(folder.path())?;
        let mut server = Postgres {
            process: None,
            folder,
            account,
            settings: self,
            authority,
            port: 0,
        };
        data::make(&server.data(), &server.account, &bin("initdb")?)?;
        for attempt in 1.. {
            server.port = ports::free()?;
            server.configure()?;
            match server.run() {
                Ok(()) => break,
                // Somebody was faster, and has the port.
                Err(_) if attempt < START_TRIES && server.log().contains("Address already in use") => {}
                Err(error) => return Err(error),
            }
        }
        let password = server.settings.password.as_ref();
        let password = password
            .map(|password| format!("PASSWORD '{password}'"))
            .unwrap_or_default();
        server.ask(&format!(
            "CREATE ROLE {ROLE} LOGIN {password}; CREATE SCHEMA AUTHORIZATION {ROLE}"
        ))?;
        Ok(server)
    }
}

impl Postgres {
    fn configure(&self) -> Result<()> {
        let folder = self.folder.path().display();
        let mut lines = vec![
            "listen_addresses = '127.0.0.1'".to_owned(),
            format!("port = {}", self.port),
            format!("unix_socket_directories = '{folder}'"),
        ];
        // What it has said must outlive its processes, and need not outlive the machine.
        lines.extend(["fsync = off", "full_page_writes = off", "synchronous_commit = on"].map(str::to_owned));
        lines.extend(["wal_level = minimal", "max_wal_senders = 0", "shared_buffers = '16MB'"].map(str::to_owned));
        lines.extend(["max_connections = 500", "dynamic_shared_memory_type = mmap"].map(str::to_owned));
        if let Some(authority) = &self.authority {
            for (name, from) in [("server.pem", authority.certificate()), ("server.key", authority.key())] {
                let copy = self.folder.path().join(name);
                fs::copy(from, &copy)?;
                self.account.own(&copy)?;
            }
            lines.push("ssl = on".to_owned());
            lines.push(format!("ssl_cert_file = '{folder}/server.pem'"));
            lines.push(format!("ssl_key_file = '{folder}/server.key'"));
        }
        lines.extend(self.settings.config.iter().cloned());
        let connection = if self.authority.is_some() { "hostssl" } else { "host" };
        let proof = if self.settings.password.is_some() {
            "scram-sha-256"
        } else {
            "trust"
        };
        self.write("postgresql.conf", &lines.join("\n"))?;
        self.write(
            "pg_hba.conf",
            &format!("local all postgres trust\nlocal all all {proof}\n{connection} all all 127.0.0.1/32 {proof}"),
        )
    }

    fn write(&self, name: &str, text: &str) -> Result<()> {
        let path = self.data().join(name);
        let write = || {
            let mut file = fs::File::create(&path)?;
            writeln!(file, "{text}")?;
            self.account.own(&path)
        };
        write().with_context(|| format!("cannot write {}", path.display()))
    }
}

/// One of Postgres' programs: Debian's, the newest version of them, or else where `PATH` says.
fn bin(name: &str) -> Result<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<PathBuf> = versions.map(|entry| entry.path()).collect();
    let number = |path: &PathBuf| path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok());
    versions.sort_by_key(|path| std::cmp::Reverse(number(path)));
    let folders: Vec<PathBuf> = versions.iter().map(|version| version.join("bin")).collect();
    let folders: Vec<&Path> = folders.iter().map(PathBuf::as_path).collect();
    program(name, &folders, PACKAGES)
}

#[cfg(test)]
mod tests;
