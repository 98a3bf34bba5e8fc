//! Reads client credentials as RFC 6749 section 2.3.1 says, and no other way: leniency here would hide a client's mistakes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use percent_encoding::percent_decode_str;

use super::issued::Registry;

/// A registered client.
pub(crate) struct Client {
    /// None for a public client.
    pub(crate) secrets: Vec<String>,
}

/// What stands in the `Basic` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum BasicDecoding {
    /// Percent-encoded id and secret; a `+` is a plus.
    #[default]
    Percent,
    /// Id and secret as they are.
    Raw,
}

/// Why a request's credentials do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// They cannot be read, or there are two of them.
    Malformed,
    /// Unknown client or wrong secret.
    Unknown,
}

impl Client {
    pub(crate) fn new(secret: &str) -> Self {
        Self {
            secrets: vec![secret.to_owned()],
        }
    }

    pub(crate) fn public() -> Self {
        Self { secrets: Vec::new() }
    }
}

/// The authenticated client's id.
pub(crate) fn authenticate(
    registry: &Registry,
    headers: &HeaderMap,
    form: &[(String, String)],
) -> Result<String, Refused> {
    let parameter = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let in_form = parameter("client_id").map(|id| (id, parameter("client_secret")));
    let (id, secret) = match (basic(headers, registry.basic)?, in_form) {
        (Some(_), Some((_, Some(_)))) => return Err(Refused::Malformed),
        (Some((id, secret)), _) => (id, Some(secret)),
        (None, Some(pair)) => pair,
        (None, None) => return Err(Refused::Unknown),
    };
    let client = registry.clients.get(&id).ok_or(Refused::Unknown)?;
    let known = match &secret {
        Some(secret) => client.secrets.contains(secret),
        None => client.secrets.is_empty(),
    };
    if known { Ok(id) } else { Err(Refused::Unknown) }
}

fn basic(headers: &HeaderMap, decoding: BasicDecoding) -> Result<Option<(String, String)>, Refused> {
    let Some(value) = headers.get(AUTHORIZATION) else {
        return Ok(None);
    };
    let text = value
        .to_str()
        .ok()
        .and_then(|text| text.strip_prefix("Basic "))
        .ok_or(Refused::Malformed)?;
    let pair = STANDARD
        .decode(text)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or(Refused::Malformed)?;
    let (id, secret) = pair.split_once(':').ok_or(Refused::Malformed)?;
    if decoding == BasicDecoding::Raw {
        return Ok(Some((id.to_owned(), secret.to_owned())));
    }
    Ok(Some((decode(id)?, decode(secret)?)))
}

fn decode(text: &str) -> Result<String, Refused> {
    let bare = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%+".contains(&byte);
    if !text.bytes().all(bare) {
        return Err(Refused::Malformed);
    }
    let decoded = percent_decode_str(text).decode_utf8().map_err(|_| Refused::Malformed)?;
    Ok(decoded.into_owned())
}
