//! Sharing tokens with other processes, setting by setting.

use std::time::Duration;

use super::TokenManagerBuilder;
use crate::error::BuildError;
use crate::grant::Grant;
use crate::manager::fleet::FleetSettings;
use crate::manager::lifecycle::Style;
use crate::store::{LEASE_TERM, OPERATION_LIMIT, SharedStore};

#[derive(Debug, Clone)]
pub(super) struct FleetDraft {
    store: Option<SharedStore>,
    namespace: Option<String>,
    credential_label: Option<String>,
    operation_limit: Duration,
    lease_term: Duration,
}

impl TokenManagerBuilder {
    /// Shares tokens with all managers, in whichever process, that are set up alike and use the same store. One of them fetches and
    /// the others take over what it has; what an API refuses, and how long the server wants to be left alone, holds for all.
    ///
    /// Without the store every process fetches for itself, in its own time, and no call waits longer than before.
    /// See [`store`](crate::store) for how that works, and `evergrant-store` for Redis, Postgres and files.
    ///
    /// ```
    /// use evergrant::ClientCredentials;
    /// use evergrant::store::MemoryStore;
    ///
    /// # fn run(transport: evergrant::SharedTransport) -> Result<(), evergrant::BuildError> {
    /// let tokens = ClientCredentials::new("client-id", "not-a-real-secret")
    ///     .token_url("https://auth.example.com/oauth2/token")
    ///     .store(MemoryStore::new())
    ///     .build(transport)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn store(mut self, store: impl Into<SharedStore>) -> Self {
        self.fleet.store = Some(store.into());
        self
    }

    /// Keeps this manager's tokens apart from those of others that are set up alike, such as another deployment's.
    pub fn store_namespace(mut self, namespace: impl Into<String>) -> Self {
        self.fleet.namespace = Some(namespace.into());
        self
    }

    /// What stands for the client's secret in the store's key, where one client id has several that give different tokens. Not the
    /// secret itself, nor a hash of it: a name, such as `blue`.
    pub fn credential_label(mut self, label: impl Into<String>) -> Self {
        self.fleet.credential_label = Some(label.into());
        self
    }

    /// The limit of one operation of the store. One that takes longer counts as failed.
    pub fn store_timeout(mut self, limit: Duration) -> Self {
        self.fleet.operation_limit = limit;
        self
    }

    /// For how long others leave it to a process to fetch that gives no sign of life. It extends its lease for as long as it is at
    /// work, so this need not cover a slow server. All processes should have the same: a lease of more than twice as long counts as
    /// one of this length, or of the default where that is more.
    pub fn lease_term(mut self, term: Duration) -> Self {
        self.fleet.lease_term = term;
        self
    }

    pub(super) fn check_store(&self) -> Result<(), BuildError> {
        if self.fleet.store.is_none() {
            return Ok(());
        }
        let refused = |with, instead| Err(BuildError::StoreNotApplicable { with, instead });
        if matches!(self.grant, Grant::AuthorizationCode) {
            return refused(
                "the authorization code grant, whose tokens are a user's own",
                "keep them by on_token_update(..) and token(..), or by a token_provider(..)",
            );
        }
        if self.style == Style::Manual {
            return refused("manual style, which fetches nothing", "drop one of the two");
        }
        if self.fleet.operation_limit.is_zero() {
            let (setting, expected) = ("store_timeout", "above zero");
            return Err(BuildError::OutOfRange { setting, expected });
        }
        if self.fleet.lease_term < Duration::from_millis(100) {
            let (setting, expected) = ("lease_term", "a tenth of a second at least");
            return Err(BuildError::OutOfRange { setting, expected });
        }
        Ok(())
    }
}

impl FleetDraft {
    pub(super) fn settings(self) -> Option<FleetSettings> {
        Some(FleetSettings {
            store: self.store?,
            namespace: self.namespace,
            credential_label: self.credential_label,
            operation_limit: self.operation_limit,
            lease_term: self.lease_term,
        })
    }
}

impl Default for FleetDraft {
    fn default() -> Self {
        Self {
            store: None,
            namespace: None,
            credential_label: None,
            operation_limit: OPERATION_LIMIT,
            lease_term: LEASE_TERM,
        }
    }
}
