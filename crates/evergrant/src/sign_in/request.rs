//! The authorization request (RFC 6749 section 4.1.1), and what has to be remembered of it until the user is back.

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

/// One user's way to the authorization server, from [`SignIn::begin`](crate::SignIn::begin). `Debug` shows no secret.
///
/// A program that does not live until the user is back, such as a web application with many processes, keeps it in the user's
/// session: [`expose_json`](Self::expose_json), [`from_json`](Self::from_json).
#[derive(Clone)]
pub struct AuthorizationRequest {
    url: Url,
    state: Secret,
    code_verifier: Secret,
    nonce: Option<Secret>,
    /// Whose it is, so that no other server is shown its code (RFC 9700 section 4.4).
    client: String,
}

impl AuthorizationRequest {
    pub(super) fn new(
        settings: &SignInSettings,
        client: &ClientContext,
        scopes: &Scopes,
        parameters: &[(String, String)],
    ) -> Result<Self, SignInProblem> {
        let state = random()?;
        let code_verifier = random()?;
        let has_nonce = settings.parameters.iter().any(|(name, _)| name == "nonce");
        let nonce = match scopes.contains("openid") && !has_nonce {
            true => Some(random()?),
            false => None,
        };
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(code_verifier.expose()));
        let mut url = settings.authorization_url.clone();
        {
            let mut query = url.query_pairs_mut();
            query.append_pair("response_type", "code");
            query.append_pair("client_id", client.client_id());
            query.append_pair("redirect_uri", &settings.redirect_uri);
            if !scopes.is_empty() {
                query.append_pair("scope", &scopes.to_string());
            }
            query.append_pair("state", state.expose());
            if let Some(nonce) = &nonce {
                query.append_pair("nonce", nonce.expose());
            }
            query.append_pair("code_challenge", &challenge);
            query.append_pair("code_challenge_method", "S256");
            // What the token is for is said at both endpoints (RFC 8707 section 2.1).
            let both = parameters
                .iter()
                .filter(|(name, _)| matches!(name.as_str(), "audience" | "resource"));
            for (name, value) in both.chain(&settings.parameters) {
                query.append_pair(name, value);
            }
        }
        Ok(Self {
            url,
            state,
            code_verifier,
            nonce,
            client: identity(settings, client),
        })
    }

    pub(super) fn is_for(&self, settings: &SignInSettings, client: &ClientContext) -> bool {
        self.client == identity(settings, client)
    }

    /// Where to send the user's browser. It holds the `state`: show it to that user alone.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The random value that ties the redirect to this request (RFC 6749 section 10.12).
    #[must_use]
    pub fn state(&self) -> &Secret {
        &self.state
    }

    /// The random value that ties the code to this program (RFC 7636 section 4.1).
    #[must_use]
    pub fn code_verifier(&self) -> &Secret {
        &self.code_verifier
    }

    /// The random value that an id token of this sign-in repeats (OpenID Connect Core section 3.1.2.1). It is sent with the scope
    /// `openid`, as some servers require it then, unless the application sets the parameter itself. This library does not read id
    /// tokens, which are no access tokens: an application that does compares the claim `nonce` with this value.
    #[must_use]
    pub fn nonce(&self) -> Option<&Secret> {
        self.nonce.as_ref()
    }

    /// Writes the request for safe keeping, **secrets included**: into the user's session, on the server's side.
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

    /// Reads what [`expose_json`](Self::expose_json) wrote.
    ///
    /// # Errors
    /// When it is anything else; the message repeats nothing of it.
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
            .field("url", &crate::origin::shown(&self.url))
            .finish_non_exhaustive()
    }
}

/// The text is not an authorization request that was written earlier.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuthorizationRequestJsonError;

impl fmt::Display for AuthorizationRequestJsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an authorization request as `expose_json` writes it")
    }
}

impl std::error::Error for AuthorizationRequestJsonError {}

fn identity(settings: &SignInSettings, client: &ClientContext) -> String {
    format!("{client}, coming back to {}", settings.redirect_uri)
}

/// 32 random bytes in 43 characters (RFC 7636 section 4.1 asks for at least those).
fn random() -> Result<Secret, SignInProblem> {
    let mut bytes = Zeroizing::new([0; 32]);
    getrandom::fill(bytes.as_mut()).map_err(|error| SignInProblem::NoRandomness(error.to_string()))?;
    Ok(Secret::from(URL_SAFE_NO_PAD.encode(bytes.as_slice())))
}
