//! Reads client credentials as RFC 6749 section 2.3.1 says, and no other way: leniency here would hide a client's mistakes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::AUTHORIZATION;

use super::endpoint::Form;
use super::registry::Registry;
use super::users::RedirectUri;
use crate::form::{Plus, decode};

/// What stands in the `Basic` header between id, colon and secret. What does not fit is a malformed request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum BasicDecoding {
    /// Form-encoded, as RFC 6749 section 2.3.1 says to the letter: `+` is a space, and so is `%20`.
    Form,
    /// Percent-encoded: a space is `%20`, and a bare `+` is malformed. Servers of this kind and of the former understand it.
    #[default]
    Percent,
    /// Id and secret as they are (RFC 7617).
    Raw,
}

/// A way in which a client proves who it is (RFC 6749 section 2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientAuthMethod {
    /// `client_secret_basic`: the `Authorization` header.
    Basic,
    /// `client_secret_post`: `client_id` and `client_secret` in the form.
    Post,
}

/// A registered client.
pub(super) struct Client {
    /// None for a public client.
    pub(super) secrets: Vec<String>,
    /// The scopes it may ask for; `None` for all that exist.
    pub(super) scopes: Option<Vec<String>>,
    /// Where users may be sent back to.
    pub(super) redirect_uris: Vec<RedirectUri>,
}

/// Who sent a request, and whether they proved it.
pub(super) struct Requester {
    pub(super) id: String,
    pub(super) public: bool,
}

/// Why a request's credentials do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// They cannot be read, or there are two of them.
    Malformed,
    /// Unknown client, wrong secret, or a method that is not accepted.
    Unknown,
}

impl Client {
    pub(super) fn new(secret: &str) -> Self {
        Self {
            secrets: vec![secret.to_owned()],
            ..Self::public()
        }
    }

    pub(super) fn public() -> Self {
        Self {
            secrets: Vec::new(),
            scopes: None,
            redirect_uris: Vec::new(),
        }
    }
}

pub(super) fn authenticate(registry: &Registry, headers: &HeaderMap, form: &Form) -> Result<Requester, Refused> {
    let posted = form.value("client_secret");
    let (id, secret, method) = match (basic(headers, registry.basic)?, form.value("client_id")) {
        (Some(_), _) if posted.is_some() => return Err(Refused::Malformed),
        (Some((id, _)), Some(other)) if id != other => return Err(Refused::Malformed),
        (Some((id, secret)), _) => (id, Some(secret), ClientAuthMethod::Basic),
        (None, Some(id)) => (id.to_owned(), posted.map(str::to_owned), ClientAuthMethod::Post),
        (None, None) => return Err(Refused::Unknown),
    };
    let client = registry.clients.get(&id).ok_or(Refused::Unknown)?;
    let public = client.secrets.is_empty();
    let known = match &secret {
        Some(secret) => client.secrets.contains(secret) && registry.methods.contains(&method),
        None => public,
    };
    if known {
        Ok(Requester { id, public })
    } else {
        Err(Refused::Unknown)
    }
}

fn basic(headers: &HeaderMap, decoding: BasicDecoding) -> Result<Option<(String, String)>, Refused> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (value, None) = (values.next(), values.next()) else {
        return Err(Refused::Malformed);
    };
    let Some(value) = value else {
        return Ok(None);
    };
    read(value.as_bytes(), decoding).map(Some).ok_or(Refused::Malformed)
}

fn read(header: &[u8], decoding: BasicDecoding) -> Option<(String, String)> {
    let bytes = STANDARD.decode(header.strip_prefix(b"Basic ")?).ok()?;
    let colon = bytes.iter().position(|byte| *byte == b':')?;
    let text = |part: &[u8]| match decoding {
        BasicDecoding::Form => decode(part, Plus::Space, |byte| unreserved(byte) || byte == b'*'),
        BasicDecoding::Percent => decode(part, Plus::Malformed, unreserved),
        BasicDecoding::Raw => String::from_utf8(part.to_vec()).ok(),
    };
    Some((text(&bytes[..colon])?, text(&bytes[colon + 1..])?))
}

fn unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_decoding_reads_what_it_says_and_refuses_the_rest() {
        use BasicDecoding::{Form, Percent, Raw};
        let read = |pair: &str, decoding| read(format!("Basic {}", STANDARD.encode(pair)).as_bytes(), decoding);
        let pair = |id: &str, secret: &str| Some((id.to_owned(), secret.to_owned()));
        assert_eq!(read("a+b:c%20d%3A", Form), pair("a b", "c d:"));
        assert_eq!(read("a%20b:%2B", Percent), pair("a b", "+"));
        assert_eq!(read("a+%:b:c", Raw), pair("a+%", "b:c"));
        for (malformed, decoding) in [
            ("a+b:c", Percent),
            ("a:b:c", Percent),
            ("a:b:c", Form),
            ("a:b%", Form),
            ("no colon", Raw),
        ] {
            assert_eq!(read(malformed, decoding), None, "{malformed}");
        }
        assert_eq!(super::read(b"basic YTpi", Raw), None, "the scheme as it is registered");
        assert_eq!(super::read(b"Basic YTpi=", Raw), None, "base64");
    }
}
