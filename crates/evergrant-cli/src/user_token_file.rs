//! The stored token of a signed-in user. Each client, server and set of scopes has its own file.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use evergrant::runtime::{Runtime as _, TokioRuntime};
use evergrant::{Error, Token, TokenEndpoint};
use evergrant_store::secure_file::LockedFile;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::failure::{self, Failure, local};
use crate::user_folders;

/// Maximum time to wait for another process that holds the file's lock.
pub(crate) const LOCK_TIMEOUT: Duration = Duration::from_secs(10);

/// The file with one user's token. Other processes may use it at the same time.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    name: String,
    path: PathBuf,
    identity: Value,
}

impl Session {
    /// `identity` has all settings that tokens depend on: equal settings use the same file.
    pub(crate) fn new(identity: Value) -> Result<Self, Failure> {
        // Sorted, as `Value` may keep another order.
        let sorted: BTreeMap<&String, &Value> = identity.as_object().into_iter().flatten().collect();
        let text = serde_json::to_string(&sorted).map_err(|error| local("cannot name the session", error))?;
        let digest = Sha256::digest(text);
        let name: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let path = user_folders::state("sessions")?.join(format!("{name}.json"));
        Ok(Self { name, path, identity })
    }

    /// A digest of the identity.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Checks that a token can be stored, before the user signs in.
    pub(crate) async fn check(&self) -> Result<(), Failure> {
        let check = async { self.lock().await?.prepare().map(drop) };
        check.await.map_err(|error| local("cannot store a token", error))
    }

    pub(crate) async fn save(&self, token: &Token) -> Result<(), Failure> {
        let save = async { self.lock().await?.prepare()?.commit(&self.encode(token)?) };
        save.await.map_err(|error| local("cannot store the token", error))
    }

    /// Removes the stored token. Returns whether there was one.
    pub(crate) fn remove(&self) -> Result<bool, Failure> {
        let remove = || open(&self.path)?.remove();
        remove().map_err(|error| local("cannot remove the stored token", error))
    }

    /// Removes the stored token after `revoke` has revoked it. No other process renews it meanwhile. Returns whether
    /// there was one.
    pub(crate) async fn revoke(
        &self,
        revoke: impl AsyncFnOnce(&Token) -> Result<(), Failure>,
    ) -> Result<bool, Failure> {
        let failed = |error| local("cannot read the stored token", error);
        let locked = self.lock().await.map_err(failed)?;
        if let Some(stored) = self.read(&locked).map_err(failed)? {
            revoke(&stored).await?;
        }
        let removed = locked.remove();
        removed.map_err(|error| local("cannot remove the stored token", error))
    }

    /// Returns a valid token: the stored one, which another process may have renewed, or a new one. A new token is
    /// stored before it is used, because its refresh token may be the only one that the server still accepts. The file
    /// is prepared before the request, because the old refresh token may be valid for one request only.
    pub(crate) async fn renew(&self, last: Option<Token>, endpoint: TokenEndpoint) -> Result<Token, Error> {
        // Another process may hold the lock for as long as the server takes.
        let locked = self.lock().await.map_err(Error::provider)?;
        let stored = self.read(&locked).map_err(Error::provider)?;
        if let Some(stored) = &stored
            && is_current(stored)
            && last.is_none_or(|last| last.access_token().expose() != stored.access_token().expose())
        {
            return Ok(stored.clone());
        }
        let pending = locked.prepare().map_err(Error::provider)?;
        let outcome = endpoint.renew(stored.as_ref()).await;
        let to_store = match &outcome {
            Ok(token) => Some(token.clone()),
            // The server would reject it again.
            Err(Error::SignInRequired(required)) if required.rejection().is_some() => {
                stored.map(Token::without_refresh_token)
            }
            Err(_) => None,
        };
        if let Some(token) = to_store
            && let Err(error) = self.encode(&token).and_then(|bytes| pending.commit(&bytes))
        {
            let path = self.path.display();
            failure::warn(&format!(
                "cannot store the token in {path} ({error}); fix that, then sign in again with `evergrant login`"
            ));
        }
        outcome
    }

    /// Locks the file on a blocking thread, as that may take long.
    async fn lock(&self) -> std::io::Result<LockedFile> {
        let path = self.path.clone();
        tokio::task::spawn_blocking(move || open(&path)).await?
    }

    fn read(&self, locked: &LockedFile) -> std::io::Result<Option<Token>> {
        let read = locked.read();
        let Some(text) =
            read.map_err(|error| with_hint(error, "remove it and sign in again with `evergrant login`"))?
        else {
            return Ok(None);
        };
        let damaged = || {
            std::io::Error::other(format!(
                "{} is not a token that was stored for this client; sign in again with `evergrant login`",
                self.path.display()
            ))
        };
        let stored: Value = serde_json::from_str(text.expose()).map_err(|_| damaged())?;
        if stored["for"] != self.identity {
            return Err(damaged());
        }
        let token = Token::from_json(&stored["token"].to_string()).map_err(|_| damaged())?;
        Ok(Some(token))
    }

    fn encode(&self, token: &Token) -> std::io::Result<Vec<u8>> {
        let token: Value = serde_json::from_str(&token.expose_json())?;
        Ok(json!({ "for": self.identity, "token": token }).to_string().into_bytes())
    }
}

fn open(path: &Path) -> std::io::Result<LockedFile> {
    LockedFile::open(path, LOCK_TIMEOUT).map_err(|error| match error.kind() {
        ErrorKind::PermissionDenied => with_hint(error, "set XDG_STATE_HOME to store sessions elsewhere"),
        _ => error,
    })
}

fn with_hint(error: std::io::Error, hint: &str) -> std::io::Error {
    std::io::Error::new(error.kind(), format!("{error}; {hint}"))
}

/// Whether a token manager would use the token.
pub(crate) fn is_current(token: &Token) -> bool {
    is_current_at(token, now())
}

/// Whether the token has more time left than the clock skew: 10 s, or a tenth of its lifetime if that is less.
fn is_current_at(token: &Token, now: SystemTime) -> bool {
    let skew = token
        .expires_in()
        .map_or(Duration::ZERO, |lifetime| (lifetime / 10).min(Duration::from_secs(10)));
    token.expires_at().is_none_or(|expiry| expiry > now + skew)
}

/// The wall clock, by which stored tokens expire.
fn now() -> SystemTime {
    TokioRuntime::new().now().wall()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_not_current_within_the_clock_skew() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let token = Token::new("not-a-real-token").with_expires_at(at(1000));
        assert!(is_current_at(&token, at(999)) && !is_current_at(&token, at(1000)));
        for (lifetime, last) in [(3600, 990), (50, 995)] {
            let token = token.clone().with_expires_in(Duration::from_secs(lifetime));
            assert!(
                is_current_at(&token, at(last - 1)) && !is_current_at(&token, at(last)),
                "{lifetime}"
            );
        }
    }
}
