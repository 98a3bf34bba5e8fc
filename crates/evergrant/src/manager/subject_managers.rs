//! Token managers for the subjects of a token exchange.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::TokenManager;
use super::builder::TokenManagerBuilder;
use super::manager_cache::ManagerCache;
use crate::Secret;
use crate::assertion::fingerprint;
use crate::error::BuildError;
use crate::grant::{Grant as _, TokenExchange};
use crate::transport::SharedTransport;

/// Maximum number of cached managers, unless the application sets another one.
const CAPACITY: usize = 1000;

/// Provides a token manager for each subject of a [token exchange](TokenExchange), such as the user of an incoming
/// request. Cloning is cheap; all clones share the managers.
///
/// The managers of the 1,000 most recently used subject tokens are cached, which limits the memory. A manager is found
/// by a hash of the whole subject token, so two subjects never share a token. After a manager was evicted, the next
/// call with its subject token creates a new manager, which fetches another token. If the program still holds the
/// evicted manager, the call returns that one instead.
///
/// ```
/// use evergrant::{SubjectTokens, TokenExchange, TokenTypeIdentifier};
///
/// # async fn run(transport: evergrant::SharedTransport) -> Result<(), Box<dyn std::error::Error>> {
/// let subjects: SubjectTokens = TokenExchange::for_each_subject(TokenTypeIdentifier::AccessToken)
///     .builder("client-id", "not-a-real-secret")
///     .token_url("https://auth.example.com/oauth2/token")
///     .audience("https://orders.example.com")
///     .build_for_subjects(transport)?;
///
/// // For each incoming request, with the user's token:
/// let tokens = subjects.for_subject("not-a-real-user-token")?;
/// let mut headers = http::HeaderMap::new();
/// tokens.authorize(&mut headers).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SubjectTokens {
    template: TokenManager,
    exchange: TokenExchange,
    cache: Arc<Mutex<ManagerCache<String>>>,
}

impl TokenManagerBuilder<TokenExchange> {
    /// Finishes this builder for a token exchange with many subjects. Returns [`SubjectTokens`], which builds a token
    /// manager for each subject when it is needed. All managers share the settings of this builder, the connections to
    /// the authorization server, and the wait that its `Retry-After` requests. With a [store](Self::store), processes
    /// share the tokens of each subject. The [update callback](Self::on_token_update) receives the tokens of all
    /// subjects.
    ///
    /// # Errors
    /// Same as [`build`](Self::build). [`BuildError::InvalidSetting`] if the grant already has a subject token, or if
    /// [`token`](Self::token) or [`token_provider`](Self::token_provider) is set, because all subjects would then share
    /// one token.
    pub fn build_for_subjects(self, transport: impl Into<SharedTransport>) -> Result<SubjectTokens, BuildError> {
        let (exchange, template) = self.into_template()?;
        Ok(SubjectTokens {
            template: template.build(transport)?,
            exchange,
            cache: cache(CAPACITY),
        })
    }
}

impl SubjectTokens {
    /// Sets the maximum number of cached token managers, at least 1. Empties the cache. Default: 1,000.
    #[must_use]
    pub fn capacity(self, managers: usize) -> Self {
        Self {
            cache: cache(managers.max(1)),
            ..self
        }
    }

    /// Returns the token manager of the subject that this subject token identifies. The same subject token leads to the
    /// same manager.
    ///
    /// # Errors
    /// [`BuildError::InvalidSetting`] if the subject token is empty.
    pub fn for_subject(&self, subject_token: impl Into<Secret>) -> Result<TokenManager, BuildError> {
        let subject_token = subject_token.into();
        self.cache().get_or_create(fingerprint(&subject_token), || {
            let grant = self.exchange.with_subject(subject_token.into());
            grant.check(self.template.lifecycle.source.endpoint.settings().location.issuer())?;
            Ok(self.template.with_grant(grant))
        })
    }

    /// Removes the token manager of this subject token from the cache, for example when the user signs out. A manager
    /// that the program still holds continues to work.
    pub fn forget(&self, subject_token: impl Into<Secret>) {
        self.cache().remove(&fingerprint(&subject_token.into()));
    }

    fn cache(&self) -> MutexGuard<'_, ManagerCache<String>> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn cache(capacity: usize) -> Arc<Mutex<ManagerCache<String>>> {
    Arc::new(Mutex::new(ManagerCache::new(capacity)))
}

impl fmt::Debug for SubjectTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubjectTokens")
            .field("client", self.template.client())
            .field("cached", &self.cache().len())
            .finish_non_exhaustive()
    }
}
