//! What a URL says, read once and checked before anything is connected to.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use evergrant::Secret;
use percent_encoding::percent_decode_str;

use super::address::Address;
use super::tls::Tls;
use crate::builder::UnencryptedConnection;
use crate::engine::RedisSettings;
use crate::engine::remote::is_host;
use crate::error::StoreBuildError;

/// Where the servers are, how to be let in, and which keys are ours.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) layout: Layout,
    pub(super) login: Option<Login>,
    pub(super) database: u32,
    pub(super) prefix: String,
    pub(super) tls: Option<Tls>,
    pub(super) unencrypted: UnencryptedConnection,
}

/// How the servers belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Layout {
    /// One at a time has all keys.
    One(Whereabouts),
    /// Some servers of a cluster; these name the others.
    Cluster(Vec<Address>),
}

/// Where the one is that has all keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Whereabouts {
    At(Address),
    KnownTo {
        sentinels: Vec<Address>,
        /// What they call it.
        service: String,
    },
}

/// Who we are to a server.
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

    /// Where changes are announced. Channels have no databases, so others' changes may be heard of as well.
    pub(super) fn channel(&self) -> String {
        format!("{}:changes", self.prefix)
    }
}

impl Settings {
    /// Whether another server's name for this one has the password in it: to look it up would tell the network of it, and an error
    /// would show it. The URL's own hosts are what they are.
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

/// What is shorter is in many a host's name by chance.
const SHORTEST_SECRET: usize = 4;

/// What is left of a text in the name of a host, where case means nothing.
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

/// A URL, taken apart. None of its parts is fit to be shown: one that was written wrongly may hold a piece of the password.
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
                _ => return Err(invalid("its options are `prefix` and `ca`, and there is another one")),
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
            address.ok_or_else(|| invalid("write its hosts as host or host:port, with commas between several of them"))
        });
        let addresses = addresses.collect::<Result<Vec<_>, _>>()?;
        match kind {
            "cluster" => Ok(Layout::Cluster(addresses)),
            "sentinel" => {
                let service = decoded(self.path.split('/').next().unwrap_or_default())?;
                if service.is_empty() {
                    return Err(invalid(
                        "the Sentinels' name of the master is missing: redis+sentinel://host,host/name",
                    ));
                }
                let sentinels = addresses;
                Ok(Layout::One(Whereabouts::KnownTo { sentinels, service }))
            }
            _ => match <[Address; 1]>::try_from(addresses) {
                Ok([address]) => Ok(Layout::One(Whereabouts::At(address))),
                Err(_) => Err(invalid("several hosts are for redis+cluster:// and redis+sentinel://")),
            },
        }
    }

    fn login(&self) -> Result<Option<Login>, StoreBuildError> {
        let Some(user_info) = self.user_info.filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let (user, password) = user_info.split_once(':').ok_or_else(|| {
            invalid("a password has a colon before it, with a user name or without: redis://:password@host")
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
            digits => digits
                .parse()
                .map_err(|_| invalid("the number of the database is no number")),
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
            (_, Some(_)) => Err(invalid("`ca` is for encrypted connections: rediss://")),
            (_, None) => Ok(None),
        }
    }
}

fn decoded(text: &str) -> Result<String, StoreBuildError> {
    let decoded = percent_decode_str(text).decode_utf8();
    let decoded = decoded.map_err(|_| invalid("something in it is percent-encoded, and no UTF-8"))?;
    Ok(decoded.into_owned())
}

fn invalid(problem: &str) -> StoreBuildError {
    StoreBuildError::invalid_url(problem)
}

#[cfg(test)]
mod tests;
