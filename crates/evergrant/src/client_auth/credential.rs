//! The credential that a client authentication method adds to a token request.

use std::fmt;

use http::{HeaderName, HeaderValue};

use crate::Secret;

/// The headers and body parameters that authenticate the client in one token request. The `Debug` output shows no
/// values.
///
/// ```
/// use evergrant::client_auth::ClientCredential;
///
/// let credential = ClientCredential::new("key-1")
///     .param("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
///     .secret_param("client_assertion", "not.a.real.assertion");
/// ```
#[derive(Clone)]
pub struct ClientCredential {
    /// Identifies the credential.
    pub(crate) id: Secret,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) parameters: Vec<(String, Secret)>,
    pub(crate) masked: Vec<Secret>,
    /// For hints in errors, if it is a secret in a Basic header.
    pub(crate) basic: Option<BasicEncoding>,
}

/// How a Basic header is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BasicEncoding {
    /// The header is not percent-encoded.
    pub(crate) is_raw: bool,
    /// Percent-encoding changes the client id or the secret.
    pub(crate) matters: bool,
}

impl ClientCredential {
    /// Creates a credential without headers and parameters. `id` is a stable identifier of the credential: for a signed
    /// assertion, the id of the key; for a secret, the secret itself. Pass the same `id` for each request with the same
    /// credential. The library uses the id to remember which of the client's credentials the server has accepted or
    /// rejected, and never shows it.
    pub fn new(id: impl Into<Secret>) -> Self {
        Self {
            id: id.into(),
            headers: Vec::new(),
            parameters: Vec::new(),
            masked: Vec::new(),
            basic: None,
        }
    }

    /// Adds a header to the token request. If the value contains a secret, mark the value as sensitive and
    /// [mask](Self::mask) the secret.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Adds a body parameter that is not secret, such as `client_id`, to the token request.
    #[must_use]
    pub fn param(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.parameters.push((name.into(), Secret::new(value)));
        self
    }

    /// Adds a secret body parameter, such as `client_assertion`, to the token request. Its value is masked in errors.
    #[must_use]
    pub fn secret_param(mut self, name: impl Into<String>, value: impl Into<Secret>) -> Self {
        let value = value.into();
        self.masked.push(value.clone());
        self.parameters.push((name.into(), value));
        self
    }

    /// Masks a secret in all text from the server that errors show, in any encoding in which a server may return the
    /// secret.
    #[must_use]
    pub fn mask(mut self, secret: impl Into<Secret>) -> Self {
        self.masked.push(secret.into());
        self
    }

    pub(crate) fn has_param(&self, wanted: &str) -> bool {
        self.parameters.iter().any(|(name, _)| name == wanted)
    }
}

impl fmt::Debug for ClientCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers = self.headers.iter().map(|(name, _)| name.as_str());
        let parameters = self.parameters.iter().map(|(name, _)| name);
        f.debug_struct("ClientCredential")
            .field("headers", &headers.collect::<Vec<_>>())
            .field("parameters", &parameters.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
