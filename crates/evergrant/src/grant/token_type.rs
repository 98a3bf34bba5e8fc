//! The types of tokens in a token exchange.

use std::fmt;

/// The type of a token in a token exchange (RFC 8693 section 3). A string with a URI converts to the type that the URI
/// identifies.
///
/// ```
/// use evergrant::TokenTypeIdentifier;
///
/// let jwt = TokenTypeIdentifier::from("urn:ietf:params:oauth:token-type:jwt");
/// assert_eq!(jwt, TokenTypeIdentifier::Jwt);
/// assert_eq!(TokenTypeIdentifier::from("urn:example:ticket").as_str(), "urn:example:ticket");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenTypeIdentifier {
    /// An access token of the authorization server: `urn:ietf:params:oauth:token-type:access_token`.
    AccessToken,
    /// A refresh token of the authorization server: `urn:ietf:params:oauth:token-type:refresh_token`.
    RefreshToken,
    /// An ID token of OpenID Connect: `urn:ietf:params:oauth:token-type:id_token`.
    IdToken,
    /// A SAML 1.1 assertion, encoded with base64url: `urn:ietf:params:oauth:token-type:saml1`.
    Saml1,
    /// A SAML 2.0 assertion, encoded with base64url: `urn:ietf:params:oauth:token-type:saml2`.
    Saml2,
    /// A JWT, such as one of another issuer: `urn:ietf:params:oauth:token-type:jwt`.
    Jwt,
    /// Any other type, as a URI.
    Other(String),
}

const KNOWN: [(TokenTypeIdentifier, &str); 6] = [
    (
        TokenTypeIdentifier::AccessToken,
        "urn:ietf:params:oauth:token-type:access_token",
    ),
    (
        TokenTypeIdentifier::RefreshToken,
        "urn:ietf:params:oauth:token-type:refresh_token",
    ),
    (
        TokenTypeIdentifier::IdToken,
        "urn:ietf:params:oauth:token-type:id_token",
    ),
    (TokenTypeIdentifier::Saml1, "urn:ietf:params:oauth:token-type:saml1"),
    (TokenTypeIdentifier::Saml2, "urn:ietf:params:oauth:token-type:saml2"),
    (TokenTypeIdentifier::Jwt, "urn:ietf:params:oauth:token-type:jwt"),
];

impl TokenTypeIdentifier {
    /// Returns the URI that identifies the token type.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Other(uri) => uri,
            known => KNOWN.iter().find(|(kind, _)| kind == known).map_or("", |(_, uri)| uri),
        }
    }

    /// Returns whether the URI consists of visible ASCII characters.
    pub(super) fn is_valid(&self) -> bool {
        let uri = self.as_str();
        !uri.is_empty() && uri.bytes().all(|byte| byte.is_ascii_graphic())
    }
}

impl From<&str> for TokenTypeIdentifier {
    fn from(uri: &str) -> Self {
        let known = KNOWN.into_iter().find(|(_, known)| *known == uri);
        known.map_or_else(|| Self::Other(uri.to_owned()), |(kind, _)| kind)
    }
}

impl From<String> for TokenTypeIdentifier {
    fn from(uri: String) -> Self {
        Self::from(uri.as_str())
    }
}

impl fmt::Display for TokenTypeIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
