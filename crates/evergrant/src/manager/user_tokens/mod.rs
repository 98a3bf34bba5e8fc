//! The token managers of an application's users: one for each user, whose token is a record in a store.

mod builder;

use std::convert::Infallible;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use self::builder::UserTokensBuilder;
use super::TokenManager;
use super::builder::check_initial_token;
use super::coordination::{Coordinator, Sharing};
use super::manager_cache::ManagerCache;
use crate::error::Error;
use crate::store::{StoreKey, StoreKeyBuilder};
use crate::token::Token;

/// The token managers of an application's users: one for each user, identified by the application's own user id.
/// Cloning is cheap; all clones share the managers.
///
/// The users' tokens are in a [store](crate::store). Each process that uses the store can therefore serve every user,
/// and a restart signs no user out. Many servers accept a refresh token only once, and sign the user out if they
/// receive it again (RFC 9700 section 4.14.2). Therefore only one process at a time renews a user's token, and it saves
/// the new token before another process can renew it. The other processes then use the new token too.
///
/// ```
/// use evergrant::store::MemoryStore;
/// use evergrant::{AuthorizationCode, AuthorizationRequest, BuildError, Error, SharedTransport, UserTokens};
///
/// fn users(transport: SharedTransport) -> Result<UserTokens, BuildError> {
///     let application = AuthorizationCode::builder("client-id", "not-a-real-secret")
///         .authorization_url("https://auth.example.com/oauth2/authorize")
///         .token_url("https://auth.example.com/oauth2/token")
///         .redirect_uri("https://shop.example.com/callback")
///         .build(transport)?;
///     // For several processes, and for restarts: a store of `evergrant-store`, such as Postgres.
///     UserTokens::builder(application, MemoryStore::new()).build()
/// }
///
/// /// The redirect after a sign-in, which began with `application.sign_in()?.begin()?`.
/// async fn finish_sign_in(users: &UserTokens, user_id: &str, request: &AuthorizationRequest, redirect: &str)
///     -> Result<(), Box<dyn std::error::Error>>
/// {
///     users.for_user(user_id).sign_in()?.finish(request, redirect).await?;
///     Ok(())
/// }
///
/// /// Any later request of this user, in any process.
/// async fn call_api(users: &UserTokens, user_id: &str) -> Result<Option<http::HeaderMap>, Error> {
///     let mut headers = http::HeaderMap::new();
///     match users.for_user(user_id).authorize(&mut headers).await {
///         Ok(_) => Ok(Some(headers)),
///         Err(Error::SignInRequired(_)) => Ok(None), // redirect the browser to the sign-in
///         Err(error) => Err(error),
///     }
/// }
/// ```
///
/// # Users
/// A user id is any text that identifies one user of the application permanently: the key of an account in the
/// application's database, not a session. It is hashed into the [key](StoreKey) of the user's record, with the token
/// endpoint, the client id, the issuer, and the [namespace](Sharing::namespace), and appears in no error and no event.
/// Whoever can read the store and guess an id can check whether it has a record, so prefer random ids to e-mail
/// addresses. Scopes are not part of the key: when the application changes the scopes that it requests, users stay
/// signed in, with the scopes that they have granted.
///
/// # Sign-in and sign-out
/// - A sign-in saves its token in place of the user's earlier one. All processes use the new token from then on.
/// - [`sign_out`](Self::sign_out) removes the record. A renewal in progress, in any process, does not restore it.
/// - [`revoke`](Self::revoke) also revokes the token at the server (RFC 7009).
/// - When the server rejects a refresh token (`invalid_grant`), the record is removed too.
/// - A user without a record gets [`Error::SignInRequired`] until the next sign-in.
///
/// The store notifies the processes, and each reads the record in the background at the user's next call. Calls until
/// then still use the previous access token. If the store sends no notifications, as with a folder of files, a process
/// may use the previous token until it is due for renewal.
///
/// # Failures
/// | situation | behaviour |
/// |---|---|
/// | The store fails. | A valid token is used until it expires. Then calls fail with [`Error::StoreFailed`], which is retryable, and not with `SignInRequired`. No refresh token is sent, because another process may have sent it. A sign-in fails with the same error. |
/// | The store fails between the server's response and the write. | The process uses the new token, and repeats the write until it succeeds. Other processes leave the renewal to it while they have a valid token, until shortly before it expires. |
/// | The process ends between the server's response and the write. | The new refresh token is lost. After its lease (3 s), another process sends the old one. If the server accepts it again for a short time, as many servers can be configured to, nothing is noticed. Otherwise the server rejects it, and the user has to sign in again. |
/// | The store has lost its data, or an old backup is restored. | Users have to sign in again. Choose a store that keeps its data: Postgres, or Redis with persistence and without eviction. |
/// | This process does not have the key that encrypts the record. | [`Error::StoreFailed`]. The record is left unchanged. |
///
/// # Limits
/// The managers of the 10,000 most recently used users are cached ([`capacity`](UserTokensBuilder::capacity)). For a
/// user whose manager was evicted, the next call reads the record again. A manager that is in use, or that is renewing
/// its token, stays the only one of its user. The store keeps a record for 90 days after its last renewal
/// ([`retention`](UserTokensBuilder::retention)).
#[derive(Clone)]
pub struct UserTokens(Arc<Inner>);

struct Inner {
    application: TokenManager,
    sharing: Sharing,
    retention: Duration,
    /// The key of each user's record, without the user.
    key: StoreKeyBuilder,
    cache: Mutex<ManagerCache<StoreKey>>,
}

impl UserTokens {
    /// Returns the token manager of this user, with the settings of the application's manager. All calls in this
    /// process return the same manager for a user. Reads nothing and sends nothing.
    ///
    /// If the user has not signed in, the manager's methods fail with [`Error::SignInRequired`]. To sign the user in,
    /// use the manager's method [`sign_in`](TokenManager::sign_in), which saves the token. Do not store the manager:
    /// call this method again, which is fast and returns the same manager.
    #[must_use]
    pub fn for_user(&self, user_id: &str) -> TokenManager {
        let key = self.key(user_id);
        let create = || Ok::<_, Infallible>(self.create(key.clone()));
        match self.cache().get_or_create(key.clone(), create) {
            Ok(tokens) => tokens,
        }
    }

    /// Saves a token of this user in place of the user's earlier one, and returns the user's token manager. Use this
    /// method if the program learns the user id only from the token, such as from its ID token, or if the application
    /// has saved the users' tokens itself until now. A [sign-in](TokenManager::sign_in) of the user's manager does not
    /// need this method.
    ///
    /// From now on, no other code may use the token's refresh token.
    ///
    /// ```no_run
    /// # async fn user_of(_: &evergrant::TokenManager) -> Result<String, evergrant::Error> { Ok(String::new()) }
    /// use evergrant::{AuthorizationRequest, Error, SignIn, TokenManager, UserTokens};
    ///
    /// async fn finish(
    ///     sign_in: &SignIn,
    ///     users: &UserTokens,
    ///     request: &AuthorizationRequest,
    ///     redirect: &str,
    /// ) -> Result<String, Error> {
    ///     let new = sign_in.finish_for_user(request, redirect, |_| {}).await?;
    ///     let user_id = user_of(&new).await?; // asks the API, with the new token
    ///     users.insert(&user_id, new.token().await?).await?;
    ///     Ok(user_id)
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Error::StoreFailed`] if the token cannot be saved. [`Error::Callback`] if it contains characters that are not
    /// allowed in a header, or if it is bound to a key that the application's manager does not hold.
    pub async fn insert(&self, user_id: &str, token: Token) -> Result<TokenManager, Error> {
        check_initial_token(&token, &self.0.application.lifecycle.keys()).map_err(Error::provider)?;
        let user = self.for_user(user_id);
        user.lifecycle.insert(token).await?;
        Ok(user)
    }

    /// Signs a user out of the application: removes the user's record from the store, so that no process uses the token
    /// any more. The token stays valid at the authorization server: [`revoke`](Self::revoke) also revokes it there.
    ///
    /// # Errors
    /// [`Error::StoreFailed`] if the record cannot be removed. The user is then still signed in, so call this method
    /// again.
    pub async fn sign_out(&self, user_id: &str) -> Result<(), Error> {
        self.for_user(user_id).lifecycle.sign_out().await
    }

    fn key(&self, user_id: &str) -> StoreKey {
        let grant = &self.0.application.endpoint().settings().grant;
        self.0.key.clone().grant(grant.name(), Some(user_id)).build()
    }

    fn create(&self, key: StoreKey) -> TokenManager {
        let Inner {
            application,
            sharing,
            retention,
            ..
        } = &*self.0;
        let lifecycle = &application.lifecycle;
        let (source, policy) = (lifecycle.source.clone(), &lifecycle.policy);
        let coordinator = Coordinator::for_user(
            sharing.clone(),
            key,
            *retention,
            source.endpoint.settings(),
            policy.lifetime,
            policy.backoff,
        );
        application.derive(source, Some(Arc::new(coordinator)), None, None)
    }

    fn cache(&self) -> MutexGuard<'_, ManagerCache<StoreKey>> {
        self.0.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for UserTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserTokens")
            .field("client", self.0.application.client())
            .field("cached", &self.cache().len())
            .finish_non_exhaustive()
    }
}
