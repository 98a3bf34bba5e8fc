//! What an API's `WWW-Authenticate` says about the token that it was called with (RFC 6750 section 3, RFC 9110 section 11.6.1).

use http::header::WWW_AUTHENTICATE;
use http::{HeaderMap, StatusCode};

/// Longest header value that is read, in bytes, and the number of values. Challenges are short.
const LONGEST: usize = 8 * 1024;
const MOST: usize = 16;

/// Whether an API's response means that the token of the request is dead: expired, revoked or unknown to the API. Every client of
/// these crates decides by this function whether to renew the token and to repeat the call.
///
/// | response | dead? |
/// |---|---|
/// | 4xx or 5xx with `WWW-Authenticate: Bearer error="invalid_token"` | yes |
/// | 4xx or 5xx with `WWW-Authenticate: Bearer error="insufficient_scope"` | no: a new token has the same scopes |
/// | 401 | yes |
/// | anything else | as `renew_when` says, which is asked in this case alone |
///
/// A header's value counts when it follows the grammar of RFC 9110 section 11.6.1 to its end: with several challenges in one
/// value, several values, other schemes beside `Bearer`, and commas in quoted strings. A malformed value counts for nothing, nor
/// does one of more than 8 KiB, or what comes after the 16th.
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
    match bearer_error(status, headers) {
        Some(BearerError::InvalidToken) => true,
        Some(BearerError::InsufficientScope) => false,
        None => status == StatusCode::UNAUTHORIZED || renew_when(),
    }
}

/// Whether an API's response says that the token lacks a scope (`insufficient_scope`, RFC 6750 section 3.1), so that another
/// token with the same scopes is of no use.
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
    bearer_error(status, headers) == Some(BearerError::InsufficientScope)
}

/// The `error` of a `Bearer` challenge, as far as it decides what becomes of the token; the greatest of several counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum BearerError {
    InsufficientScope,
    InvalidToken,
}

fn bearer_error(status: StatusCode, headers: &HeaderMap) -> Option<BearerError> {
    if !status.is_client_error() && !status.is_server_error() {
        return None;
    }
    let values = headers.get_all(WWW_AUTHENTICATE).iter().take(MOST);
    let values = values
        .map(http::HeaderValue::as_bytes)
        .filter(|value| value.len() <= LONGEST);
    values
        .filter_map(|value| Challenges::new(value).bearer_error().ok()?)
        .max()
}

/// The value does not follow the grammar.
struct Malformed;

/// The value of one header, read from its start. No byte is looked at more than twice.
struct Challenges<'a> {
    rest: &'a [u8],
    /// The one that is being read: whether parameters may follow, and its `error` if it is one of `Bearer`.
    challenge: Option<Challenge>,
    found: Option<BearerError>,
}

struct Challenge {
    is_bearer: bool,
    takes_parameters: bool,
    has_error: bool,
}

impl<'a> Challenges<'a> {
    fn new(rest: &'a [u8]) -> Self {
        Self {
            rest,
            challenge: None,
            found: None,
        }
    }

    fn bearer_error(mut self) -> Result<Option<BearerError>, Malformed> {
        loop {
            // A list may have empty elements.
            self.skip(|byte| byte == b',' || is_space(byte));
            if self.rest.is_empty() {
                return Ok(self.found);
            }
            let name = self.token()?;
            let is_spaced = self.skip(is_space) > 0;
            if self.rest.first() == Some(&b'=') {
                self.parameter(name)?;
            } else {
                self.begin(name, is_spaced)?;
            }
            self.skip(is_space);
            if !matches!(self.rest.first(), None | Some(b',')) {
                return Err(Malformed);
            }
        }
    }

    /// What follows a scheme's name: nothing, a token68, or its first parameter.
    fn begin(&mut self, scheme: &[u8], is_spaced: bool) -> Result<(), Malformed> {
        let ends_element = |rest: &[u8]| matches!(rest.first(), None | Some(b','));
        let mut challenge = Challenge {
            is_bearer: scheme.eq_ignore_ascii_case(b"bearer"),
            takes_parameters: true,
            has_error: false,
        };
        if ends_element(self.rest) {
            self.challenge = Some(challenge);
            return Ok(());
        }
        if !is_spaced {
            return Err(Malformed);
        }
        let start = self.rest;
        let has_letters = self.skip(is_token68) > 0;
        self.skip(|byte| byte == b'=');
        self.skip(is_space);
        if has_letters && ends_element(self.rest) {
            challenge.takes_parameters = false;
            self.challenge = Some(challenge);
            return Ok(());
        }
        self.rest = start;
        self.challenge = Some(challenge);
        let name = self.token()?;
        self.skip(is_space);
        self.parameter(name)
    }

    /// `=value`, after the name.
    fn parameter(&mut self, name: &[u8]) -> Result<(), Malformed> {
        self.rest = self.rest.strip_prefix(b"=").ok_or(Malformed)?;
        self.skip(is_space);
        let value = match self.rest.first() {
            Some(b'"') => self.quoted()?,
            _ => self.token()?.to_vec(),
        };
        let challenge = self.challenge.as_mut().filter(|challenge| challenge.takes_parameters);
        let challenge = challenge.ok_or(Malformed)?;
        if name.eq_ignore_ascii_case(b"error") {
            // RFC 9110 section 11.2: a name stands once in a challenge.
            if std::mem::replace(&mut challenge.has_error, true) {
                return Err(Malformed);
            }
            let error = match value.as_slice() {
                b"invalid_token" => Some(BearerError::InvalidToken),
                b"insufficient_scope" => Some(BearerError::InsufficientScope),
                _ => None,
            };
            self.found = self.found.max(error.filter(|_| challenge.is_bearer));
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

    /// Goes on to the first byte of another kind, and gives the number of those that were skipped.
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
