//! Assertions for grants, signed with a key of the application.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use evergrant::assertion::AssertionSource;
use evergrant::error::CallbackError;
use evergrant::runtime::BoxFuture;
use evergrant::{BuildError, Error, Secret, TokenRequestContext};
use serde_json::{Map, Value};

use crate::client_assertion::{AssertionOptions, Audience, Identity, SettingNames};
use crate::jws::{self, Header};
use crate::key_file::KeyFile;
use crate::key_source::KeySource;
use crate::signer::Signer;

/// A source of assertions for the JWT bearer grant and for token exchange (RFC 7523 section 2.1), which the
/// application signs with its own key. Each attempt has a new assertion.
///
/// | claim or header | value | setting |
/// |---|---|---|
/// | `iss` | the issuer: the client id, or the account | [`new`](Self::new) |
/// | `sub` | none | [`subject`](Self::subject) |
/// | `aud` | the URL of the token endpoint | [`audience`](Self::audience) |
/// | `jti`, `iat`, `nbf`, `exp` | as for client assertions | [`lifetime`](Self::lifetime), [`clock_skew`](Self::clock_skew) |
/// | `typ` | `JWT` | |
/// | `kid` | the key's id, if it has one | [`key_id`](Self::key_id) |
///
/// ```
/// use std::time::Duration;
/// use evergrant::JwtBearer;
/// use evergrant::client_auth::NoClientAuth;
/// use evergrant_jose::SignedAssertion;
///
/// // Salesforce: the connected app acts for a user. Its responses have no `expires_in`.
/// let assertion = SignedAssertion::from_file("consumer-key", "/run/secrets/salesforce-key.pem")
///     .subject("integration@example.com")
///     .audience("https://login.salesforce.com");
/// let builder = JwtBearer::new(assertion)
///     .builder("consumer-key", NoClientAuth)
///     .token_url("https://login.salesforce.com/services/oauth2/token")
///     .default_lifetime(Duration::from_secs(3600));
/// ```
pub struct SignedAssertion {
    key: KeySource,
    key_id: Option<String>,
    issuer: String,
    subject: Option<String>,
    claims: Map<String, Value>,
    options: AssertionOptions,
}

impl SignedAssertion {
    /// Creates a source of assertions whose claim `iss` is `issuer`, such as the client id. A
    /// [`PrivateKey`](crate::PrivateKey) or another [`Signer`] signs the assertions.
    pub fn new(issuer: impl Into<String>, signer: impl Signer) -> Self {
        Self::with_key(issuer.into(), KeySource::signer(signer, None))
    }

    /// Creates a source of assertions whose claim `iss` is `issuer`, signed with a key in a file: a [`KeyFile`], or a
    /// path. The file is read for each assertion, so that a replaced key is used without a restart.
    pub fn from_file(issuer: impl Into<String>, file: impl Into<KeyFile>) -> Self {
        Self::with_key(issuer.into(), KeySource::file(file))
    }

    fn with_key(issuer: String, key: KeySource) -> Self {
        let options = AssertionOptions::new();
        Self {
            key,
            key_id: None,
            issuer,
            subject: None,
            claims: Map::new(),
            options: options.audience(Audience::TokenEndpoint).header_type("JWT"),
        }
    }

    /// Sets the claim `sub` of the assertions: the user or account for which the grant requests tokens. By default, the
    /// assertions have no `sub`.
    #[must_use]
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// Sets the audience of the assertions (the claim `aud`): an [`Audience`], or a text. Default: the URL of the token
    /// endpoint.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<Audience>) -> Self {
        self.options = self.options.audience(audience);
        self
    }

    /// Sets the id of the key, which the JWS header `kid` of the assertions contains. Default: the `kid` of a JWK, or
    /// the [`key_id`](Signer::key_id) of the signer.
    #[must_use]
    pub fn key_id(mut self, id: impl Into<String>) -> Self {
        self.key_id = Some(id.into());
        self
    }

    /// Adds a claim to the assertions, such as `scope`. The claims `iss`, `sub`, `aud`, `jti`, `iat`, `nbf` and `exp`
    /// cannot be replaced.
    #[must_use]
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.claims.insert(name.into(), value.into());
        self
    }

    /// Sets the lifetime of an assertion, which is the time between its claims `iat` and `exp`; see
    /// [`AssertionOptions::lifetime`]. Default: 60 s.
    #[must_use]
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.options = self.options.lifetime(lifetime);
        self
    }

    /// Sets how far the claims `iat` and `nbf` of the assertions are before the current time; see
    /// [`AssertionOptions::clock_skew`]. Default: 5 s.
    #[must_use]
    pub fn clock_skew(mut self, skew: Duration) -> Self {
        self.options = self.options.clock_skew(skew);
        self
    }

    /// Signs with the current key. The previous key of a file is not tried, because the response does not say whether
    /// the server rejected the key.
    async fn sign(&self, request: TokenRequestContext<'_>) -> Result<Secret, Error> {
        let keys = self.key.keys(request).await?;
        let signer = keys
            .first()
            .ok_or_else(|| Error::client_auth("there is no key"))?
            .signer();
        let header = Header {
            alg: signer.algorithm().name(),
            typ: self.options.typ(),
            kid: self.key_id.as_deref().or(signer.key_id()),
            ..Header::default()
        };
        let identity = Identity {
            issuer: &self.issuer,
            subject: self.subject.as_deref(),
            further: Some(&self.claims),
        };
        let input = jws::signing_input(&header, &self.options.claims(&identity, request)?)?;
        jws::sign(input, signer).await
    }
}

const NAMES: SettingNames = SettingNames {
    owner: "SignedAssertion",
    audience: "SignedAssertion::audience(..)",
    lifetime: "SignedAssertion::lifetime",
};

/// The claims that the source sets itself.
const RESERVED: [&str; 7] = ["iss", "sub", "aud", "jti", "iat", "nbf", "exp"];

impl AssertionSource for SignedAssertion {
    fn check(&self, issuer: Option<&str>) -> Result<(), BuildError> {
        self.check_settings(issuer)
    }

    fn assertion<'a>(&'a self, request: TokenRequestContext<'a>) -> BoxFuture<'a, Result<Secret, Error>> {
        Box::pin(async move { self.sign(request).await.map_err(|error| self.failed(error)) })
    }
}

impl SignedAssertion {
    /// Returns the error for an assertion that was not signed. The code that signs reports errors of client
    /// authentication.
    fn failed(&self, error: Error) -> Error {
        match error {
            Error::Callback(source) => Error::assertion(NotSigned {
                issuer: self.issuer.clone(),
                source,
            }),
            other => other,
        }
    }

    fn check_settings(&self, issuer: Option<&str>) -> Result<(), BuildError> {
        self.options.check_for(&NAMES, issuer)?;
        let invalid = |problem: String| BuildError::InvalidSetting {
            setting: "SignedAssertion",
            problem,
        };
        if let Some(name) = RESERVED.iter().find(|name| self.claims.contains_key(**name)) {
            let problem =
                format!("claim(..) cannot set `{name}`, which has a setting of its own or is set for each assertion");
            return Err(invalid(problem));
        }
        let current = self.key.current();
        current.map(drop).map_err(|error| invalid(error.to_string()))
    }
}

/// The cause of an assertion that was not signed.
#[derive(Debug)]
struct NotSigned {
    issuer: String,
    source: Arc<CallbackError>,
}

impl fmt::Display for NotSigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let issuer = self.issuer.escape_debug();
        write!(f, "the assertion of the issuer `{issuer}` was not signed")?;
        match std::error::Error::source(&*self.source) {
            Some(cause) => write!(f, ": {cause}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for NotSigned {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&*self.source)
    }
}

impl fmt::Debug for SignedAssertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedAssertion")
            .field("issuer", &self.issuer)
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}
