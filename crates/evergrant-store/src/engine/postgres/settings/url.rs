//! Parses the URL of a Postgres store.

use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use tokio_postgres::Config;

use crate::error::StoreBuildError;

/// The parts of a URL. Only the names of known options may be shown.
pub(super) struct Url<'a> {
    /// The part before the options, without the scheme.
    address: &'a str,
    options: Vec<(&'static str, String)>,
}

/// Default connect timeout for one address.
const CONNECT_LIMIT: Duration = Duration::from_secs(2);
/// Time without an acknowledgement after which a connection is dead.
const UNACKNOWLEDGED_LIMIT: Duration = Duration::from_secs(5);
const KEEPALIVE: Duration = Duration::from_secs(30);

/// Options with the same meaning as in libpq.
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

impl<'a> Url<'a> {
    pub(super) fn parse(text: &'a str) -> Result<Self, StoreBuildError> {
        let (_, rest) = text
            .split_once("://")
            .ok_or_else(|| invalid("write it as postgres://user:password@host/database"))?;
        // A password may contain a question mark.
        let authority = rest.find('/').unwrap_or(rest.len());
        let host = rest[..authority].rfind('@').map_or(0, |at| at + 1);
        let (address, query) = match rest[host..].find('?') {
            Some(mark) => (&rest[..host + mark], &rest[host + mark + 1..]),
            None => (rest, ""),
        };
        // The driver ends the password at the first at sign: it would resolve the rest of the password as a host, and
        // show it.
        if rest[..host].matches('@').count() > 1 || address[host..].contains('@') {
            return Err(invalid(
                "write `@` in a user name, password or database name as %40, and `/` as %2F",
            ));
        }
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

    /// Returns the last option with this name.
    pub(super) fn option(&self, name: &str) -> Option<&str> {
        let (_, value) = self.options.iter().rev().find(|(option, _)| *option == name)?;
        Some(value)
    }

    /// Returns the driver's configuration, without encryption.
    pub(super) fn config(&self) -> Result<Config, StoreBuildError> {
        let mut text = format!("postgres://{}", self.address);
        let passed_on = self.options.iter().filter(|(name, _)| PASSED_ON.contains(name));
        for (index, (name, value)) in passed_on.enumerate() {
            let separator = if index == 0 { '?' } else { '&' };
            text.push(separator);
            text.push_str(name);
            text.push('=');
            text.extend(utf8_percent_encode(value, NON_ALPHANUMERIC));
        }
        // The parser's error is not shown: a later version might include the password.
        let mut config: Config = text.parse().map_err(|_| {
            invalid(
                "a host, port or option is invalid; write it as \
                     postgres://user:password@host:port/database?option=value",
            )
        })?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(invalid(
                "it has no host; for a socket, write its folder as host=/var/run/postgresql",
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

    /// Returns the file of trusted certificates.
    pub(super) fn root_file(&self) -> Option<&str> {
        self.option("sslrootcert").filter(|file| *file != "system")
    }
}

/// Returns the static name of an option. An unknown name is not shown, because it may be a part of a password.
fn known(name: &str) -> Result<&'static str, StoreBuildError> {
    const OURS: [&str; 3] = ["table", "sslmode", "sslrootcert"];
    let mut all = OURS.iter().chain(&PASSED_ON);
    all.find(|known| **known == name).copied().ok_or_else(|| {
        let list = [OURS.as_slice(), &PASSED_ON].concat().join(", ");
        invalid(format!("it has an option other than: {list}"))
    })
}

pub(super) fn invalid(problem: impl Into<String>) -> StoreBuildError {
    StoreBuildError::invalid_url(problem)
}
