//! What a URL says, read as libpq reads it, and stricter where it is about encryption.

mod url;

use std::sync::atomic::{AtomicBool, Ordering};

use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, Connection, Error, Socket};

use self::url::{Url, invalid};
use super::table::Table;
use super::tls::{Encrypted, Tls, Verification};
use crate::builder::UnencryptedConnection;
use crate::engine::certificates::RootFile;
use crate::engine::remote::RemoteSettings;
use crate::error::StoreBuildError;

/// Where the database is, how to be let in, and which table is ours.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) config: Config,
    pub(super) table: Table,
    tls: Tls,
    /// Whether a pooler in between has refused the limits that the server is given.
    unlimited: AtomicBool,
}

/// What the server keeps to by itself, even when we are gone: a statement's time, and that of a transaction that nobody goes on with.
const LIMITS: &str = "-c statement_timeout=2000 -c idle_in_transaction_session_timeout=5000";

impl Settings {
    pub(super) fn new(remote: &RemoteSettings) -> Result<Self, StoreBuildError> {
        let url = Url::parse(remote.url.expose())?;
        let table = Table::named(url.option("table").unwrap_or("evergrant_tokens"))?;
        let mut config = url.config()?;
        let encryption = Encryption::chosen(&url, &config, remote)?;
        config
            .ssl_mode(encryption.mode())
            .target_session_attrs(TargetSessionAttrs::ReadWrite);
        Ok(Self {
            tls: encryption.tls(&url)?,
            config,
            table,
            unlimited: AtomicBool::new(false),
        })
    }

    pub(super) async fn connect(&self) -> Result<(Client, Connection<Socket, Encrypted>), Error> {
        if self.unlimited.load(Ordering::Relaxed) {
            return self.config.connect(self.tls.clone()).await;
        }
        let mut limited = self.config.clone();
        let own = self.config.get_options().unwrap_or_default();
        limited.options(format!("{LIMITS} {own}").trim_end());
        let outcome = limited.connect(self.tls.clone()).await;
        if !outcome.as_ref().is_err_and(is_of_options) {
            return outcome;
        }
        let outcome = self.config.connect(self.tls.clone()).await;
        self.unlimited.fetch_or(outcome.is_ok(), Ordering::Relaxed);
        outcome
    }
}

/// Poolers that share connections among clients take few options or none; these are the ways they say so.
fn is_of_options(error: &Error) -> bool {
    let ways = [SqlState::PROTOCOL_VIOLATION, SqlState::FEATURE_NOT_SUPPORTED];
    error.code().is_some_and(|code| ways.contains(code))
}

/// How the connection is to be encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encryption {
    Off,
    /// Where the server offers it.
    Offered(Verification),
    Required(Verification),
}

impl Encryption {
    fn chosen(url: &Url<'_>, config: &Config, remote: &RemoteSettings) -> Result<Self, StoreBuildError> {
        let chosen = match url.option("sslmode") {
            Some("disable") => Self::Off,
            Some("allow" | "prefer") => Self::Offered(Verification::Full),
            Some("require" | "verify-full") => Self::Required(Verification::Full),
            Some("verify-ca") if url.root_file().is_some() => Self::Required(Verification::Chain),
            Some("verify-ca") => {
                return Err(invalid(
                    "sslmode=verify-ca lets any host in that some public CA has certified; add sslrootcert=FILE, or use \
                     sslmode=verify-full",
                ));
            }
            Some(_) => {
                return Err(invalid(
                    "sslmode is one of disable, allow, prefer, require, verify-ca, verify-full",
                ));
            }
            None if url.option("sslrootcert").is_some() || !stays_here(config, remote) => {
                Self::Required(Verification::Full)
            }
            None => Self::Off,
        };
        if !matches!(chosen, Self::Required(_)) {
            check_unencrypted(config, remote)?;
        }
        if matches!(chosen, Self::Required(_)) && config.get_hosts().is_empty() {
            return Err(invalid(
                "hostaddr= alone names no host that a certificate could be for; add host=NAME",
            ));
        }
        // No more than libpq does: a socket leads nowhere else.
        let only_sockets = hosts(config).is_empty();
        Ok(if only_sockets { Self::Off } else { chosen })
    }

    fn mode(self) -> SslMode {
        match self {
            Self::Off => SslMode::Disable,
            Self::Offered(_) => SslMode::Prefer,
            Self::Required(_) => SslMode::Require,
        }
    }

    fn tls(self, url: &Url<'_>) -> Result<Tls, StoreBuildError> {
        let (Self::Offered(verification) | Self::Required(verification)) = self else {
            return Tls::unused();
        };
        let setting = "sslrootcert";
        Tls::new(url.root_file().map(|path| RootFile { setting, path }), verification)
    }
}

/// Those that a network leads to: addresses, where they are given beside the names.
fn hosts(config: &Config) -> Vec<String> {
    if !config.get_hostaddrs().is_empty() {
        return config.get_hostaddrs().iter().map(ToString::to_string).collect();
    }
    let names = config.get_hosts().iter().filter_map(|host| match host {
        Host::Tcp(name) => Some(name.clone()),
        #[cfg(unix)]
        Host::Unix(_) => None,
    });
    names.collect()
}

fn check_unencrypted(config: &Config, remote: &RemoteSettings) -> Result<(), StoreBuildError> {
    let mut hosts = hosts(config).into_iter();
    hosts.try_for_each(|host| remote.check_unencrypted(&host, "sslmode=verify-full"))
}

/// Whether all hosts are this machine.
fn stays_here(config: &Config, remote: &RemoteSettings) -> bool {
    let strict = RemoteSettings {
        unencrypted: UnencryptedConnection::OnLoopback,
        ..remote.clone()
    };
    check_unencrypted(config, &strict).is_ok()
}

#[cfg(test)]
mod tests;
