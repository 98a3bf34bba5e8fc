//! Tokens from an authorization server, sent as bearer tokens (RFC 6750).

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName};

use super::{Place, unconfigured};
use crate::error::Error;
use crate::manager::TokenManager;
use crate::token::Generation;

/// A token that a [`TokenManager`] looks after, whatever its grant.
///
/// One without a manager never sends anything, neither to the API nor to an authorization server. It is no
/// [`Scheme`](super::Scheme), whose credentials are always at hand; a [`Requirement`](crate::Requirement) takes both.
///
/// ```
/// use evergrant::{ClientCredentials, Requirement};
/// use evergrant::scheme::{ApiKey, OAuth};
///
/// # fn run(transport: evergrant::SharedTransport) -> Result<(), evergrant::BuildError> {
/// let tokens = ClientCredentials::new("client-id", "not-a-real-secret")
///     .token_url("https://auth.example.com/oauth2/token")
///     .build(transport)?;
///
/// let requirement = Requirement::of(OAuth::new("oauth2").with_tokens(tokens))
///     .and(ApiKey::in_header("apiKey", "X-API-Key")?.with_key("not-a-real-key")?)
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct OAuth {
    name: String,
    header: HeaderName,
    tokens: Option<TokenManager>,
}

impl OAuth {
    /// Defines the scheme, not configured yet.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            header: AUTHORIZATION,
            tokens: None,
        }
    }

    /// Sends `Bearer` and the token in another header than `Authorization`, such as `Proxy-Authorization`.
    #[must_use]
    pub fn in_header(mut self, header: HeaderName) -> Self {
        self.header = header;
        self
    }

    /// Configures it.
    #[must_use]
    pub fn with_tokens(mut self, tokens: TokenManager) -> Self {
        self.tokens = Some(tokens);
        self
    }

    /// The manager that it was configured with.
    #[must_use]
    pub fn tokens(&self) -> Option<&TokenManager> {
        self.tokens.as_ref()
    }

    /// The name in the API's description.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn place(&self) -> Place {
        Place::Header(self.header.clone())
    }

    /// Writes a token that is at hand; `None` leaves the headers unchanged.
    #[inline]
    pub(crate) fn write_now(&self, headers: &mut HeaderMap) -> Option<Generation> {
        let tokens = self.tokens.as_ref()?;
        if self.header == AUTHORIZATION {
            return tokens.authorize_now(headers);
        }
        let mut obtained = HeaderMap::new();
        let generation = tokens.authorize_now(&mut obtained)?;
        self.write(obtained, headers);
        Some(generation)
    }

    /// Waits for a token; [`write`](Self::write) takes it.
    pub(crate) async fn obtain(&self) -> Result<(HeaderMap, Generation), Error> {
        let tokens = self.tokens.as_ref().ok_or_else(|| unconfigured(&self.name))?;
        let mut obtained = HeaderMap::new();
        let generation = tokens.authorize(&mut obtained).await?;
        Ok((obtained, generation))
    }

    pub(crate) fn write(&self, mut obtained: HeaderMap, headers: &mut HeaderMap) {
        if let Some(value) = obtained.remove(AUTHORIZATION) {
            headers.insert(self.header.clone(), value);
        }
    }
}
