//! Operations that need different scopes, and how many tokens that makes.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::TokenManager;
use crate::error::BuildError;
use crate::scope::{Scope, Scopes};

/// Gives each operation of an API a manager whose tokens have its scopes. A cheap clone; all clones share their managers.
///
/// The application chooses between one token with all scopes, and one for each set of scopes that operations name:
/// ```
/// use evergrant::{ClientCredentials, ScopedTokens};
///
/// # fn run(transport: evergrant::SharedTransport) -> Result<(), evergrant::BuildError> {
/// let tokens = ClientCredentials::new("client-id", "not-a-real-secret")
///     .token_url("https://auth.example.com/oauth2/token")
///     .scopes(["books.read", "orders.read"])
///     .build(transport)?;
///
/// // One token for everything: fewer token requests.
/// let scoped = ScopedTokens::union(tokens.clone());
/// assert_eq!(scoped.for_scopes(["books.read"])?.scopes().to_string(), "books.read orders.read");
///
/// // A token that can do no more than its operation: less to lose.
/// let scoped = ScopedTokens::least_privilege(tokens);
/// assert_eq!(scoped.for_scopes(["books.read"])?.scopes().to_string(), "books.read");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ScopedTokens {
    tokens: TokenManager,
    /// `None` for one token with all scopes.
    narrow: Option<Arc<Mutex<Vec<TokenManager>>>>,
}

impl ScopedTokens {
    /// One token for all operations, with the scopes that `tokens` asks for.
    #[must_use]
    pub fn union(tokens: TokenManager) -> Self {
        Self { tokens, narrow: None }
    }

    /// A token for each set of scopes, with those and no others. `tokens` itself serves the operations that name none.
    #[must_use]
    pub fn least_privilege(tokens: TokenManager) -> Self {
        let narrow = Some(Arc::default());
        Self { tokens, narrow }
    }

    /// The manager for an operation with these scopes; the same one for the same set, in whatever order.
    ///
    /// # Errors
    /// As [`TokenManager::with_scopes`]. With one token for everything, [`BuildError::ScopesNotAskedFor`] names the scopes
    /// that it will not have.
    pub fn for_scopes<S: Scope>(&self, scopes: impl IntoIterator<Item = S>) -> Result<TokenManager, BuildError> {
        let wanted: Scopes = scopes.into_iter().collect();
        let Some(narrow) = &self.narrow else {
            let missing = wanted.missing_from(self.tokens.scopes());
            return if missing.is_empty() {
                Ok(self.tokens.clone())
            } else {
                Err(BuildError::ScopesNotAskedFor { scopes: missing })
            };
        };
        if wanted.is_empty() || wanted == *self.tokens.scopes() {
            return Ok(self.tokens.clone());
        }
        let mut known = narrow.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tokens) = known.iter().find(|tokens| wanted == *tokens.scopes()) {
            return Ok(tokens.clone());
        }
        let tokens = self.tokens.with_scopes(wanted.iter())?;
        known.push(tokens.clone());
        Ok(tokens)
    }
}

impl fmt::Debug for ScopedTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopedTokens")
            .field("tokens", &self.tokens)
            .field("least_privilege", &self.narrow.is_some())
            .finish_non_exhaustive()
    }
}
