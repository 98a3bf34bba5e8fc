//! Google service accounts: the JWT bearer grant with the key of an account (Google's "Using OAuth 2.0 for Server to
//! Server Applications", section "HTTP/REST").
//!
//! The request follows Google's documentation. It has been tested with a test server, not with Google. A workload that
//! has a token of its platform needs no key: [`evergrant::presets::google`].

use std::fmt;
use std::path::Path;

use evergrant::client_auth::NoClientAuth;
use evergrant::{JwtBearer, SecretFile, TokenManagerBuilder};
use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

use crate::error::{KeyError, KeyErrorKind};
use crate::key::PrivateKey;
use crate::signed_assertion::SignedAssertion;

/// A Google service account, read from its key file in JSON.
///
/// ```no_run
/// use evergrant_jose::google::ServiceAccount;
///
/// # fn run(transport: evergrant::SharedTransport) -> Result<(), Box<dyn std::error::Error>> {
/// let tokens = ServiceAccount::from_file("/run/secrets/service-account.json")?
///     .builder(["https://www.googleapis.com/auth/cloud-platform"])
///     .build(transport)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ServiceAccount {
    email: String,
    key: PrivateKey,
    key_id: Option<String>,
    token_url: String,
    user: Option<String>,
}

/// The members of the file that are used.
#[derive(Deserialize)]
struct File {
    #[serde(rename = "type")]
    kind: String,
    client_email: String,
    #[serde(deserialize_with = "zeroizing")]
    private_key: Zeroizing<String>,
    private_key_id: Option<String>,
    token_uri: String,
}

fn zeroizing<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Zeroizing<String>, D::Error> {
    String::deserialize(deserializer).map(Zeroizing::new)
}

impl ServiceAccount {
    /// Reads a Google service account from its JSON key file. The file is read only once, because Google creates
    /// another file for each new key.
    ///
    /// # Errors
    /// [`KeyErrorKind::Unreadable`] if the file cannot be read; otherwise as [`from_json`](Self::from_json).
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, KeyError> {
        let file = SecretFile::new(path.as_ref());
        let text = file.read().map_err(|error| {
            let problem = format!("{error}; check the path, and that this user can read the file");
            KeyError::new(KeyErrorKind::Unreadable, problem)
        })?;
        let shown = format!("the service account file `{}`", file.path().display());
        Self::from_json(text.expose()).map_err(|error| error.of(&shown))
    }

    /// Reads a Google service account from the content of its key file: a JSON object with `type`, `client_email`,
    /// `private_key` and `token_uri`.
    ///
    /// # Errors
    /// [`KeyErrorKind::Malformed`] if the text is not such an object; otherwise as [`PrivateKey::from_pem`].
    pub fn from_json(json: &str) -> Result<Self, KeyError> {
        // The message of serde_json may contain a part of the key.
        let file: File = serde_json::from_str(json).map_err(|error| {
            let problem = format!(
                "it is not the key file of a service account, which has `type`, `client_email`, `private_key` and `token_uri`; the problem is at line {}; create a key of type JSON in the Google Cloud console",
                error.line()
            );
            KeyError::new(KeyErrorKind::Malformed, problem)
        })?;
        if file.kind != "service_account" {
            let kind: String = file.kind.chars().take(40).collect();
            let problem = format!(
                "its type is `{}`, not `service_account`; for `external_account`, use evergrant::presets::google",
                kind.escape_debug()
            );
            return Err(KeyError::new(KeyErrorKind::Malformed, problem));
        }
        Ok(Self {
            email: file.client_email,
            key: PrivateKey::from_pem(&file.private_key)?,
            key_id: file.private_key_id,
            token_url: file.token_uri,
            user: None,
        })
    }

    /// Sets the email address of the user for whom the service account requests tokens. The user's organization must
    /// allow this with domain-wide delegation.
    #[must_use]
    pub fn user(mut self, email: impl Into<String>) -> Self {
        self.user = Some(email.into());
        self
    }

    /// Returns a builder for a token manager that fetches tokens of this service account with these scopes.
    /// [`TokenManagerBuilder::scopes`] has no effect, because Google reads the scopes from the assertion.
    pub fn builder<S: AsRef<str>>(self, scopes: impl IntoIterator<Item = S>) -> TokenManagerBuilder<JwtBearer> {
        let scopes: Vec<String> = scopes.into_iter().map(|scope| scope.as_ref().to_owned()).collect();
        let scopes = scopes.join(" ");
        let id = format!("{} {} {scopes}", self.email, self.user.as_deref().unwrap_or_default());
        let mut assertion = SignedAssertion::new(&self.email, self.key).claim("scope", scopes);
        if let Some(key_id) = self.key_id {
            assertion = assertion.key_id(key_id);
        }
        if let Some(user) = self.user {
            assertion = assertion.subject(user);
        }
        JwtBearer::new(assertion)
            .subject_id(id)
            .builder(self.email, NoClientAuth)
            .token_url(self.token_url)
    }
}

impl fmt::Debug for ServiceAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceAccount")
            .field("email", &self.email)
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}
