//! Reads client credentials strictly by RFC 6749 section 2.3.1, because a lenient server would hide mistakes of the
//! client.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::AUTHORIZATION;

use super::endpoint::Form;
use super::registered_clients_and_tokens::Registry;
use super::users::RedirectUri;
use crate::strict_form_decoding::{Plus, decode};

/// How an [`AuthServer`](crate::AuthServer) decodes the client id and the secret in a `Basic` header. The server
/// rejects credentials in another encoding as malformed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum BasicDecoding {
    /// The form encoding that RFC 6749 section 2.3.1 requires: both `+` and `%20` are decoded as a space.
    Form,
    /// Percent-encoding: `%20` is decoded as a space, and a literal `+` is malformed. Servers that decode with
    /// [`Form`](Self::Form) read credentials in this encoding correctly too.
    #[default]
    Percent,
    /// No encoding: the client id and the secret are read unchanged (RFC 7617).
    Raw,
}

/// A client authentication method (RFC 6749 section 2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientAuthMethod {
    /// `client_secret_basic`: the client id and the secret are in the `Authorization` header.
    Basic,
    /// `client_secret_post`: the client id and the secret are in the form, as `client_id` and `client_secret`.
    Post,
    /// `client_secret_jwt`: the client secret signs an assertion (RFC 7523). By default, the server does not accept
    /// this method.
    #[cfg(feature = "assertions")]
    SecretJwt,
}

/// A registered client.
pub(super) struct Client {
    /// Empty for a public client, and for one with keys.
    pub(super) secrets: Vec<String>,
    /// The scopes that the client may request; `None` for all known scopes.
    pub(super) scopes: Option<Vec<String>>,
    pub(super) redirect_uris: Vec<RedirectUri>,
    #[cfg(feature = "assertions")]
    pub(super) keys: Option<super::client_assertion::ClientKeys>,
}

/// The client that sent a request.
pub(super) struct Requester {
    pub(super) id: String,
    /// Whether it is a public client, which does not authenticate.
    pub(super) public: bool,
}

/// Why client authentication failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AuthenticationError {
    /// The credentials cannot be decoded, or the request has more than one set.
    Malformed,
    /// Unknown client, wrong secret, or a method that is not accepted.
    InvalidClient,
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
            #[cfg(feature = "assertions")]
            keys: None,
        }
    }

    /// Returns whether the client does not authenticate.
    pub(super) fn is_public(&self) -> bool {
        self.secrets.is_empty() && !self.has_keys()
    }

    #[cfg(feature = "assertions")]
    pub(super) fn has_keys(&self) -> bool {
        self.keys.is_some()
    }

    #[cfg(not(feature = "assertions"))]
    #[expect(clippy::unused_self, reason = "with the feature, it reads the keys")]
    pub(super) fn has_keys(&self) -> bool {
        false
    }
}

pub(super) fn authenticate(
    registry: &Registry,
    headers: &HeaderMap,
    form: &Form,
) -> Result<Requester, AuthenticationError> {
    let posted = form.value("client_secret");
    let (id, secret, method) = match (basic(headers, registry.basic)?, form.value("client_id")) {
        (Some(_), _) if posted.is_some() => return Err(AuthenticationError::Malformed),
        (Some((id, _)), Some(other)) if id != other => return Err(AuthenticationError::Malformed),
        (Some((id, secret)), _) => (id, Some(secret), ClientAuthMethod::Basic),
        (None, Some(id)) => (id.to_owned(), posted.map(str::to_owned), ClientAuthMethod::Post),
        (None, None) => return Err(AuthenticationError::InvalidClient),
    };
    let client = registry.clients.get(&id).ok_or(AuthenticationError::InvalidClient)?;
    let public = client.is_public();
    let known = match &secret {
        Some(secret) => client.secrets.contains(secret) && registry.methods.contains(&method),
        None => public,
    };
    if known {
        Ok(Requester { id, public })
    } else {
        Err(AuthenticationError::InvalidClient)
    }
}

fn basic(headers: &HeaderMap, decoding: BasicDecoding) -> Result<Option<(String, String)>, AuthenticationError> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (value, None) = (values.next(), values.next()) else {
        return Err(AuthenticationError::Malformed);
    };
    let Some(value) = value else {
        return Ok(None);
    };
    read(value.as_bytes(), decoding)
        .map(Some)
        .ok_or(AuthenticationError::Malformed)
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
    fn each_decoding_rejects_other_encodings() {
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
        assert_eq!(
            super::read(b"basic YTpi", Raw),
            None,
            "the scheme is case-sensitive here"
        );
        assert_eq!(super::read(b"Basic YTpi=", Raw), None, "invalid base64");
    }
}
