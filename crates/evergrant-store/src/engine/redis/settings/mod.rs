//! The settings in a URL, parsed and checked before any connection.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use evergrant::Secret;
use percent_encoding::percent_decode_str;

use super::address::Address;
use super::tls::Tls;
use crate::engine::RedisSettings;
use crate::engine::network_settings::is_host;
use crate::error::StoreBuildError;
use crate::insecure_connections::UnencryptedConnection;

/// The servers, the login and the prefix of the keys.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) layout: Layout,
    pub(super) login: Option<Login>,
    pub(super) database: u32,
    pub(super) prefix: String,
    pub(super) tls: Option<Tls>,
    pub(super) unencrypted: UnencryptedConnection,
}

/// The layout of the servers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Layout {
    /// One server has all keys.
    One(Whereabouts),
    /// Some servers of a cluster. They know the others.
    Cluster(Vec<Address>),
}

/// How to find the server that has all keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Whereabouts {
    At(Address),
    KnownTo {
        sentinels: Vec<Address>,
        /// The name of the master.
        service: String,
    },
}

/// The user name and password.
pub(super) struct Login {
    /// `None` for the default user.
    pub(super) user: Option<String>,
    pub(super) password: Secret,
}

const PORT: u16 = 6379;
const SENTINEL_PORT: u16 = 26379;
const DEFAULT_PREFIX: &str = "evergrant";

impl Settings {
    pub(super) fn new(remote: &RedisSettings) -> Result<Self, StoreBuildError> {
        let url = Url::parse(remote.url.expose())?;
        let layout = url.layout()?;
        let settings = Self {
            login: url.login()?,
            database: url.database()?,
            prefix: url.prefix()?,
            tls: url.tls()?,
            unencrypted: remote.permits.unencrypted,
            layout,
        };
        if settings.tls.is_none() {
            for address in settings.layout.addresses() {
                remote.check_unencrypted(&address.host, "rediss://")?;
            }
        }
        Ok(settings)
    }

    /// Returns the channel for notifications. Channels are shared by all databases, so changes in other databases are
    /// received too.
    pub(super) fn channel(&self) -> String {
        format!("{}:changes", self.prefix)
    }
}

impl Settings {
    /// Returns whether the host of a redirect contains the password. Resolving it would send the password over the
    /// network, and an error would show it. Hosts in the URL are not checked.
    pub(super) fn is_betrayed_by(&self, address: &Address) -> bool {
        let Some(login) = &self.login else {
            return false;
        };
        let host = bare(&address.host);
        let is_ours = self.layout.addresses().iter().any(|ours| ours.host == address.host);
        let password = login.password.expose();
        let forms = [password.to_owned(), STANDARD.encode(password)].map(|form| bare(&form));
        let is_in = |form: &String| form.len() >= SHORTEST_SECRET && host.contains(form.as_str());
        !is_ours && forms.iter().any(is_in)
    }
}

/// Minimum length of a checked password. Shorter ones occur in host names by chance.
const SHORTEST_SECRET: usize = 4;

/// Keeps the alphanumeric characters of a text, in lower case, as they may appear in a host name.
fn bare(text: &str) -> String {
    let letters = text.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|letter| letter.to_ascii_lowercase()).collect()
}

impl Layout {
    fn addresses(&self) -> &[Address] {
        match self {
            Self::One(Whereabouts::At(address)) => std::slice::from_ref(address),
            Self::One(Whereabouts::KnownTo { sentinels, .. }) => sentinels,
            Self::Cluster(addresses) => addresses,
        }
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// The parts of a URL. None of them may be shown: in a malformed URL, each may contain a part of the password.
struct Url<'a> {
    scheme: &'a str,
    user_info: Option<&'a str>,
    hosts: &'a str,
    path: &'a str,
    prefix: Option<String>,
    ca: Option<String>,
}

impl<'a> Url<'a> {
    fn parse(text: &'a str) -> Result<Self, StoreBuildError> {
        let (scheme, rest) = text
            .split_once("://")
            .ok_or_else(|| invalid("write it as redis://user:password@host:port/0"))?;
        if rest.contains('#') {
            return Err(invalid("write `#` in a user name or password as %23"));
        }
        let (address, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = address.split_once('/').unwrap_or((address, ""));
        if path.contains('@') || query.contains('@') {
            return Err(invalid(
                "write `/` in a user name or password as %2F, `?` as %3F, and `@` elsewhere as %40",
            ));
        }
        let (user_info, hosts) = match authority.rsplit_once('@') {
            Some((user_info, hosts)) => (Some(user_info), hosts),
            None => (None, authority),
        };
        let mut url = Self {
            scheme,
            user_info,
            hosts,
            path,
            prefix: None,
            ca: None,
        };
        for option in query.split('&').filter(|option| !option.is_empty()) {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            let place = match name {
                "prefix" => &mut url.prefix,
                "ca" => &mut url.ca,
                _ => return Err(invalid("it has an option other than `prefix` and `ca`")),
            };
            if place.replace(decoded(value)?).is_some() {
                return Err(invalid("it has the same option twice"));
            }
        }
        Ok(url)
    }

    fn layout(&self) -> Result<Layout, StoreBuildError> {
        let kind = self.scheme.split_once('+').map_or("", |(_, kind)| kind);
        let port = if kind == "sentinel" { SENTINEL_PORT } else { PORT };
        let addresses = self.hosts.split(',').map(|text| {
            let address = Address::parse(text, port).filter(|address| is_host(&address.host));
            address.ok_or_else(|| invalid("a host is not host or host:port; separate several hosts by commas"))
        });
        let addresses = addresses.collect::<Result<Vec<_>, _>>()?;
        match kind {
            "cluster" => Ok(Layout::Cluster(addresses)),
            "sentinel" => {
                let service = decoded(self.path.split('/').next().unwrap_or_default())?;
                if service.is_empty() {
                    return Err(invalid(
                        "the name of the master is missing; write it as redis+sentinel://host,host/name",
                    ));
                }
                let sentinels = addresses;
                Ok(Layout::One(Whereabouts::KnownTo { sentinels, service }))
            }
            _ => match <[Address; 1]>::try_from(addresses) {
                Ok([address]) => Ok(Layout::One(Whereabouts::At(address))),
                Err(_) => Err(invalid(
                    "only redis+cluster:// and redis+sentinel:// URLs can have several hosts",
                )),
            },
        }
    }

    fn login(&self) -> Result<Option<Login>, StoreBuildError> {
        let Some(user_info) = self.user_info.filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let (user, password) = user_info.split_once(':').ok_or_else(|| {
            invalid("a password needs a colon before it, with or without a user name: redis://:password@host")
        })?;
        let (user, password) = (decoded(user)?, decoded(password)?);
        if password.is_empty() {
            return Err(invalid("the password is empty"));
        }
        Ok(Some(Login {
            user: Some(user).filter(|user| !user.is_empty()),
            password: password.into(),
        }))
    }

    fn database(&self) -> Result<u32, StoreBuildError> {
        let number = |text: &str| match text {
            "" => Ok(0),
            digits => digits.parse().map_err(|_| invalid("the database is not a number")),
        };
        match self.scheme.split_once('+') {
            Some((_, "sentinel")) => number(self.path.split_once('/').map_or("", |(_, number)| number)),
            Some(_) => match number(self.path)? {
                0 => Ok(0),
                _ => Err(invalid("a cluster has only the database 0")),
            },
            None => number(self.path),
        }
    }

    fn prefix(&self) -> Result<String, StoreBuildError> {
        match self.prefix.as_deref() {
            None => Ok(DEFAULT_PREFIX.to_owned()),
            Some("") => Err(invalid("the prefix is empty")),
            Some(prefix) => Ok(prefix.to_owned()),
        }
    }

    fn tls(&self) -> Result<Option<Tls>, StoreBuildError> {
        let family = self.scheme.split('+').next().unwrap_or_default();
        match (family, &self.ca) {
            ("rediss" | "valkeys", ca) => Tls::new(ca.as_deref()).map(Some),
            (_, Some(_)) => Err(invalid("the option `ca` requires an encrypted connection: rediss://")),
            (_, None) => Ok(None),
        }
    }
}

fn decoded(text: &str) -> Result<String, StoreBuildError> {
    let decoded = percent_decode_str(text).decode_utf8();
    let decoded = decoded.map_err(|_| invalid("a percent-encoded part is not UTF-8"))?;
    Ok(decoded.into_owned())
}

fn invalid(problem: &str) -> StoreBuildError {
    StoreBuildError::invalid_url(problem)
}

#[cfg(test)]
mod tests;
