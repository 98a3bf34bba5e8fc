//! Assertions in files that another program writes.

use std::path::PathBuf;

use super::AssertionSource;
use super::identity_in_store_key::jwt_subject;
use crate::Secret;
use crate::error::Error;
use crate::runtime::BoxFuture;
use crate::secret_file::SecretFile;
use crate::token_request_context::TokenRequestContext;

/// An [assertion source](super::AssertionSource) that reads a file, which another program writes. The file is read
/// before each request to the token endpoint, because the other program may replace it: the kubelet, for example,
/// renews a projected service account token after 80% of its lifetime.
///
/// The file contains one line of at most 64 KiB; white space at its end is ignored. The mode of the file is not
/// checked, because the platform sets it. The file is read on a thread that may block.
///
/// ```
/// use evergrant::TokenExchange;
/// use evergrant::TokenTypeIdentifier::Jwt;
/// use evergrant::assertion::AssertionFile;
///
/// let subject_token = AssertionFile::new("/var/run/secrets/tokens/auth");
/// let builder = TokenExchange::new(subject_token, Jwt).builder("client-id", "not-a-real-secret");
/// ```
#[derive(Debug, Clone)]
pub struct AssertionFile(SecretFile);

impl AssertionFile {
    /// Creates an assertion source that reads the file at `path`. The file need not exist yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(SecretFile::new(path))
    }
}

impl AssertionSource for AssertionFile {
    fn assertion<'a>(&'a self, context: TokenRequestContext<'a>) -> BoxFuture<'a, Result<Secret, Error>> {
        Box::pin(async move {
            let file = self.0.clone();
            let read = context.spawn_blocking(move || read(&file)).await;
            read.and_then(|result| result).map_err(Error::assertion)
        })
    }

    fn is_always_new(&self) -> bool {
        false
    }

    /// Issuer and subject of the JWT that is in the file now.
    fn subject(&self) -> Option<String> {
        jwt_subject(&read(&self.0).ok()?)
    }
}

/// Returns the assertion, or the problem with the file.
fn read(file: &SecretFile) -> Result<Secret, String> {
    let content = file.read().map_err(|error| {
        format!("{error}; check that the platform writes one assertion to it, and that this user can read it")
    })?;
    trimmed(content).map_err(|problem| format!("the file `{}` {problem}", file.path().display()))
}

/// Removes white space at the end. Returns the problem of a text that is not an assertion.
fn trimmed(assertion: Secret) -> Result<Secret, &'static str> {
    let text = assertion.expose().trim_end();
    if text.is_empty() {
        return Err("is empty; check that the platform writes an assertion to it");
    }
    // JWTs, SAML assertions in base64url (RFC 7522 section 2.2) and opaque tokens have no others.
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(
            "has more than one line or word, or characters outside ASCII; check that it contains one assertion",
        );
    }
    if text.len() == assertion.expose().len() {
        return Ok(assertion);
    }
    Ok(Secret::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_not_an_assertion_is_an_error() {
        assert_eq!(trimmed(Secret::from("a.b.c\r\n ")).unwrap().expose(), "a.b.c");
        assert_eq!(trimmed(Secret::from("PHNhbWw-")).unwrap().expose(), "PHNhbWw-");
        for invalid in ["", " \n", "a.b.c\nd.e.f", "a b", "ä.b.c"] {
            assert!(trimmed(Secret::from(invalid)).is_err(), "{invalid:?}");
        }
    }
}
