//! Sign-in of a user with the authorization code grant (RFC 6749 section 4.1), with PKCE (RFC 7636) and `state`.

use std::fmt;
use std::sync::Arc;

use data_encoding::HEXLOWER;

use crate::authorization::{AuthorizationRequest, SignInSettings, redirect};
use crate::error::{BuildError, Error, SignInError, SignInProblem};
use crate::grant::{AuthorizationCode, Grant, GrantRequest};
use crate::manager::TokenManager;
use crate::{Scopes, Secret, Token};

/// The sign-in of users for one manager: creates authorization requests, and redeems the codes of redirects. Created by
/// [`TokenManager::sign_in`](crate::TokenManager::sign_in). Cloning is cheap.
///
/// ```no_run
/// # async fn run(transport: evergrant::SharedTransport) -> Result<(), Box<dyn std::error::Error>> {
/// # async fn ask_the_user_to_visit(_: &url::Url) -> String { String::new() }
/// use evergrant::AuthorizationCode;
/// use evergrant::client_auth::PublicClient;
///
/// let tokens = AuthorizationCode::builder("client-id", PublicClient)
///     .authorization_url("https://auth.example.com/oauth2/authorize")
///     .token_url("https://auth.example.com/oauth2/token")
///     .redirect_uri("http://127.0.0.1:8765/callback")
///     .build(transport)?;
///
/// let sign_in = tokens.sign_in()?;
/// let request = sign_in.begin()?;
/// let redirect = ask_the_user_to_visit(request.url()).await; // "/callback?code=..&state=.."
/// sign_in.finish(&request, &redirect).await?;
/// // From now on, the manager serves and renews the user's token.
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SignIn {
    settings: Arc<SignInSettings>,
    tokens: TokenManager,
}

impl TokenManager {
    /// Returns a handle that signs users in with the authorization code grant.
    ///
    /// # Errors
    /// [`BuildError`] if the manager was built without an `authorization_url`, or for another grant.
    pub fn sign_in(&self) -> Result<SignIn, BuildError> {
        let setting = "authorization_url";
        let grant = &self.endpoint().settings().grant;
        match self.sign_in_settings() {
            Some(settings) => Ok(SignIn::new(Arc::clone(settings), self.clone())),
            None if grant.name() == AuthorizationCode.name() => Err(BuildError::MissingForSignIn { setting }),
            None => Err(BuildError::WrongGrant {
                setting: "sign_in",
                grant: grant.name().to_owned(),
            }),
        }
    }
}

impl SignIn {
    pub(crate) fn new(settings: Arc<SignInSettings>, tokens: TokenManager) -> Self {
        Self { settings, tokens }
    }

    /// Creates an authorization request with its own `state` and code verifier. Open its URL in the user's browser.
    /// Sends nothing.
    ///
    /// # Errors
    /// [`Error::SignInFailed`] if the operating system provides no random numbers.
    pub fn begin(&self) -> Result<AuthorizationRequest, Error> {
        let endpoint = self.tokens.endpoint().settings();
        let scopes: &Scopes = &endpoint.scopes;
        AuthorizationRequest::new(&self.settings, &endpoint.client, scopes, &endpoint.parameters)
            .map_err(|problem| self.failed(problem, None))
    }

    /// Returns 128 random bits as 32 hexadecimal digits, for an unguessable redirect path. See
    /// [`danger_allow_missing_state`](crate::TokenManagerBuilder::danger_allow_missing_state).
    ///
    /// ```
    /// let segment = evergrant::SignIn::random_path_segment()?;
    /// let redirect_uri = format!("http://127.0.0.1:8765/callback/{segment}");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// An I/O error if the operating system provides no random numbers.
    pub fn random_path_segment() -> std::io::Result<String> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|error| std::io::Error::other(error.to_string()))?;
        Ok(HEXLOWER.encode(&bytes))
    }

    /// Completes the sign-in, for programs with one user: checks the redirect against `request`, exchanges the code of
    /// the redirect for a token, and installs the token in the manager. In manual mode, the token is returned and not
    /// installed.
    ///
    /// `redirect` is the redirect URL or a part of it. Only its query is used, and with
    /// [`danger_allow_missing_state`](crate::TokenManagerBuilder::danger_allow_missing_state) its path too. A code can
    /// be used once, so the token request is not retried, and dropping the future does not stop it.
    ///
    /// # Errors
    /// [`Error::SignInFailed`] if the redirect is invalid or contains an error of the server. [`Error::OAuthProvider`]
    /// if the token endpoint rejects the code. After an error, the current token of the manager is unchanged.
    pub async fn finish(&self, request: &AuthorizationRequest, redirect: &str) -> Result<Token, Error> {
        let request = self.grant_request(request, redirect)?;
        self.tokens.redeem(request).await
    }

    /// Completes the sign-in, for programs with many users that save the users' tokens themselves. Web applications use
    /// [`UserTokens`](crate::UserTokens) instead, which saves them in a store, and gives each user one manager.
    ///
    /// Like [`finish`](Self::finish), but returns a separate manager for the user, with the same settings. The current
    /// token of the manager of this `SignIn` is unchanged.
    ///
    /// `on_token_update` is called only with this user's tokens, including the first one, even if this future is
    /// dropped. Store them, and create the user's manager from the stored token with
    /// [`for_user`](TokenManager::for_user) after a restart.
    ///
    /// # Errors
    /// Same as [`finish`](Self::finish).
    pub async fn finish_for_user(
        &self,
        request: &AuthorizationRequest,
        redirect: &str,
        on_token_update: impl Fn(Token) + Send + Sync + 'static,
    ) -> Result<TokenManager, Error> {
        let request = self.grant_request(request, redirect)?;
        self.tokens.redeem_for_user(request, Arc::new(on_token_update)).await
    }

    fn grant_request(&self, request: &AuthorizationRequest, redirect: &str) -> Result<GrantRequest, Error> {
        let code = self.code(request, redirect);
        let code = code.map_err(|problem| self.failed(problem, Some(redirect)))?;
        let code_verifier = request.code_verifier().clone();
        Ok(GrantRequest::authorization_code(
            code,
            &self.settings.redirect_uri,
            code_verifier,
        ))
    }

    fn code(&self, request: &AuthorizationRequest, redirect: &str) -> Result<Secret, SignInProblem> {
        if !request.is_for(&self.settings, &self.tokens.endpoint().settings().client) {
            return Err(SignInProblem::ClientMismatch);
        }
        redirect::parse_code(redirect, request, &self.settings)
    }

    fn failed(&self, problem: SignInProblem, redirect: Option<&str>) -> Error {
        let cause = match (&problem, redirect) {
            (SignInProblem::StateMissing, Some(redirect)) => redirect::explain_missing_state(redirect, &self.settings),
            _ => None,
        };
        let client = Arc::clone(&self.tokens.endpoint().settings().client);
        Error::SignInFailed(Arc::new(SignInError { client, problem, cause }))
    }
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignIn")
            .field("client", &self.tokens.endpoint().settings().client)
            .field("redirect_uri", &self.settings.redirect_uri)
            .finish_non_exhaustive()
    }
}
