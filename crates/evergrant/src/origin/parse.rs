//! Parses origins, which consist of exactly a scheme, a host and a port.

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

use super::Origin;

pub(super) const OVERLONG_HOST: &str = "its host name is too long";
const WILDCARD: &str =
    "it has a wildcard, but an origin is one host: add each host separately, or use a rule with `allow_origins_from`";

impl FromStr for Origin {
    type Err = OriginParseError;

    /// URL parsers are lenient: they drop line breaks, read `\` as `/`, and add missing slashes. Therefore the text is
    /// checked before such a parser reads its host and port.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = |problem| OriginParseError {
            problem,
            suggestion: None,
        };
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
                return Err(invalid(problem));
            }
        }
        if text.contains(|character: char| character.is_whitespace() || character.is_control()) {
            return Err(invalid("it has a space, a line break or another control character"));
        }
        let (scheme, rest) = split_scheme(text).ok_or_else(|| invalid(lacks_scheme))?;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        if authority.is_empty() {
            return Err(invalid("it has no host"));
        }
        if authority.contains('*') {
            return Err(invalid(WILDCARD));
        }
        if authority.ends_with(':') {
            return Err(invalid("it has a colon without a port"));
        }
        let url = Url::parse(&format!("{scheme}{authority}")).ok();
        let origin = url.as_ref().and_then(Self::of);
        let origin = origin.ok_or_else(|| invalid("its host or port cannot be read"))?;
        match origin.host_problem() {
            Some(problem) => Err(invalid(problem)),
            None if path.is_empty() => Ok(origin),
            None => Err(OriginParseError {
                problem: "it has a path, but credentials are restricted to origins and not to paths",
                suggestion: Some(origin),
            }),
        }
    }
}

impl Origin {
    /// Returns the problem with the host, if it is not a valid host name.
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
            .then_some("its host name contains an invalid character, or an empty or overlong label")
    }

    /// Returns whether the host name is too long (RFC 1035 section 2.3.4), so that messages must not repeat it.
    pub(super) fn has_overlong_host(&self) -> bool {
        matches!(&self.host, Host::Domain(name) if name.len() > 254)
    }
}

/// The error of parsing an [`Origin`]: the text is not an origin such as `https://api.example.com`. The error contains
/// no part of the text that may be secret: if the text is a URL with a path, the error contains only its origin.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OriginParseError {
    problem: &'static str,
    /// The likely intended origin.
    suggestion: Option<Origin>,
}

impl fmt::Display for OriginParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not an http or https origin: {}; write it as ", self.problem)?;
        match &self.suggestion {
            Some(origin) => write!(f, "`{origin}`"),
            None => f.write_str("`https://api.example.com`"),
        }
    }
}

crate::error::debug_is_report!(OriginParseError);

impl std::error::Error for OriginParseError {}

fn split_scheme(text: &str) -> Option<(&str, &str)> {
    ["https://", "http://"].into_iter().find_map(|scheme| {
        let (start, rest) = text.split_at_checked(scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then_some((start, rest))
    })
}
