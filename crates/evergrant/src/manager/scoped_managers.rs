//! Token managers for API operations that need different scopes.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::TokenManager;
use super::manager_cache::ManagerCache;
use crate::error::BuildError;
use crate::scope::{Scope, Scopes};

/// Provides a token manager for each operation of an API, whose tokens have the scopes that the operation needs.
/// Cloning is cheap; all clones share the managers.
///
/// Choose between one token with all scopes and one token for each set of scopes.
/// ```
/// use evergrant::{ClientCredentials, ScopedTokens};
///
/// # fn run(transport: evergrant::SharedTransport) -> Result<(), evergrant::BuildError> {
/// let tokens = ClientCredentials::builder("client-id", "not-a-real-secret")
///     .token_url("https://auth.example.com/oauth2/token")
///     .scopes(["books.read", "orders.read"])
///     .build(transport)?;
///
/// // One token for all operations: fewer token requests.
/// let scoped = ScopedTokens::union(tokens.clone());
/// assert_eq!(scoped.for_scopes(["books.read"])?.scopes().to_string(), "books.read orders.read");
///
/// // A token with only the scopes of its operation: less damage if it leaks.
/// let scoped = ScopedTokens::least_privilege(tokens);
/// assert_eq!(scoped.for_scopes(["books.read"])?.scopes().to_string(), "books.read");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ScopedTokens {
    tokens: TokenManager,
    /// `None` for one token with all scopes.
    cache: Option<Arc<Mutex<ManagerCache<Arc<str>>>>>,
}

/// Maximum number of cached managers.
const CAPACITY: usize = 1000;

impl ScopedTokens {
    /// Uses one token for all operations. The token has the scopes that the manager `tokens` requests.
    #[must_use]
    pub fn union(tokens: TokenManager) -> Self {
        Self { tokens, cache: None }
    }

    /// Uses a separate token for each set of scopes, with only these scopes. The manager `tokens` itself serves
    /// operations that need no scopes.
    ///
    /// The managers of the 1,000 most recently used sets of scopes are cached. This limits the memory if callers choose
    /// the scopes. After a manager was evicted, the next call with its scopes creates a new manager, which fetches
    /// another token. If the program still holds the evicted manager, the call returns that one instead.
    #[must_use]
    pub fn least_privilege(tokens: TokenManager) -> Self {
        let cache = Some(Arc::new(Mutex::new(ManagerCache::new(CAPACITY))));
        Self { tokens, cache }
    }

    /// Returns the token manager for an operation with these scopes. The same set of scopes, in any order, leads to the
    /// same manager.
    ///
    /// # Errors
    /// Same as [`TokenManager::with_scopes`]. Also, if all operations share [one token](Self::union),
    /// [`BuildError::ScopesNotRequested`] with the scopes that are not requested for this token.
    pub fn for_scopes<S: Scope>(&self, scopes: impl IntoIterator<Item = S>) -> Result<TokenManager, BuildError> {
        let wanted: Scopes = scopes.into_iter().collect();
        let Some(cache) = &self.cache else {
            let missing = wanted.missing_from(self.tokens.scopes());
            return if missing.is_empty() {
                Ok(self.tokens.clone())
            } else {
                Err(BuildError::ScopesNotRequested { scopes: missing })
            };
        };
        if wanted.is_empty() || wanted == *self.tokens.scopes() {
            return Ok(self.tokens.clone());
        }
        let key = key(&wanted);
        let mut cache = cache.lock().unwrap_or_else(PoisonError::into_inner);
        cache.get_or_create(key, || self.tokens.with_scopes(wanted.iter()))
    }
}

/// Returns the same key for the same set of scopes, in any order. Scopes contain no spaces.
fn key(scopes: &Scopes) -> Arc<str> {
    let mut names: Vec<&str> = scopes.iter().collect();
    names.sort_unstable();
    names.join(" ").into()
}

impl fmt::Debug for ScopedTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopedTokens")
            .field("tokens", &self.tokens)
            .field("least_privilege", &self.cache.is_some())
            .finish_non_exhaustive()
    }
}
