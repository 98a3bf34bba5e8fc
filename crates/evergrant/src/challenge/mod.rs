//! Parses `WWW-Authenticate` headers, which tell whether an API rejected the token (RFC 6750 section 3, RFC 9110
//! section 11.6.1).

use http::header::WWW_AUTHENTICATE;
use http::{HeaderMap, StatusCode};

/// Maximum length of a header value that is read, in bytes, and maximum number of values. Challenges are short.
const MAX_VALUE_LENGTH: usize = 8 * 1024;
const MAX_VALUES: usize = 16;

pub(crate) const BEARER: &str = "Bearer";

/// Returns whether an API's response means that the token of the request is no longer valid: expired, revoked or
/// unknown. All clients of the evergrant crates use this function to decide whether to renew the token and to repeat
/// the call. `renew_when` is called only for responses that are not in the following table, and decides about them.
///
/// | response | token rejected? |
/// |---|---|
/// | 4xx or 5xx with `WWW-Authenticate: Bearer error="invalid_token"` | yes |
/// | 4xx or 5xx with `WWW-Authenticate: Bearer error="insufficient_scope"` | no: a new token has the same scopes |
/// | 4xx or 5xx with `WWW-Authenticate: Bearer error="insufficient_user_authentication"` | no: the user has to sign in again (RFC 9470) |
/// | 4xx or 5xx with `error="invalid_dpop_proof"` or `error="use_dpop_nonce"` (RFC 9449) | no: the proof is rejected |
/// | 401 | yes |
/// | anything else | result of `renew_when`, which is called only in this case |
///
/// A `WWW-Authenticate` value is used only if the whole value follows the grammar of RFC 9110 section 11.6.1. This
/// includes several challenges in one value, several values, other schemes next to `Bearer`, and commas in quoted
/// strings. Malformed values, values of more than 8 KiB, and values after the 16th are ignored.
///
/// ```
/// use evergrant::rejects_token;
/// use http::{HeaderMap, HeaderValue, StatusCode};
///
/// let mut headers = HeaderMap::new();
/// assert!(rejects_token(StatusCode::UNAUTHORIZED, &headers, || false));
/// assert!(!rejects_token(StatusCode::FORBIDDEN, &headers, || false));
/// assert!(rejects_token(StatusCode::FORBIDDEN, &headers, || true));
///
/// let challenge = HeaderValue::from_static(r#"Bearer realm="books", error="invalid_token""#);
/// headers.insert("www-authenticate", challenge);
/// assert!(rejects_token(StatusCode::FORBIDDEN, &headers, || false));
/// ```
pub fn rejects_token(status: StatusCode, headers: &HeaderMap, renew_when: impl FnOnce() -> bool) -> bool {
    rejects_token_of(BEARER, status, headers, renew_when)
}

/// Same as [`rejects_token`] for tokens that are sent with this scheme; `Bearer` challenges apply to all schemes.
pub(crate) fn rejects_token_of(
    scheme: &str,
    status: StatusCode,
    headers: &HeaderMap,
    renew_when: impl FnOnce() -> bool,
) -> bool {
    match token_error(scheme, status, headers) {
        Some(TokenError::InvalidToken) => true,
        Some(TokenError::InvalidProof | TokenError::InsufficientScope | TokenError::InsufficientUserAuthentication) => {
            false
        }
        None => status == StatusCode::UNAUTHORIZED || renew_when(),
    }
}

/// Returns whether an API's response reports that the token lacks a scope (`insufficient_scope`, RFC 6750 section 3.1).
/// Another token with the same scopes would not help.
///
/// ```
/// use http::{HeaderMap, HeaderValue, StatusCode};
///
/// let mut headers = HeaderMap::new();
/// let challenge = HeaderValue::from_static(r#"Bearer error="insufficient_scope", scope="books.write""#);
/// headers.insert("www-authenticate", challenge);
/// assert!(evergrant::lacks_scope(StatusCode::FORBIDDEN, &headers));
/// ```
#[must_use]
pub fn lacks_scope(status: StatusCode, headers: &HeaderMap) -> bool {
    token_error(BEARER, status, headers) == Some(TokenError::InsufficientScope)
}

/// The relevant `error` of a challenge. The greatest of several applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum TokenError {
    /// The proof of possession is rejected, and not the token (RFC 9449 sections 7.1 and 9).
    InvalidProof,
    InsufficientUserAuthentication,
    InsufficientScope,
    InvalidToken,
}

/// The parameters of a challenge that lead to the metadata of the API (RFC 9728 section 5.1).
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ResourceChallenge {
    /// The URL of the metadata.
    pub(crate) metadata: String,
    /// The scopes that the request needs (RFC 6750 section 3), if they are stated.
    pub(crate) scope: Option<String>,
}

/// Returns the first challenge of any scheme that names the metadata of the API.
pub(crate) fn resource_challenge(headers: &HeaderMap) -> Option<ResourceChallenge> {
    values(headers).find_map(|value| Challenges::new(value, BEARER).parse().ok()?.resource)
}

fn token_error(scheme: &str, status: StatusCode, headers: &HeaderMap) -> Option<TokenError> {
    if !status.is_client_error() && !status.is_server_error() {
        return None;
    }
    values(headers)
        .filter_map(|value| Challenges::new(value, scheme).parse().ok()?.error)
        .max()
}

fn values(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    let values = headers.get_all(WWW_AUTHENTICATE).iter().take(MAX_VALUES);
    values
        .map(http::HeaderValue::as_bytes)
        .filter(|value| value.len() <= MAX_VALUE_LENGTH)
}

/// The value does not follow the grammar.
struct Malformed;

/// Parser for one header value. Reads no byte more than twice.
struct Challenges<'a> {
    rest: &'a [u8],
    /// The scheme whose errors are relevant, in addition to `Bearer`.
    scheme: &'a str,
    /// The challenge being parsed.
    challenge: Option<Challenge>,
    error: Option<TokenError>,
    resource: Option<ResourceChallenge>,
}

#[derive(Default)]
struct Challenge {
    /// Whether its `error` concerns the token.
    is_relevant: bool,
    accepts_parameters: bool,
    has_error: bool,
    metadata: Option<String>,
    scope: Option<String>,
}

impl<'a> Challenges<'a> {
    fn new(rest: &'a [u8], scheme: &'a str) -> Self {
        Self {
            rest,
            scheme,
            challenge: None,
            error: None,
            resource: None,
        }
    }

    fn parse(mut self) -> Result<Self, Malformed> {
        loop {
            // Lists may contain empty elements.
            self.skip(|byte| byte == b',' || is_space(byte));
            if self.rest.is_empty() {
                self.finish_challenge(None);
                return Ok(self);
            }
            let name = self.token()?;
            let followed_by_space = self.skip(is_space) > 0;
            if self.rest.first() == Some(&b'=') {
                self.parameter(name)?;
            } else {
                self.begin(name, followed_by_space)?;
            }
            self.skip(is_space);
            if !matches!(self.rest.first(), None | Some(b',')) {
                return Err(Malformed);
            }
        }
    }

    /// Parses what follows the name of a scheme: nothing, a token68, or the first parameter.
    fn begin(&mut self, scheme: &[u8], followed_by_space: bool) -> Result<(), Malformed> {
        let ends_element = |rest: &[u8]| matches!(rest.first(), None | Some(b','));
        let mut challenge = Challenge {
            is_relevant: [BEARER, self.scheme]
                .iter()
                .any(|known| scheme.eq_ignore_ascii_case(known.as_bytes())),
            accepts_parameters: true,
            ..Challenge::default()
        };
        if ends_element(self.rest) {
            self.finish_challenge(Some(challenge));
            return Ok(());
        }
        if !followed_by_space {
            return Err(Malformed);
        }
        let start = self.rest;
        let has_letters = self.skip(is_token68) > 0;
        self.skip(|byte| byte == b'=');
        self.skip(is_space);
        if has_letters && ends_element(self.rest) {
            challenge.accepts_parameters = false;
            self.finish_challenge(Some(challenge));
            return Ok(());
        }
        self.rest = start;
        self.finish_challenge(Some(challenge));
        let name = self.token()?;
        self.skip(is_space);
        self.parameter(name)
    }

    /// Ends the current challenge, and begins the next one.
    fn finish_challenge(&mut self, next: Option<Challenge>) {
        let ended = std::mem::replace(&mut self.challenge, next);
        if let (
            None,
            Some(Challenge {
                metadata: Some(metadata),
                scope,
                ..
            }),
        ) = (&self.resource, ended)
        {
            self.resource = Some(ResourceChallenge { metadata, scope });
        }
    }

    /// Parses `=value` after a parameter's name.
    fn parameter(&mut self, name: &[u8]) -> Result<(), Malformed> {
        self.rest = self.rest.strip_prefix(b"=").ok_or(Malformed)?;
        self.skip(is_space);
        let value = match self.rest.first() {
            Some(b'"') => self.quoted()?,
            _ => self.token()?.to_vec(),
        };
        let challenge = self.challenge.as_mut().filter(|challenge| challenge.accepts_parameters);
        let challenge = challenge.ok_or(Malformed)?;
        if name.eq_ignore_ascii_case(b"error") {
            // RFC 9110 section 11.2: a name must occur only once in a challenge.
            if std::mem::replace(&mut challenge.has_error, true) {
                return Err(Malformed);
            }
            let error = match value.as_slice() {
                b"invalid_token" => Some(TokenError::InvalidToken),
                b"invalid_dpop_proof" | b"use_dpop_nonce" => Some(TokenError::InvalidProof),
                b"insufficient_scope" => Some(TokenError::InsufficientScope),
                b"insufficient_user_authentication" => Some(TokenError::InsufficientUserAuthentication),
                _ => None,
            };
            self.error = self.error.max(error.filter(|_| challenge.is_relevant));
        }
        let parameters = [
            ("resource_metadata", &mut challenge.metadata),
            ("scope", &mut challenge.scope),
        ];
        for (known, parameter) in parameters {
            if name.eq_ignore_ascii_case(known.as_bytes()) && parameter.is_none() {
                *parameter = Some(String::from_utf8_lossy(&value).into_owned());
            }
        }
        Ok(())
    }

    fn quoted(&mut self) -> Result<Vec<u8>, Malformed> {
        let mut text = Vec::new();
        let mut bytes = self.rest.iter().enumerate().skip(1);
        while let Some((index, byte)) = bytes.next() {
            match byte {
                b'"' => {
                    self.rest = &self.rest[index + 1..];
                    return Ok(text);
                }
                b'\\' => text.push(*bytes.next().ok_or(Malformed)?.1),
                byte => text.push(*byte),
            }
        }
        Err(Malformed)
    }

    fn token(&mut self) -> Result<&'a [u8], Malformed> {
        let start = self.rest;
        match self.skip(is_token) {
            0 => Err(Malformed),
            length => Ok(&start[..length]),
        }
    }

    /// Skips bytes of this kind and returns their number.
    fn skip(&mut self, kind: impl Fn(u8) -> bool) -> usize {
        let length = self.rest.iter().take_while(|byte| kind(**byte)).count();
        self.rest = &self.rest[length..];
        length
    }
}

fn is_space(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn is_token68(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte)
}

#[cfg(test)]
mod tests;
