//! Tokens of authorization servers, sent as bearer tokens (RFC 6750), and tokens of API sessions.

use std::sync::Arc;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue};
use zeroize::Zeroizing;

use super::{Location, not_configured};
use crate::encoding::sensitive;
use crate::error::Error;
use crate::manager::{Entry, TokenManager};
use crate::token_generation::Generation;

/// The authentication scheme of an access token that a [`TokenManager`] fetches and renews, with any grant.
///
/// Without a token manager, the scheme sends nothing to the API or to an authorization server. `OAuth` does not
/// implement [`Scheme`](super::Scheme), because a token may have to be fetched first. A
/// [`Requirement`](crate::Requirement) accepts both `OAuth` and any `Scheme`.
///
/// ```
/// use evergrant::{ClientCredentials, Requirement};
/// use evergrant::scheme::{ApiKey, OAuth};
///
/// # fn run(transport: evergrant::SharedTransport) -> Result<(), evergrant::BuildError> {
/// let tokens = ClientCredentials::builder("client-id", "not-a-real-secret")
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
    format: TokenFormat,
    tokens: Option<TokenManager>,
}

/// The format of the token in the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TokenFormat {
    Bearer,
    /// The token without a prefix, for a session.
    Raw,
}

impl OAuth {
    /// Creates the authentication scheme without a token manager. `name` is its name in the OpenAPI document.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            header: AUTHORIZATION,
            format: TokenFormat::Bearer,
            tokens: None,
        }
    }

    /// Sends `Bearer` and the token in another header than `Authorization`, such as `Proxy-Authorization`.
    #[must_use]
    pub fn in_header(mut self, header: HeaderName) -> Self {
        self.header = header;
        self
    }

    /// Sends the token of an API session: in this header, without the prefix `Bearer`. Some APIs have sessions: a login
    /// call returns a token, which is valid until the session ends, for example after some idle time. The manager's
    /// [`TokenProvider`](crate::TokenProvider) makes the login call.
    ///
    /// A session can end at any time. If a call contains the token of a session and other tokens, and the API responds
    /// with 401, only the session's token is therefore discarded. The other tokens are discarded once the API rejects
    /// new session tokens too.
    ///
    /// ```
    /// use evergrant::{ClientCredentials, Token, TokenEndpoint};
    /// use evergrant::client_auth::PublicClient;
    /// use evergrant::scheme::OAuth;
    ///
    /// # async fn log_in() -> Result<Token, evergrant::Error> { Ok(Token::new("not-a-real-token")) }
    /// # fn run(transport: evergrant::SharedTransport) -> Result<(), Box<dyn std::error::Error>> {
    /// let sessions = ClientCredentials::builder("reader", PublicClient)
    ///     .token_url("https://api.example.com/sessions")
    ///     .token_provider(async |_ended: Option<Token>, _: TokenEndpoint| log_in().await)
    ///     .build(transport)?;
    /// let scheme = OAuth::new("session").in_session_header("X-Session".parse()?).with_tokens(sessions);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn in_session_header(mut self, header: HeaderName) -> Self {
        self.header = header;
        self.format = TokenFormat::Raw;
        self
    }

    /// Sets the token manager that provides the scheme's tokens.
    #[must_use]
    pub fn with_tokens(mut self, tokens: TokenManager) -> Self {
        self.tokens = Some(tokens);
        self
    }

    /// Returns the token manager that provides the scheme's tokens, if it is set.
    #[must_use]
    pub fn tokens(&self) -> Option<&TokenManager> {
        self.tokens.as_ref()
    }

    /// Returns the name of the scheme in the API's OpenAPI document.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns whether its tokens belong to sessions.
    pub(crate) fn is_session(&self) -> bool {
        self.format == TokenFormat::Raw
    }

    pub(super) fn location(&self) -> Location {
        Location::Header(self.header.clone())
    }

    /// Writes a token that is available without waiting; `None` leaves the headers unchanged.
    #[inline]
    pub(crate) fn write_now(&self, headers: &mut HeaderMap) -> Option<Generation> {
        let tokens = self.tokens.as_ref()?;
        if self.header == AUTHORIZATION && self.format == TokenFormat::Bearer {
            return tokens.authorize_now(headers);
        }
        let mut authorization = HeaderMap::new();
        let generation = tokens.authorize_now(&mut authorization)?;
        self.write_header(authorization.remove(AUTHORIZATION)?, headers);
        Some(generation)
    }

    /// Waits for a token, to be written with [`write`](Self::write).
    pub(crate) async fn wait_for_token(&self) -> Result<Arc<Entry>, Error> {
        let tokens = self.tokens.as_ref().ok_or_else(|| not_configured(&self.name))?;
        tokens.entry().await
    }

    /// Writes a token from [`wait_for_token`](Self::wait_for_token).
    pub(crate) fn write(&self, entry: &Entry, headers: &mut HeaderMap) -> Generation {
        self.write_header(entry.header(), headers);
        entry.generation()
    }

    fn write_header(&self, header: HeaderValue, headers: &mut HeaderMap) {
        let value = match self.format {
            TokenFormat::Bearer => Some(header),
            TokenFormat::Raw => raw_token(&header),
        };
        if let Some(value) = value {
            headers.insert(self.header.clone(), value);
        }
    }
}

/// Returns the token without its prefix.
fn raw_token(header: &HeaderValue) -> Option<HeaderValue> {
    let token = header.as_bytes().splitn(2, |byte| *byte == b' ').nth(1)?;
    sensitive(Zeroizing::new(token.to_vec()))
}
