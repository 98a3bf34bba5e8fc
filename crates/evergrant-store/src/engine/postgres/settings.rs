//! What a URL says, read as libpq reads it, and stricter where it is about encryption.

use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};

use super::table::Table;
use super::tls::{Roots, Tls, Verification};
use crate::builder::UnencryptedConnection;
use crate::engine::remote::RemoteSettings;
use crate::error::StoreBuildError;

/// Where the database is, how to be let in, and which table is ours.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) config: Config,
    pub(super) tls: Tls,
    pub(super) table: Table,
}

/// For one address. Whoever asks for more than this gives up before.
const CONNECT_LIMIT: Duration = Duration::from_secs(2);
/// What is sent and not acknowledged for so long was sent to nobody.
const UNACKNOWLEDGED_LIMIT: Duration = Duration::from_secs(5);
const KEEPALIVE: Duration = Duration::from_secs(30);

/// Options that mean here what they mean to libpq.
const PASSED_ON: [&str; 15] = [
    "application_name",
    "connect_timeout",
    "dbname",
    "host",
    "hostaddr",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_retries",
    "load_balance_hosts",
    "options",
    "password",
    "port",
    "tcp_user_timeout",
    "user",
];

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
        })
    }
}

/// A URL, taken apart. Of its parts, only the names of options that we know are fit to be shown.
struct Url<'a> {
    /// All before the options, without the scheme.
    address: &'a str,
    options: Vec<(&'static str, String)>,
}

impl<'a> Url<'a> {
    fn parse(text: &'a str) -> Result<Self, StoreBuildError> {
        let (_, rest) = text
            .split_once("://")
            .ok_or_else(|| invalid("write it as postgres://user:password@host/database"))?;
        // A password may have a question mark, and a database's name an at sign.
        let authority = rest.find('/').unwrap_or(rest.len());
        let host = rest[..authority].rfind('@').map_or(0, |at| at + 1);
        let (address, query) = match rest[host..].find('?') {
            Some(mark) => (&rest[..host + mark], &rest[host + mark + 1..]),
            None => (rest, ""),
        };
        let mut options = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = percent_decode_str(value)
                .decode_utf8()
                .map_err(|_| invalid("an option is not UTF-8 when its percent signs are decoded"))?;
            options.push((known(name)?, value.into_owned()));
        }
        Ok(Self { address, options })
    }

    fn option(&self, name: &str) -> Option<&str> {
        let (_, value) = self.options.iter().rev().find(|(given, _)| *given == name)?;
        Some(value)
    }

    fn config(&self) -> Result<Config, StoreBuildError> {
        let mut text = format!("postgres://{}", self.address);
        let passed_on = self.options.iter().filter(|(name, _)| PASSED_ON.contains(name));
        for (index, (name, value)) in passed_on.enumerate() {
            let separator = if index == 0 { '?' } else { '&' };
            text.push(separator);
            text.push_str(name);
            text.push('=');
            text.extend(utf8_percent_encode(value, NON_ALPHANUMERIC));
        }
        // What the parser says is of options alone; but who knows what a later version of it says.
        let mut config: Config = text.parse().map_err(|_| {
            invalid("a host, port or option of it has no meaning; write it as postgres://user:password@host:port/database?option=value")
        })?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(invalid(
                "it names no host; a socket's folder is given as host=/var/run/postgresql",
            ));
        }
        if self.option("connect_timeout").is_none() {
            config.connect_timeout(CONNECT_LIMIT);
        }
        if self.option("tcp_user_timeout").is_none() {
            config.tcp_user_timeout(UNACKNOWLEDGED_LIMIT);
        }
        if self.option("keepalives_idle").is_none() {
            config.keepalives_idle(KEEPALIVE);
        }
        if config.get_application_name().is_none() {
            config.application_name("evergrant");
        }
        Ok(config)
    }
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
        match url.root_file() {
            Some(file) => Tls::new(Roots::File(file), verification),
            None => Tls::new(Roots::System, verification),
        }
    }
}

impl Url<'_> {
    fn root_file(&self) -> Option<&str> {
        self.option("sslrootcert").filter(|file| *file != "system")
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

/// The name of an option, as a text of ours: one that is not known may be a piece of a password.
fn known(name: &str) -> Result<&'static str, StoreBuildError> {
    const OURS: [&str; 3] = ["table", "sslmode", "sslrootcert"];
    let mut all = OURS.iter().chain(&PASSED_ON);
    all.find(|known| **known == name).copied().ok_or_else(|| {
        let list = [OURS.as_slice(), &PASSED_ON].concat().join(", ");
        invalid(format!("it has an option that is none of: {list}"))
    })
}

fn invalid(problem: impl Into<String>) -> StoreBuildError {
    StoreBuildError::invalid_url(problem)
}
