//! Sign-in of a user with the authorization code grant (RFC 6749 section 4.1), with PKCE (RFC 7636) and `state`, or on
//! another device (RFC 8628).

use std::fmt;
use std::sync::Arc;

use data_encoding::HEXLOWER;
use url::Url;

use crate::authorization::{
    AuthorizationParameters, AuthorizationRequest, Conflict, ExpectedIssuer, SignInSettings, redirect,
};
use crate::discovery::{Endpoint, ServerMetadata};
use crate::error::{BuildError, DiscoveryProblem, Error, SignInError, SignInProblem};
use crate::grant::{AuthorizationCode, DeviceAuthorization, Grant, GrantRequest};
use crate::manager::TokenManager;
use crate::{Secret, Token};

/// Signs users in: with the authorization code grant, creates authorization requests and exchanges the authorization
/// codes of redirects for tokens; with the [device authorization grant](crate::DeviceAuthorization), requests codes for
/// [another device](Self::begin_device). Created by [`TokenManager::sign_in`](crate::TokenManager::sign_in). Cloning is
/// cheap.
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
    /// `None` if users can only sign in on another device.
    settings: Option<Arc<SignInSettings>>,
    pub(crate) tokens: TokenManager,
}

impl TokenManager {
    /// Returns a [`SignIn`], which signs users in with the authorization code grant or the device authorization grant.
    ///
    /// # Errors
    /// [`BuildError`] if the manager was built for another grant. With the authorization code grant, also if it was
    /// built without a `redirect_uri`, or with a token URL but without an `authorization_url`, unless it has a
    /// `device_authorization_url`.
    pub fn sign_in(&self) -> Result<SignIn, BuildError> {
        let settings = self.endpoint().settings();
        let setting = match settings.location.issuer_cache() {
            Some(_) => "redirect_uri",
            None => "authorization_url",
        };
        let grant = &settings.grant;
        match self.sign_in_settings() {
            Some(sign_in) => Ok(SignIn::new(Some(Arc::clone(sign_in)), self.clone())),
            None if grant.name() == DeviceAuthorization.name()
                || settings.endpoint_urls.contains_key(&Endpoint::DeviceAuthorization) =>
            {
                Ok(SignIn::new(None, self.clone()))
            }
            None if grant.name() == AuthorizationCode.name() => Err(BuildError::MissingForSignIn { setting }),
            None => Err(BuildError::WrongGrant {
                setting: "sign_in",
                grant: grant.name().to_owned(),
            }),
        }
    }
}

impl SignIn {
    pub(crate) fn new(settings: Option<Arc<SignInSettings>>, tokens: TokenManager) -> Self {
        Self { settings, tokens }
    }

    /// Creates an authorization request with its own `state` and PKCE code verifier. Open its
    /// [URL](AuthorizationRequest::url) in the user's browser. Sends nothing.
    ///
    /// If the manager was built with an [issuer](crate::TokenManagerBuilder::issuer) and without URLs, call
    /// [`TokenManager::server_metadata`] once before the first sign-in, because the authorization endpoint is part of
    /// the metadata.
    ///
    /// # Errors
    /// [`Error::SignInFailed`] if the operating system provides no random bytes, if the metadata has not been fetched
    /// yet, or if the server accepts only [pushed](Self::begin_pushed) authorization requests. [`Error::Issuer`] if the
    /// metadata has no usable authorization endpoint.
    pub fn begin(&self) -> Result<AuthorizationRequest, Error> {
        let settings = self.redirect_settings()?;
        let metadata = self.cached_metadata();
        if metadata
            .as_ref()
            .is_some_and(|metadata| metadata.requires_pushed_authorization())
        {
            return Err(self.failed(SignInProblem::PushRequired, None));
        }
        let url = self.authorization_url(settings, metadata.as_deref())?;
        Ok(self.parameters(settings)?.at(&url))
    }

    /// Like [`begin`](Self::begin), but pushes the parameters of the authorization request to the server (RFC 9126):
    /// the URL for the user's browser then contains only the client id and a reference (`request_uri`). Nobody can read
    /// or change the parameters on their way. Some servers accept only pushed requests. Fetches the metadata of the
    /// [issuer](crate::TokenManagerBuilder::issuer) if it is not cached.
    ///
    /// The client authenticates as at the token endpoint. Transient failures are
    /// [retried](crate::TokenManagerBuilder::retries). The reference expires, usually after about a minute: redirect
    /// the browser immediately.
    ///
    /// ```no_run
    /// # async fn run(transport: evergrant::SharedTransport) -> Result<(), Box<dyn std::error::Error>> {
    /// use evergrant::AuthorizationCode;
    ///
    /// let tokens = AuthorizationCode::builder("client-id", "not-a-real-secret")
    ///     .issuer("https://idp.example.com/realms/a")
    ///     .redirect_uri("https://shop.example.com/callback")
    ///     .build(transport)?;
    /// let request = tokens.sign_in()?.begin_pushed().await?;
    /// assert!(request.url().query().is_some_and(|query| query.contains("request_uri=")));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Endpoint`] if the server has no endpoint for pushed authorization requests, rejects the request or does
    /// not respond. [`Error::Issuer`] if the metadata is missing or has no usable authorization endpoint.
    pub async fn begin_pushed(&self) -> Result<AuthorizationRequest, Error> {
        let settings = self.redirect_settings()?;
        let metadata = self.tokens.server_metadata().await?;
        let url = self.authorization_url(settings, metadata.as_deref())?;
        let parameters = self.parameters(settings)?;
        let request_uri = self.tokens.endpoint().push_authorization(&parameters).await?;
        Ok(parameters.pushed_as(&request_uri, &url))
    }

    fn parameters(&self, settings: &SignInSettings) -> Result<AuthorizationParameters, Error> {
        let endpoint = self.tokens.endpoint().settings();
        AuthorizationParameters::new(settings, &endpoint.client, &endpoint.scopes, endpoint.targets())
            .map_err(|problem| self.failed(problem, None))
    }

    fn authorization_url(&self, settings: &SignInSettings, metadata: Option<&ServerMetadata>) -> Result<Url, Error> {
        match (&settings.authorization_url, metadata) {
            (Some(url), _) => Ok(url.clone()),
            (None, Some(metadata)) => {
                let endpoint = self.tokens.endpoint().settings();
                let url = self.authorization_endpoint(settings, metadata);
                let problem = |problem| endpoint.metadata_problem(metadata.issuer(), problem);
                url.cloned().map_err(problem)
            }
            (None, None) => Err(self.failed(SignInProblem::MetadataNotFetched, None)),
        }
    }

    /// Returns 128 random bits as 32 hexadecimal digits, for the last segment of an unguessable redirect URI. See
    /// [`danger_allow_missing_state`](crate::TokenManagerBuilder::danger_allow_missing_state).
    ///
    /// ```
    /// let segment = evergrant::SignIn::random_path_segment()?;
    /// let redirect_uri = format!("http://127.0.0.1:8765/callback/{segment}");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// An I/O error if the operating system provides no random bytes.
    pub fn random_path_segment() -> std::io::Result<String> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|error| std::io::Error::other(error.to_string()))?;
        Ok(HEXLOWER.encode(&bytes))
    }

    /// Completes the sign-in, for programs with one user: checks the redirect against the authorization request,
    /// exchanges the redirect's authorization code for a token, and returns the token. The manager uses this token from
    /// then on; in [manual mode](crate::TokenManagerBuilder::manual), it does not.
    ///
    /// `request` is the authorization request whose URL was opened in the user's browser. `redirect` is the URL to
    /// which the authorization server redirected the user, or a part of it that includes the query. With
    /// [`danger_allow_missing_state`](crate::TokenManagerBuilder::danger_allow_missing_state), the path is needed too.
    /// An authorization code can be used only once, so the token request is not retried, and dropping the future does
    /// not stop it.
    ///
    /// # Errors
    /// [`Error::SignInFailed`] if the redirect is invalid or contains an error of the server. [`Error::OAuthProvider`]
    /// if the token endpoint rejects the authorization code. After an error, the current token of the manager is
    /// unchanged.
    pub async fn finish(&self, request: &AuthorizationRequest, redirect: &str) -> Result<Token, Error> {
        let request = self.grant_request(request, redirect).await?;
        self.tokens.redeem(request).await
    }

    /// Completes the sign-in, for programs with many users that save the users' tokens themselves. Web applications use
    /// [`UserTokens`](crate::UserTokens) instead, which saves the tokens in a store, and ensures that each user has one
    /// token manager.
    ///
    /// Like [`finish`](Self::finish), but returns a separate token manager for the user, with the same settings. The
    /// manager that created this `SignIn` keeps its own token.
    ///
    /// `on_token_update` is called with each token of this user, including the first one, even if this future is
    /// dropped. Save these tokens. After a restart, create the user's manager from the saved token with
    /// [`for_user`](TokenManager::for_user).
    ///
    /// # Errors
    /// Same as [`finish`](Self::finish).
    pub async fn finish_for_user(
        &self,
        request: &AuthorizationRequest,
        redirect: &str,
        on_token_update: impl Fn(Token) + Send + Sync + 'static,
    ) -> Result<TokenManager, Error> {
        let request = self.grant_request(request, redirect).await?;
        self.tokens.redeem_for_user(request, Arc::new(on_token_update)).await
    }

    async fn grant_request(&self, request: &AuthorizationRequest, redirect: &str) -> Result<GrantRequest, Error> {
        let settings = self.redirect_settings()?;
        let issuer = self.expected_issuer().await?;
        let code = self.code(settings, request, redirect, issuer.as_ref());
        let code = code.map_err(|problem| self.failed(problem, Some(redirect)))?;
        let code_verifier = request.code_verifier().clone();
        Ok(GrantRequest::authorization_code(
            code,
            &settings.redirect_uri,
            code_verifier,
        ))
    }

    fn code(
        &self,
        settings: &SignInSettings,
        request: &AuthorizationRequest,
        redirect: &str,
        issuer: Option<&ExpectedIssuer>,
    ) -> Result<Secret, SignInProblem> {
        if !request.is_for(settings, &self.tokens.endpoint().settings().client) {
            return Err(SignInProblem::ClientMismatch);
        }
        redirect::parse_code(redirect, request, settings, issuer)
    }

    fn redirect_settings(&self) -> Result<&SignInSettings, Error> {
        let settings = self.settings.as_deref();
        settings.ok_or_else(|| self.failed(SignInProblem::RedirectNotConfigured, None))
    }

    /// Returns the issuer that redirects must come from: with metadata, only as far as the server states it.
    async fn expected_issuer(&self) -> Result<Option<ExpectedIssuer>, Error> {
        if let Some(metadata) = self.tokens.server_metadata().await? {
            return Ok(Some(ExpectedIssuer {
                issuer: metadata.issuer().to_owned(),
                is_required: metadata.has_issuer_in_redirects(),
            }));
        }
        let issuer = self.tokens.endpoint().settings().location.provided_issuer();
        let issuer = issuer.map(str::to_owned);
        Ok(issuer.map(|issuer| ExpectedIssuer {
            issuer,
            is_required: true,
        }))
    }

    fn cached_metadata(&self) -> Option<Arc<ServerMetadata>> {
        let cache = self.tokens.endpoint().settings().location.issuer_cache()?;
        cache.cached().map(|known| known.0)
    }

    fn authorization_endpoint<'a>(
        &self,
        settings: &SignInSettings,
        metadata: &'a ServerMetadata,
    ) -> Result<&'a Url, DiscoveryProblem> {
        let endpoint = Endpoint::Authorization;
        let url = metadata.required(endpoint)?;
        match Conflict::find(url, &settings.parameters) {
            None => Ok(url),
            Some(conflict) => Err(DiscoveryProblem::Endpoint {
                name: endpoint.name(),
                problem: conflict.problem(),
            }),
        }
    }

    pub(crate) fn failed(&self, problem: SignInProblem, redirect: Option<&str>) -> Error {
        let cause = match (&problem, redirect, &self.settings) {
            (SignInProblem::StateMissing, Some(redirect), Some(settings)) => {
                redirect::explain_missing_state(redirect, settings)
            }
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
            .field(
                "redirect_uri",
                &self.settings.as_ref().map(|settings| &settings.redirect_uri),
            )
            .finish_non_exhaustive()
    }
}
