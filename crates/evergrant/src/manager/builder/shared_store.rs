//! The builder setting that shares tokens with other processes through a store.

use std::time::Duration;

use super::TokenManagerBuilder;
use crate::error::BuildError;
use crate::grant::{Grant, Repeatable};
use crate::manager::coordination::Sharing;
use crate::manager::lifecycle::Mode;

impl<G: Repeatable> TokenManagerBuilder<G> {
    /// Shares tokens through a store with all token managers that use the same store and have the same settings, in
    /// this and in other processes. One manager fetches a token, and the others use it too. When an API rejects the
    /// token, or when the authorization server sends `Retry-After`, this applies to all of them.
    ///
    /// While the store is not available, each process fetches its own token, and no call waits longer than without a
    /// store. See [`store`](crate::store) for how sharing works, and `evergrant-store` for Redis, Postgres and files.
    ///
    /// ```
    /// use evergrant::ClientCredentials;
    /// use evergrant::store::MemoryStore;
    ///
    /// # fn run(transport: evergrant::SharedTransport) -> Result<(), evergrant::BuildError> {
    /// let tokens = ClientCredentials::builder("client-id", "not-a-real-secret")
    ///     .token_url("https://auth.example.com/oauth2/token")
    ///     .store(MemoryStore::new())
    ///     .build(transport)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// The builder of the authorization code grant has no method `store`, because its tokens belong to one user. Use
    /// [`UserTokens`](crate::UserTokens) instead. This does not compile:
    /// ```compile_fail,E0599
    /// use evergrant::AuthorizationCode;
    /// use evergrant::client_auth::PublicClient;
    /// use evergrant::store::MemoryStore;
    ///
    /// let builder = AuthorizationCode::builder("client-id", PublicClient).store(MemoryStore::new());
    /// ```
    pub fn store(mut self, store: impl Into<Sharing>) -> Self {
        self.sharing = Some(store.into().for_grant(&self.grant));
        self
    }
}

impl<G: Grant> TokenManagerBuilder<G> {
    pub(super) fn check_store(&self) -> Result<(), BuildError> {
        let Some(sharing) = &self.sharing else {
            return Ok(());
        };
        sharing.check_grant()?;
        self.auth.check_sharing()?;
        if self.mode == Mode::Manual {
            let (with, instead) = ("manual mode, which does not fetch", "remove one of the two");
            return Err(BuildError::StoreNotApplicable { with, instead });
        }
        if self.grant.needs_user() {
            let with = "a grant whose tokens belong to one user";
            let instead = "use UserTokens, whose records belong to one user each";
            return Err(BuildError::StoreNotApplicable { with, instead });
        }
        check_sharing(sharing)
    }
}

/// Validates the settings of a store.
pub(in crate::manager) fn check_sharing(sharing: &Sharing) -> Result<(), BuildError> {
    if sharing.operation_limit.is_zero() {
        let (setting, expected) = ("Sharing::operation_timeout", "above zero");
        return Err(BuildError::OutOfRange { setting, expected });
    }
    if sharing.lease_term < Duration::from_millis(100) {
        let (setting, expected) = ("Sharing::lease", "at least 100 ms");
        return Err(BuildError::OutOfRange { setting, expected });
    }
    Ok(())
}
