//! Origins written as text: exactly a scheme, a host and a port.

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

use super::Origin;

pub(super) const OVERLONG_HOST: &str = "its host is longer than any host's name";
const WILDCARD: &str =
    "it has a wildcard, and an origin is one host: name each of them, or decide by a rule with `allow_origins_from`";

impl FromStr for Origin {
    type Err = OriginParseError;

    /// URL parsers are lenient: they drop line breaks, take `\` for `/`, and add slashes that are missing. So the text is held
    /// against what an origin is before such a parser reads its host and port.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = |problem| OriginParseError { problem, instead: None };
        let lacks_scheme = match text.contains('*') {
            true => WILDCARD,
            false => "it does not start with `https://` or `http://`",
        };
        for (unfit, problem) in [
            ('@', "it has a user name or password"),
            ('?', "it has a query"),
            ('#', "it has a fragment"),
            ('\\', "it has a backslash"),
        ] {
            if text.contains(unfit) {
                return Err(wrong(problem));
            }
        }
        if text.contains(|character: char| character.is_whitespace() || character.is_control()) {
            return Err(wrong("it has a space, a line break or another control character"));
        }
        let (scheme, rest) = split_scheme(text).ok_or_else(|| wrong(lacks_scheme))?;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        if authority.is_empty() {
            return Err(wrong("it has no host"));
        }
        if authority.contains('*') {
            return Err(wrong(WILDCARD));
        }
        if authority.ends_with(':') {
            return Err(wrong("it has a colon and no port"));
        }
        let url = Url::parse(&format!("{scheme}{authority}")).ok();
        let origin = url.as_ref().and_then(Self::of);
        let origin = origin.ok_or_else(|| wrong("its host or port cannot be read"))?;
        match origin.host_problem() {
            Some(problem) => Err(wrong(problem)),
            None if path.is_empty() => Ok(origin),
            None => Err(OriginParseError {
                problem: "it has a path, and credentials are kept to origins, not to paths",
                instead: Some(origin),
            }),
        }
    }
}

impl Origin {
    /// What keeps its host from being the name of one.
    pub(super) fn host_problem(&self) -> Option<&'static str> {
        let Host::Domain(name) = &self.host else {
            return None;
        };
        if name.contains('*') || name.starts_with('.') {
            return Some(WILDCARD);
        }
        if self.has_overlong_host() {
            return Some(OVERLONG_HOST);
        }
        let name = name.strip_suffix('.').unwrap_or(name);
        let is_label = |label: &str| {
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
            (1..=63).contains(&label.len()) && label.bytes().all(fits)
        };
        (!name.split('.').all(is_label))
            .then_some("its host has a character, or an empty or overlong part, that no host has")
    }

    /// Whether its host is longer than names are (RFC 1035 section 2.3.4), so that no message should repeat it.
    pub(super) fn has_overlong_host(&self) -> bool {
        matches!(&self.host, Host::Domain(name) if name.len() > 254)
    }
}

/// The text is not an origin such as `https://api.example.com`. Nothing of what may be a secret is kept: of a text with a path,
/// the origin before it alone.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OriginParseError {
    problem: &'static str,
    /// What was meant, perhaps.
    instead: Option<Origin>,
}

impl fmt::Display for OriginParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not an http or https origin: {}; write it as ", self.problem)?;
        match &self.instead {
            Some(origin) => write!(f, "`{origin}`"),
            None => f.write_str("`https://api.example.com`"),
        }
    }
}

impl std::error::Error for OriginParseError {}

fn split_scheme(text: &str) -> Option<(&str, &str)> {
    ["https://", "http://"].into_iter().find_map(|scheme| {
        let (start, rest) = text.split_at_checked(scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then_some((start, rest))
    })
}
