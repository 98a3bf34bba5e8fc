//! The authorization request (RFC 6749 section 4.1.1) and the values that the program stores until the user returns.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use url::Url;
use zeroize::Zeroizing;

use super::SignInSettings;
use crate::error::{ClientContext, SignInProblem};
use crate::{Scopes, Secret};

/// The authorization request of one sign-in, created by [`SignIn::begin`](crate::SignIn::begin) or
/// [`SignIn::begin_pushed`](crate::SignIn::begin_pushed). The `Debug` output shows no secret.
///
/// The program needs this value again when the authorization server redirects the user back. If another process may
/// receive the redirect, or if the program may end before that, store the output of [`expose_json`](Self::expose_json)
/// in the user's session on the server, and restore the request with [`from_json`](Self::from_json).
#[derive(Clone)]
pub struct AuthorizationRequest {
    url: Url,
    state: Secret,
    code_verifier: Secret,
    nonce: Option<Secret>,
    /// The client and redirect URI, so that the code is not sent to another server (RFC 9700 section 4.4).
    client: String,
}

/// An authorization request before its URL is known: its parameters go into the URL, or are pushed.
pub(crate) struct AuthorizationParameters {
    state: Secret,
    code_verifier: Secret,
    nonce: Option<Secret>,
    client: String,
    client_id: String,
    parameters: Vec<(String, String)>,
}

impl AuthorizationParameters {
    /// `targets` are the parameters that the token request has too (RFC 8707 section 2.1).
    pub(crate) fn new<'a>(
        settings: &SignInSettings,
        client: &ClientContext,
        scopes: &Scopes,
        targets: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, SignInProblem> {
        let state = random_value()?;
        let code_verifier = random_value()?;
        let has_nonce = settings.parameters.iter().any(|(name, _)| name == "nonce");
        let nonce = match scopes.contains("openid") && !has_nonce {
            true => Some(random_value()?),
            false => None,
        };
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(code_verifier.expose()));
        let scope = scopes.to_string();
        let own = [
            ("response_type", Some("code")),
            ("client_id", Some(client.client_id())),
            ("redirect_uri", Some(&*settings.redirect_uri)),
            ("scope", Some(&*scope).filter(|scope| !scope.is_empty())),
            ("state", Some(state.expose())),
            ("nonce", nonce.as_ref().map(Secret::expose)),
            ("code_challenge", Some(&*challenge)),
            ("code_challenge_method", Some("S256")),
        ];
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let own = own.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let added = settings.parameters.iter().cloned();
        let parameters = own.map(owned).chain(targets.map(owned)).chain(added).collect();
        Ok(Self {
            state,
            code_verifier,
            nonce,
            client: client_binding(settings, client),
            client_id: client.client_id().to_owned(),
            parameters,
        })
    }

    /// Returns the parameters to push (RFC 9126 section 2.1), without `client_id`.
    pub(crate) fn to_push(&self) -> impl Iterator<Item = (&str, &str)> {
        let parameters = self.parameters.iter().filter(|(name, _)| name != "client_id");
        parameters.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Returns the values that a response must not show.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &Secret> {
        [&self.state, &self.code_verifier].into_iter().chain(&self.nonce)
    }

    /// Returns the request whose URL contains the parameters.
    pub(crate) fn at(self, authorization_url: &Url) -> AuthorizationRequest {
        let mut url = authorization_url.clone();
        url.query_pairs_mut().extend_pairs(&self.parameters);
        self.with_url(url)
    }

    /// Returns the request whose parameters were pushed (RFC 9126 section 4).
    pub(crate) fn pushed_as(self, request_uri: &str, authorization_url: &Url) -> AuthorizationRequest {
        let mut url = authorization_url.clone();
        let pairs = [("client_id", self.client_id.as_str()), ("request_uri", request_uri)];
        url.query_pairs_mut().extend_pairs(pairs);
        self.with_url(url)
    }

    fn with_url(self, url: Url) -> AuthorizationRequest {
        AuthorizationRequest {
            url,
            state: self.state,
            code_verifier: self.code_verifier,
            nonce: self.nonce,
            client: self.client,
        }
    }
}

impl AuthorizationRequest {
    pub(crate) fn is_for(&self, settings: &SignInSettings, client: &ClientContext) -> bool {
        self.client == client_binding(settings, client)
    }

    /// Returns the authorization URL, to be opened in the user's browser. The URL contains the `state`, or the
    /// `request_uri` of a pushed request, so show it only to that user.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Returns the `state` of the authorization request, a random value that binds the redirect to this request (RFC
    /// 6749 section 10.12).
    #[must_use]
    pub fn state(&self) -> &Secret {
        &self.state
    }

    /// Returns the PKCE code verifier, a random value that binds the authorization code to this program (RFC 7636
    /// section 4.1).
    #[must_use]
    pub fn code_verifier(&self) -> &Secret {
        &self.code_verifier
    }

    /// Returns the `nonce` of the authorization request, a random value that the ID token of this sign-in repeats
    /// (OpenID Connect Core section 3.1.2.1). Returns `None` if the scopes do not contain `openid`, or if the
    /// application sets the parameter `nonce` itself. `IdTokenVerifier` of `evergrant-jose` compares it; an application
    /// that reads ID tokens itself must do so too.
    #[must_use]
    pub fn nonce(&self) -> Option<&Secret> {
        self.nonce.as_ref()
    }

    /// Serializes the authorization request as JSON, **secrets included**, for storage in the user's session on the
    /// server.
    #[must_use]
    pub fn expose_json(&self) -> String {
        let mut request = json!({
            "url": self.url.as_str(),
            "state": self.state.expose(),
            "code_verifier": self.code_verifier.expose(),
            "client": self.client,
        });
        if let Some(nonce) = &self.nonce {
            request["nonce"] = nonce.expose().into();
        }
        request.to_string()
    }

    /// Restores an authorization request from the output of [`expose_json`](Self::expose_json).
    ///
    /// # Errors
    /// [`AuthorizationRequestJsonError`] if `text` is not such output. The error's message contains no part of `text`.
    pub fn from_json(text: &str) -> Result<Self, AuthorizationRequestJsonError> {
        let read = |value: &Value, name| {
            let text = value.get(name).and_then(Value::as_str);
            text.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let request = || {
            let value = serde_json::from_str(text).ok()?;
            Some(Self {
                url: read(&value, "url")?.parse().ok()?,
                state: Secret::from(read(&value, "state")?),
                code_verifier: Secret::from(read(&value, "code_verifier")?),
                nonce: read(&value, "nonce").map(Secret::from),
                client: read(&value, "client")?,
            })
        };
        request().ok_or(AuthorizationRequestJsonError)
    }
}

impl fmt::Debug for AuthorizationRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationRequest")
            .field("url", &crate::redact::shown_url(&self.url))
            .finish_non_exhaustive()
    }
}

/// The error of [`AuthorizationRequest::from_json`]: the text is not the output of
/// [`expose_json`](AuthorizationRequest::expose_json).
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuthorizationRequestJsonError;

impl fmt::Display for AuthorizationRequestJsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an authorization request in the format of `expose_json`")
    }
}

crate::error::debug_is_report!(AuthorizationRequestJsonError);

impl std::error::Error for AuthorizationRequestJsonError {}

fn client_binding(settings: &SignInSettings, client: &ClientContext) -> String {
    format!("{client}, coming back to {}", settings.redirect_uri)
}

/// Returns 32 random bytes in 43 characters, the minimum of RFC 7636 section 4.1.
fn random_value() -> Result<Secret, SignInProblem> {
    let mut bytes = Zeroizing::new([0; 32]);
    getrandom::fill(bytes.as_mut()).map_err(|error| SignInProblem::RandomnessUnavailable(error.to_string()))?;
    Ok(Secret::from(URL_SAFE_NO_PAD.encode(bytes.as_slice())))
}
