//! Operations that need different scopes, and how many tokens that makes.

use std::collections::{BTreeMap, HashMap};
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
    narrow: Option<Arc<Mutex<Recent>>>,
}

/// The managers that were asked for last. Each look-up costs the same, however many there are.
#[derive(Default)]
struct Recent {
    managers: HashMap<Arc<str>, Known>,
    /// By when each was last asked for.
    order: BTreeMap<u64, Arc<str>>,
    asked: u64,
}

struct Known {
    tokens: TokenManager,
    /// Its place in the order.
    place: u64,
}

/// How many managers are remembered.
const MOST: usize = 1000;

impl ScopedTokens {
    /// One token for all operations, with the scopes that `tokens` asks for.
    #[must_use]
    pub fn union(tokens: TokenManager) -> Self {
        Self { tokens, narrow: None }
    }

    /// A token for each set of scopes, with those and no others. `tokens` itself serves the operations that name none.
    ///
    /// The managers of the 1,000 sets that were asked for last are remembered, so that scopes which callers choose take no more memory than
    /// that. For a set that is forgotten, the next call makes a manager anew, which fetches a token of its own; a manager that somebody
    /// still holds goes on as before.
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
        let key = key(&wanted);
        let mut recent = narrow.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tokens) = recent.find(&key) {
            return Ok(tokens);
        }
        let tokens = self.tokens.with_scopes(wanted.iter())?;
        recent.remember(key, tokens.clone());
        Ok(tokens)
    }
}

impl Recent {
    fn find(&mut self, key: &Arc<str>) -> Option<TokenManager> {
        let known = self.managers.get_mut(key)?;
        self.order.remove(&known.place);
        self.asked += 1;
        known.place = self.asked;
        self.order.insert(known.place, Arc::clone(key));
        Some(known.tokens.clone())
    }

    /// In the place of the one that nobody has asked for the longest, if there are as many as may be.
    fn remember(&mut self, key: Arc<str>, tokens: TokenManager) {
        if self.managers.len() >= MOST
            && let Some((_, oldest)) = self.order.pop_first()
        {
            self.managers.remove(&oldest);
        }
        self.asked += 1;
        let place = self.asked;
        self.order.insert(place, Arc::clone(&key));
        self.managers.insert(key, Known { tokens, place });
    }
}

/// The same for the same set, in whatever order. No scope has a space in it.
fn key(scopes: &Scopes) -> Arc<str> {
    let mut names: Vec<&str> = scopes.iter().collect();
    names.sort_unstable();
    names.join(" ").into()
}

impl fmt::Debug for ScopedTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopedTokens")
            .field("tokens", &self.tokens)
            .field("least_privilege", &self.narrow.is_some())
            .finish_non_exhaustive()
    }
}
