//! Tokens from an authorization server, sent as bearer tokens (RFC 6750), and those of an API's own sessions.

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue};
use zeroize::Zeroizing;

use super::value::sensitive;
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
    form: Form,
    tokens: Option<TokenManager>,
}

/// How the token is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Bearer,
    /// As it is, for a session.
    Bare,
}

impl OAuth {
    /// Defines the scheme, not configured yet.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            header: AUTHORIZATION,
            form: Form::Bearer,
            tokens: None,
        }
    }

    /// Sends `Bearer` and the token in another header than `Authorization`, such as `Proxy-Authorization`.
    #[must_use]
    pub fn in_header(mut self, header: HeaderName) -> Self {
        self.header = header;
        self
    }

    /// Sends the token as it is, without `Bearer`, in a header of an API's own: the token of a session, which a call of that API
    /// gave and which ends when it has been idle.
    ///
    /// Where a session's token goes out together with others and the API answers 401, the session has ended as far as can be
    /// told, and its token alone is rejected; the others are when fresh sessions are refused too. What opens the session is the
    /// manager's [`TokenProvider`](crate::TokenProvider).
    ///
    /// ```
    /// use evergrant::{ClientCredentials, Exchange, Token};
    /// use evergrant::scheme::OAuth;
    ///
    /// # async fn log_in() -> Result<Token, evergrant::Error> { Ok(Token::new("not-a-real-token")) }
    /// # fn run(transport: evergrant::SharedTransport) -> Result<(), Box<dyn std::error::Error>> {
    /// let sessions = ClientCredentials::public("reader")
    ///     .token_url("https://api.example.com/sessions")
    ///     .token_provider(async |_ended: Option<Token>, _: Exchange| log_in().await)
    ///     .build(transport)?;
    /// let scheme = OAuth::new("session").in_session_header("X-Session".parse()?).with_tokens(sessions);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn in_session_header(mut self, header: HeaderName) -> Self {
        self.header = header;
        self.form = Form::Bare;
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

    /// Whether its tokens are those of sessions.
    pub(crate) fn is_session(&self) -> bool {
        self.form == Form::Bare
    }

    pub(super) fn place(&self) -> Place {
        Place::Header(self.header.clone())
    }

    /// Writes a token that is at hand; `None` leaves the headers unchanged.
    #[inline]
    pub(crate) fn write_now(&self, headers: &mut HeaderMap) -> Option<Generation> {
        let tokens = self.tokens.as_ref()?;
        if self.header == AUTHORIZATION && self.form == Form::Bearer {
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
        let value = obtained.remove(AUTHORIZATION).and_then(|value| match self.form {
            Form::Bearer => Some(value),
            Form::Bare => bare(&value),
        });
        if let Some(value) = value {
            headers.insert(self.header.clone(), value);
        }
    }
}

/// The token alone.
fn bare(bearer: &HeaderValue) -> Option<HeaderValue> {
    let token = bearer.as_bytes().strip_prefix(b"Bearer ")?;
    sensitive(Zeroizing::new(token.to_vec()))
}
