//! The URL itself, taken apart.

use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use tokio_postgres::Config;

use crate::error::StoreBuildError;

/// A URL, taken apart. Of its parts, only the names of options that we know are fit to be shown.
pub(super) struct Url<'a> {
    /// All before the options, without the scheme.
    address: &'a str,
    options: Vec<(&'static str, String)>,
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

impl<'a> Url<'a> {
    pub(super) fn parse(text: &'a str) -> Result<Self, StoreBuildError> {
        let (_, rest) = text
            .split_once("://")
            .ok_or_else(|| invalid("write it as postgres://user:password@host/database"))?;
        // A password may have a question mark.
        let authority = rest.find('/').unwrap_or(rest.len());
        let host = rest[..authority].rfind('@').map_or(0, |at| at + 1);
        let (address, query) = match rest[host..].find('?') {
            Some(mark) => (&rest[..host + mark], &rest[host + mark + 1..]),
            None => (rest, ""),
        };
        // The driver takes the first at sign for the end of the password: the rest of one would be looked up as a host, and shown.
        if rest[..host].matches('@').count() > 1 || address[host..].contains('@') {
            return Err(invalid(
                "write `@` in a user name, password or database's name as %40, and `/` as %2F",
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

    /// The last one of this name.
    pub(super) fn option(&self, name: &str) -> Option<&str> {
        let (_, value) = self.options.iter().rev().find(|(given, _)| *given == name)?;
        Some(value)
    }

    /// All but the encryption.
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

    /// The file of certificates to trust.
    pub(super) fn root_file(&self) -> Option<&str> {
        self.option("sslrootcert").filter(|file| *file != "system")
    }
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

pub(super) fn invalid(problem: impl Into<String>) -> StoreBuildError {
    StoreBuildError::invalid_url(problem)
}
