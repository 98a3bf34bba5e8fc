//! The claims of client assertions (RFC 7523 section 3, and its update), and the request parameters that carry them.

use std::time::{Duration, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use evergrant::client_auth::{ClientCredential, JWT_BEARER};
use evergrant::{BuildError, Error, Secret, TokenRequestContext};
use serde::Serialize;
use serde_json::{Map, Value};

/// The value of the JWS header `typ` in client assertions, as draft-ietf-oauth-rfc7523bis (the update of RFC 7523)
/// defines it.
pub const CLIENT_AUTHENTICATION_JWT: &str = "client-authentication+jwt";

/// Maximum lifetime of an assertion.
const MAX_LIFETIME: Duration = Duration::from_secs(3600);

/// The audience of a client assertion: the claim `aud`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Audience {
    /// The issuer identifier of the authorization server, as the update of RFC 7523 requires. The token manager must
    /// know it: see [`issuer`](evergrant::TokenManagerBuilder::issuer). This is the default.
    #[default]
    Issuer,
    /// The URL of the token endpoint, for servers that do not accept the issuer as audience, such as Microsoft Entra
    /// and AD FS. Use it only for such servers: an attacker who controls another token endpoint that the client uses
    /// could replay such an assertion.
    TokenEndpoint,
    /// Another text that the authorization server requires.
    Custom(String),
}

impl<S: Into<String>> From<S> for Audience {
    fn from(audience: S) -> Self {
        Self::Custom(audience.into())
    }
}

/// The settings of client assertions (RFC 7523). The defaults follow RFC 7523 and its update.
///
/// ```
/// use std::time::Duration;
/// use evergrant_jose::{AssertionOptions, Audience, PrivateKeyJwt};
///
/// let options = AssertionOptions::new()
///     .audience(Audience::TokenEndpoint)
///     .header_type("JWT")
///     .lifetime(Duration::from_secs(300));
/// let auth = PrivateKeyJwt::from_file("/run/secrets/client-key.pem").options(options);
/// ```
#[derive(Debug, Clone)]
pub struct AssertionOptions {
    audience: Audience,
    lifetime: Duration,
    clock_skew: Duration,
    typ: Option<String>,
    has_client_id: bool,
}

/// The names of settings in errors.
pub(crate) struct SettingNames {
    /// The setting that contains the others.
    pub(crate) owner: &'static str,
    pub(crate) audience: &'static str,
    pub(crate) lifetime: &'static str,
}

const CLIENT_AUTH: SettingNames = SettingNames {
    owner: "client_auth",
    audience: "AssertionOptions::audience(..)",
    lifetime: "AssertionOptions::lifetime",
};

#[derive(Serialize)]
pub(crate) struct Claims<'a> {
    iss: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<&'a str>,
    aud: &'a str,
    jti: String,
    iat: u64,
    nbf: u64,
    exp: u64,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    further: Option<&'a Map<String, Value>>,
}

/// Whom an assertion identifies, and its further claims.
pub(crate) struct Identity<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) subject: Option<&'a str>,
    pub(crate) further: Option<&'a Map<String, Value>>,
}

impl<'a> Identity<'a> {
    /// The identity of a client, which authenticates itself.
    pub(crate) fn of_client(client_id: &'a str) -> Self {
        Self {
            issuer: client_id,
            subject: Some(client_id),
            further: None,
        }
    }
}

impl AssertionOptions {
    /// Creates the default settings of client assertions.
    #[must_use]
    pub fn new() -> Self {
        Self {
            audience: Audience::Issuer,
            lifetime: Duration::from_secs(60),
            clock_skew: Duration::from_secs(5),
            typ: Some(CLIENT_AUTHENTICATION_JWT.to_owned()),
            has_client_id: true,
        }
    }

    /// Sets the audience of client assertions (the claim `aud`): an [`Audience`], or a text. The default is the issuer
    /// of the authorization server, which must then be set on the builder of the token manager.
    ///
    /// ```
    /// use evergrant_jose::AssertionOptions;
    ///
    /// let options = AssertionOptions::new().audience("https://login.salesforce.com");
    /// ```
    #[must_use]
    pub fn audience(mut self, audience: impl Into<Audience>) -> Self {
        self.audience = audience.into();
        self
    }

    /// Sets the lifetime of a client assertion, which is the time between its claims `iat` and `exp`. It must be more
    /// than [`clock_skew`](Self::clock_skew), and at most one hour. Some servers limit it: Keycloak to 60 s by default.
    /// The default is 60 s.
    #[must_use]
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Sets how far the claims `iat` and `nbf` of client assertions are before the current time, so that a server whose
    /// clock is behind accepts the assertions. The default is 5 s.
    #[must_use]
    pub fn clock_skew(mut self, skew: Duration) -> Self {
        self.clock_skew = skew;
        self
    }

    /// Sets the JWS header `typ` of client assertions, for servers that do not accept the default. Such servers expect
    /// `JWT`, or a type that they define. The default is [`CLIENT_AUTHENTICATION_JWT`].
    #[must_use]
    pub fn header_type(mut self, typ: impl Into<String>) -> Self {
        self.typ = Some(typ.into());
        self
    }

    /// Omits the JWS header `typ` from client assertions.
    #[must_use]
    pub fn without_header_type(mut self) -> Self {
        self.typ = None;
        self
    }

    /// Omits the parameter `client_id` from token requests, because the subject of the assertion already identifies the
    /// client (RFC 7521 section 4.2). By default, `client_id` is sent in the body, which Microsoft Entra requires.
    #[must_use]
    pub fn without_client_id(mut self) -> Self {
        self.has_client_id = false;
        self
    }

    pub(crate) fn typ(&self) -> Option<&str> {
        self.typ.as_deref()
    }

    /// Validates the settings of a client authentication method for a server with this issuer.
    pub(crate) fn check(&self, issuer: Option<&str>) -> Result<(), BuildError> {
        self.check_for(&CLIENT_AUTH, issuer)
    }

    /// Validates the settings under these names.
    pub(crate) fn check_for(&self, names: &SettingNames, issuer: Option<&str>) -> Result<(), BuildError> {
        let invalid = |problem: String| BuildError::InvalidSetting {
            setting: names.owner,
            problem,
        };
        let min = self.clock_skew.saturating_add(Duration::from_secs(1));
        if self.lifetime < min || self.lifetime > MAX_LIFETIME {
            return Err(BuildError::OutOfRange {
                setting: names.lifetime,
                expected: "at least one second longer than its clock_skew, and at most one hour",
            });
        }
        match &self.audience {
            Audience::Issuer if issuer.is_none() => Err(invalid(format!(
                "the audience of its assertions is the issuer, which is not set; call issuer(\"https://..\") with the \
                 `issuer` of the server's metadata, or set another audience with {}",
                names.audience
            ))),
            Audience::Custom(audience) if audience.is_empty() => {
                Err(invalid("the audience of its assertions is empty".to_owned()))
            }
            _ => Ok(()),
        }
    }

    /// Creates the claims of a new assertion.
    pub(crate) fn claims<'a>(
        &'a self,
        identity: &Identity<'a>,
        request: TokenRequestContext<'a>,
    ) -> Result<Claims<'a>, Error> {
        let aud = match &self.audience {
            Audience::Issuer => request
                .issuer()
                .ok_or_else(|| Error::client_auth("the issuer of the authorization server is not known"))?,
            Audience::TokenEndpoint => request.token_endpoint().as_str(),
            Audience::Custom(audience) => audience,
        };
        let now = request.now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let iat = now.saturating_sub(self.clock_skew).as_secs();
        Ok(Claims {
            iss: identity.issuer,
            sub: identity.subject,
            aud,
            jti: URL_SAFE_NO_PAD.encode(request.random::<16>()?),
            iat,
            nbf: iat,
            exp: iat + self.lifetime.as_secs(),
            further: identity.further,
        })
    }

    /// Returns the credential with an assertion. `id` identifies its key.
    pub(crate) fn credential(
        &self,
        id: impl Into<Secret>,
        request: TokenRequestContext<'_>,
        assertion: Secret,
    ) -> ClientCredential {
        let mut credential = ClientCredential::new(id);
        if self.has_client_id {
            credential = credential.param("client_id", request.client_id());
        }
        credential
            .param("client_assertion_type", JWT_BEARER)
            .secret_param("client_assertion", assertion)
    }

    /// Returns the names of the parameters of the credential.
    pub(crate) fn parameters(&self) -> &'static [&'static str] {
        match self.has_client_id {
            true => &["client_assertion_type", "client_assertion", "client_id"],
            false => &["client_assertion_type", "client_assertion"],
        }
    }
}

impl Default for AssertionOptions {
    fn default() -> Self {
        Self::new()
    }
}
