//! The settings of the token managers of an application's users.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{Inner, UserTokens};
use crate::error::BuildError;
use crate::manager::TokenManager;
use crate::manager::builder::check_sharing;
use crate::manager::coordination::Sharing;
use crate::manager::lifecycle::Mode;
use crate::manager::manager_cache::ManagerCache;
use crate::store::DEFAULT_RETENTION;

/// Configures and builds [`UserTokens`], the token managers of an application's users. Created by
/// [`UserTokens::builder`].
#[must_use = "a builder does nothing until `build` is called"]
pub struct UserTokensBuilder {
    application: TokenManager,
    sharing: Sharing,
    capacity: usize,
    retention: Duration,
}

/// Default number of cached managers.
const DEFAULT_CAPACITY: usize = 10_000;

/// Longest time for which a store keeps a record.
const MAX_RETENTION: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

impl UserTokens {
    /// Returns a builder for the token managers of an application's users. `application` is a token manager whose
    /// settings apply to the managers of all users; its own token and its update callback are not used. `store`
    /// contains the users' tokens: pass a store that all processes of the application share, with encryption.
    /// [`MemoryStore`](crate::store::MemoryStore) is for tests, and for one process whose users sign in again after a
    /// restart.
    ///
    /// ```no_run
    /// # use evergrant::{BuildError, TokenManager, store::SharedStore};
    /// # fn run(application: TokenManager, store: SharedStore) -> Result<(), BuildError> {
    /// use std::time::Duration;
    /// use evergrant::{Sharing, UserTokens};
    ///
    /// let users = UserTokens::builder(application, Sharing::new(store).namespace("shop"))
    ///     .retention(Duration::from_secs(30 * 24 * 3600))
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder(application: TokenManager, store: impl Into<Sharing>) -> UserTokensBuilder {
        UserTokensBuilder {
            application,
            sharing: store.into(),
            capacity: DEFAULT_CAPACITY,
            retention: DEFAULT_RETENTION,
        }
    }
}

impl UserTokensBuilder {
    /// Sets the maximum number of users' token managers that this process caches. Default: 10,000.
    pub fn capacity(mut self, managers: usize) -> Self {
        self.capacity = managers;
        self
    }

    /// Sets the minimum time for which the store keeps a user's token after the last sign-in or renewal. A user who
    /// does not return within this time has to sign in again. Choose the lifetime of the server's refresh tokens.
    /// Default: 90 days.
    pub fn retention(mut self, duration: Duration) -> Self {
        self.retention = duration;
        self
    }

    /// Builds [`UserTokens`]. Connects to nothing.
    ///
    /// # Errors
    /// [`BuildError`] names the invalid setting. [`BuildError::WrongGrant`] if the grant of the application's manager
    /// needs no user. [`BuildError::StoreNotApplicable`] if that manager is in [manual
    /// mode](crate::TokenManagerBuilder::manual) or has a [token provider](crate::TokenProvider).
    pub fn build(self) -> Result<UserTokens, BuildError> {
        let lifecycle = &self.application.lifecycle;
        let settings = lifecycle.source.endpoint.settings();
        if !settings.grant.needs_user {
            return Err(BuildError::WrongGrant {
                setting: "UserTokens",
                grant: settings.grant.name().to_owned(),
            });
        }
        if lifecycle.policy.mode == Mode::Manual {
            let (with, instead) = ("manual mode, which does not renew tokens", "remove manual()");
            return Err(BuildError::StoreNotApplicable { with, instead });
        }
        if lifecycle.source.provider.is_some() {
            let (with, instead) = ("a token_provider(..), which does not know the user", "remove it");
            return Err(BuildError::StoreNotApplicable { with, instead });
        }
        check_sharing(&self.sharing)?;
        let out_of_range = |setting, expected| Err(BuildError::OutOfRange { setting, expected });
        if self.capacity == 0 {
            return out_of_range("UserTokens: capacity", "above zero");
        }
        if self.retention.is_zero() || self.retention > MAX_RETENTION {
            return out_of_range("UserTokens: retention", "above zero and at most ten years");
        }
        let key = self.sharing.user_keys(settings);
        Ok(UserTokens(Arc::new(Inner {
            application: self.application,
            sharing: self.sharing,
            retention: self.retention,
            key,
            cache: Mutex::new(ManagerCache::new(self.capacity)),
        })))
    }
}

impl fmt::Debug for UserTokensBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserTokensBuilder")
            .field("client", self.application.client())
            .field("capacity", &self.capacity)
            .field("retention", &self.retention)
            .finish_non_exhaustive()
    }
}
