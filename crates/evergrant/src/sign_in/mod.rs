//! A user's way through the authorization server's pages and back (RFC 6749 section 4.1), with PKCE (RFC 7636) and `state`.

mod path;
mod redirect;
mod request;

use std::fmt;
use std::sync::Arc;

use url::Url;

pub(crate) use self::path::unguessable_segment;
pub use self::request::{AuthorizationRequest, AuthorizationRequestJsonError};
use crate::error::{Error, SignInError, SignInProblem};
use crate::grant::Entitlement;
use crate::manager::TokenManager;
use crate::{Scopes, Secret, Token};

/// Where a user signs in, as it was configured.
#[derive(Debug, Clone)]
pub(crate) struct SignInSettings {
    pub(crate) authorization_url: Url,
    pub(crate) redirect_uri: String,
    /// What the server calls itself in redirects (RFC 9207).
    pub(crate) issuer: Option<String>,
    pub(crate) parameters: Vec<(String, String)>,
    /// The segment of the redirect URI's path that stands for a `state` that the server drops, if that is allowed.
    pub(crate) instead_of_state: Option<String>,
}

/// Leads a user through the authorization server's pages, for one manager. A cheap clone; made by
/// [`TokenManager::sign_in`](crate::TokenManager::sign_in).
///
/// ```no_run
/// # async fn run(transport: evergrant::SharedTransport) -> Result<(), Box<dyn std::error::Error>> {
/// # async fn ask_the_user_to_visit(_: &url::Url) -> String { String::new() }
/// use evergrant::AuthorizationCode;
///
/// let tokens = AuthorizationCode::public("client-id")
///     .authorization_url("https://auth.example.com/oauth2/authorize")
///     .token_url("https://auth.example.com/oauth2/token")
///     .redirect_uri("http://127.0.0.1:8765/callback")
///     .build(transport)?;
///
/// let sign_in = tokens.sign_in()?;
/// let request = sign_in.begin()?;
/// let redirect = ask_the_user_to_visit(request.url()).await; // "/callback?code=..&state=.."
/// sign_in.finish(&request, &redirect).await?;
/// // From here on the manager serves the user's token, and renews it.
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SignIn {
    settings: Arc<SignInSettings>,
    tokens: TokenManager,
}

impl SignIn {
    pub(crate) fn new(settings: Arc<SignInSettings>, tokens: TokenManager) -> Self {
        Self { settings, tokens }
    }

    /// Makes a request for the user to bring to the authorization server, with a `state` and a code verifier of its own.
    /// Nothing is sent.
    ///
    /// # Errors
    /// [`Error::SignInFailed`] when the operating system gives no random numbers.
    pub fn begin(&self) -> Result<AuthorizationRequest, Error> {
        let exchange = self.tokens.exchange().settings();
        let asked: &Scopes = &exchange.scopes;
        AuthorizationRequest::new(&self.settings, &exchange.client, asked, &exchange.parameters)
            .map_err(|problem| self.failed(problem, None))
    }

    /// 128 random bits as 32 hexadecimal digits: a segment for a redirect path that cannot be guessed. See
    /// [`danger_allow_missing_state`](crate::TokenManagerBuilder::danger_allow_missing_state).
    ///
    /// ```
    /// let segment = evergrant::SignIn::random_path_segment()?;
    /// let redirect_uri = format!("http://127.0.0.1:8765/callback/{segment}");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the operating system gives no random numbers.
    pub fn random_path_segment() -> std::io::Result<String> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|error| std::io::Error::other(error.to_string()))?;
        Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Takes the redirect with which the user came back, checks it against its request, and exchanges its code for a token,
    /// which the manager serves from then on: for programs with one user. In manual style the token is returned, and not
    /// installed.
    ///
    /// `redirect` is the URL, or the part of it that the program was given: all that counts is its query (with
    /// [`danger_allow_missing_state`](crate::TokenManagerBuilder::danger_allow_missing_state), its path too). A code is
    /// good for one exchange, so there is no second attempt at it, and dropping the future does not stop it.
    ///
    /// # Errors
    /// [`Error::SignInFailed`] says what is wrong with the redirect, or what the server said on the way;
    /// [`Error::OAuthProvider`] when the token endpoint refuses the code. The manager's token, if it had one, is unchanged.
    pub async fn finish(&self, request: &AuthorizationRequest, redirect: &str) -> Result<Token, Error> {
        let entitlement = self.entitlement(request, redirect)?;
        self.tokens.redeem(entitlement).await
    }

    /// As [`finish`](Self::finish), for programs with many users, such as a web application: the user who came back is given a
    /// manager of his or her own, with the same settings, and this one's token is unchanged. The callback is told of that
    /// user's tokens alone, the first one included (also when this future is dropped), and may store each as that user's; from there,
    /// [`for_user`](TokenManager::for_user) goes on with it.
    ///
    /// # Errors
    /// As [`finish`](Self::finish).
    pub async fn finish_apart(
        &self,
        request: &AuthorizationRequest,
        redirect: &str,
        on_token_update: impl Fn(Token) + Send + Sync + 'static,
    ) -> Result<TokenManager, Error> {
        let entitlement = self.entitlement(request, redirect)?;
        self.tokens.redeem_apart(entitlement, Arc::new(on_token_update)).await
    }

    fn entitlement(&self, request: &AuthorizationRequest, redirect: &str) -> Result<Entitlement, Error> {
        Ok(Entitlement::AuthorizationCode {
            code: self
                .code(request, redirect)
                .map_err(|problem| self.failed(problem, Some(redirect)))?,
            redirect_uri: self.settings.redirect_uri.clone(),
            code_verifier: request.code_verifier().clone(),
        })
    }

    fn code(&self, request: &AuthorizationRequest, redirect: &str) -> Result<Secret, SignInProblem> {
        if !request.is_for(&self.settings, &self.tokens.exchange().settings().client) {
            return Err(SignInProblem::OtherClient);
        }
        redirect::code(redirect, request, &self.settings)
    }

    fn failed(&self, problem: SignInProblem, redirect: Option<&str>) -> Error {
        let cause = match (&problem, redirect) {
            (SignInProblem::StateMissing, Some(redirect)) => redirect::why_no_state(redirect, &self.settings),
            _ => None,
        };
        let client = Arc::clone(&self.tokens.exchange().settings().client);
        Error::SignInFailed(Arc::new(SignInError { client, problem, cause }))
    }
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignIn")
            .field("client", &self.tokens.exchange().settings().client)
            .field("redirect_uri", &self.settings.redirect_uri)
            .finish_non_exhaustive()
    }
}
