//! Settings of the authorization code grant, and their validation.

use url::Url;

use super::TokenManagerBuilder;
use super::validation::{CheckedServer, check_repetition};
use crate::authorization::{Conflict, RESERVED_PARAMETERS, SignInSettings, random_path_segment};
use crate::client_auth::SharedClientAuth;
use crate::danger_settings::Relaxation;
use crate::discovery::Endpoint;
use crate::error::BuildError;
use crate::grant::{AuthorizationCode, Grant};
use crate::manager::TokenManager;
use crate::origin::Origin;

/// The sign-in settings before validation.
#[derive(Debug, Default)]
pub(super) struct SignInDraft {
    authorization_url: Option<String>,
    redirect_uri: Option<String>,
    parameters: Vec<(String, String)>,
    allow_missing_state: bool,
}

impl AuthorizationCode {
    /// Returns a builder for a token manager with the authorization code grant. The client is a web application with a
    /// secret, or a [`PublicClient`](crate::client_auth::PublicClient) on the user's machine (RFC 8252 section 8.4).
    ///
    /// A plain secret as `auth` means [`ClientSecretBasic`](crate::client_auth::ClientSecretBasic). See
    /// [`client_auth`](crate::client_auth) for other client authentication methods.
    pub fn builder(client_id: impl Into<String>, auth: impl Into<SharedClientAuth>) -> TokenManagerBuilder<Self> {
        TokenManager::builder(Self, client_id, auth)
    }
}

impl TokenManagerBuilder<AuthorizationCode> {
    /// Sets the URL of the authorization endpoint, where users sign in (RFC 6749 section 3.1). Not needed with an
    /// [`issuer`](Self::issuer) and without a token URL: the issuer's metadata then contains the authorization
    /// endpoint.
    pub fn authorization_url(mut self, url: impl Into<String>) -> Self {
        self.sign_in.authorization_url = Some(url.into());
        self
    }

    /// Sets the URL of the endpoint for pushed authorization requests (RFC 9126), for
    /// [`SignIn::begin_pushed`](crate::SignIn::begin_pushed). Not needed with an [`issuer`](Self::issuer) and without a
    /// token URL: the issuer's metadata then contains the endpoint.
    pub fn pushed_authorization_url(self, url: impl Into<String>) -> Self {
        self.endpoint_url(Endpoint::PushedAuthorization, url.into())
    }

    /// Sets the redirect URI of sign-ins, exactly as registered with the authorization server (RFC 6749 section 3.1.2).
    pub fn redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.sign_in.redirect_uri = Some(uri.into());
        self
    }

    /// Adds a server-specific parameter to the authorization URL, such as `prompt` or `access_type`. The parameters
    /// [`audience`](Self::audience) and [`resource`](Self::resource) are added to the authorization URL automatically.
    pub fn authorization_param(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.sign_in.parameters.push((name.into(), value.into()));
        self
    }

    /// Accepts a redirect without `state`, for servers that drop it in violation of RFC 6749 section 4.1.2. The
    /// redirect is then bound to this program only by the path of the redirect URI and by the PKCE code verifier (RFC
    /// 7636), which is always sent. A wrong `state` is still rejected.
    ///
    /// The path must end in an unguessable segment of 128 random bits, such as one from
    /// [`SignIn::random_path_segment`](crate::SignIn::random_path_segment) or `openssl rand -hex 16`; otherwise `build`
    /// fails with [`BuildError::InvalidUrl`]. Generate the segment once if the server compares whole redirect URIs, and
    /// for each sign-in if the server accepts any path below the registered one.
    /// [`SignIn::finish`](crate::SignIn::finish) then needs the whole redirect URL, or its path and query.
    ///
    /// **Risks:** unlike the path, a `state` is different for each sign-in and bound to the user's browser. An attacker
    /// who learns the path (from a link, the browser history or a log) can sign the user in with an authorization code
    /// of the attacker's own account (RFC 9700 section 4.7), unless the server checks the code verifier. A server that
    /// drops `state` possibly does not check it. A response to an older sign-in cannot be distinguished from a response
    /// to the current one. Use this for programs on the user's own machine, not for websites.
    ///
    /// ```
    /// use evergrant::client_auth::PublicClient;
    /// use evergrant::{AuthorizationCode, SignIn};
    ///
    /// let path = SignIn::random_path_segment()?;
    /// let builder = AuthorizationCode::builder("client-id", PublicClient)
    ///     .authorization_url("https://auth.example.com/oauth2/authorize")
    ///     .token_url("https://auth.example.com/oauth2/token")
    ///     .redirect_uri(format!("http://127.0.0.1:8765/callback/{path}"))
    ///     .danger_allow_missing_state();
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn danger_allow_missing_state(mut self) -> Self {
        self.sign_in.allow_missing_state = true;
        self
    }
}

impl<G: Grant> TokenManagerBuilder<G> {
    /// Validates the sign-in settings. `None` without an authorization URL or, if the issuer's metadata has it, without
    /// a redirect URI: the manager then relies on stored tokens.
    pub(super) fn check_sign_in(&self, server: &CheckedServer) -> Result<Option<SignInSettings>, BuildError> {
        let draft = &self.sign_in;
        if let Some((name, _)) = draft
            .parameters
            .iter()
            .find(|(name, _)| RESERVED_PARAMETERS.contains(&name.as_str()))
        {
            return Err(BuildError::ReservedParameter {
                name: name.clone(),
                instead: "the corresponding setting of the builder, if there is one",
            });
        }
        check_repetition(&draft.parameters)?;
        let authorization_url = match (&draft.authorization_url, server) {
            (Some(url), _) => Some(self.check_authorization_url(url)?),
            (None, CheckedServer::Issuer(_)) if draft.redirect_uri.is_some() => None,
            (None, _) => return Ok(None),
        };
        let setting = "redirect_uri";
        let Some(redirect_uri) = draft.redirect_uri.clone() else {
            return Err(BuildError::MissingForSignIn { setting });
        };
        let invalid = |problem: String| BuildError::InvalidUrl { setting, problem };
        let uri = Url::parse(&redirect_uri).map_err(|error| invalid(format!("it is not a URL ({error})")))?;
        if uri.fragment().is_some() {
            return Err(invalid(
                "it has a fragment (#...), which RFC 6749 section 3.1.2 forbids".to_owned(),
            ));
        }
        // https, loopback, or a private-use scheme, which RFC 8252 section 7.1 requires to be a reversed domain name.
        let is_allowed = match Origin::of(&uri) {
            Some(origin) => self.plaintext.permits(&origin),
            None => uri.scheme().contains('.'),
        };
        if !is_allowed {
            let problem = "it must use https, a loopback address, or a private-use scheme such as com.example.app";
            return Err(invalid(problem.to_owned()));
        }
        let state_path_segment = match draft.allow_missing_state {
            false => None,
            true => {
                let segment = random_path_segment(&uri).ok_or_else(|| {
                    invalid("danger_allow_missing_state() requires an unguessable path: end it with 128 random bits, such as the 32 digits of `openssl rand -hex 16`".to_owned())
                })?;
                Relaxation::missing_state().apply()?;
                Some(segment.to_owned())
            }
        };
        Ok(Some(SignInSettings {
            authorization_url,
            redirect_uri,
            parameters: draft.parameters.clone(),
            state_path_segment,
        }))
    }

    fn check_authorization_url(&self, url: &str) -> Result<Url, BuildError> {
        let setting = "authorization_url";
        let url = self.plaintext.parse_endpoint(setting, url)?;
        match Conflict::find(&url, &self.sign_in.parameters) {
            None => Ok(url),
            Some(Conflict::Added(name)) => Err(BuildError::RepeatedParameter { name }),
            Some(conflict) => Err(BuildError::InvalidUrl {
                setting,
                problem: conflict.problem(),
            }),
        }
    }
}
