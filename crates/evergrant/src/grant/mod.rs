//! Authorization grants (RFC 6749 section 1.3): one file per grant.
//!
//! | Grant | Tokens of | New token without the user |
//! |---|---|---|
//! | [`ClientCredentials`] | the client itself | always |
//! | [`Password`] | a user whose password the program has | always |
//! | [`AuthorizationCode`] | a user who signs in with the server | while there is a refresh token |
//! | a custom [`Grant`] | defined by the grant | defined by the grant |

mod authorization_code;
mod client_credentials;
mod kind;
mod password;
mod request;

use std::fmt;
use std::sync::Arc;

pub use self::authorization_code::AuthorizationCode;
pub use self::client_credentials::ClientCredentials;
pub use self::kind::GrantKind;
pub use self::password::Password;
pub use self::request::GrantRequest;
use crate::error::{BuildError, Error};
use crate::runtime::BoxFuture;
use crate::token_request_context::TokenRequestContext;

/// An authorization grant: what a token request contains, and whether it can be repeated.
///
/// Implement this trait for grants that this crate does not include, such as device authorization (RFC 8628) or token
/// exchange (RFC 8693), and pass the grant to [`TokenManager::builder`](crate::TokenManager::builder).
///
/// ```
/// use evergrant::runtime::BoxFuture;
/// use evergrant::{Error, Grant, TokenRequestContext, GrantRequest, Repeatable, TokenManager};
///
/// /// A token for an account that the client may act for.
/// #[derive(Debug)]
/// struct OnBehalfOf {
///     account: String,
/// }
///
/// impl Grant for OnBehalfOf {
///     fn name(&self) -> &str {
///         "on behalf of"
///     }
///
///     fn request<'a>(&'a self, _: TokenRequestContext<'a>) -> BoxFuture<'a, Result<GrantRequest, Error>> {
///         let request = GrantRequest::new("urn:example:on-behalf-of").param("account", &self.account);
///         Box::pin(async { Ok(request) })
///     }
/// }
///
/// impl Repeatable for OnBehalfOf {
///     fn subject(&self) -> Option<&str> {
///         Some(&self.account)
///     }
/// }
///
/// let grant = OnBehalfOf { account: "77".to_owned() };
/// let builder = TokenManager::builder(grant, "client-id", "not-a-real-secret")
///     .token_url("https://auth.example.com/oauth2/token");
/// ```
pub trait Grant: fmt::Debug + Send + Sync + 'static {
    /// Returns the name of the grant, for errors and the [store key](crate::store::StoreKey).
    fn name(&self) -> &str;

    /// Creates the request for a token. Called once per fetch, and again after the server has rejected a refresh token.
    /// The time that this takes counts towards the time limit of the fetch.
    ///
    /// # Errors
    /// Wrap other error types with [`Error::grant`]. Nothing is sent after an error.
    fn request<'a>(&'a self, context: TokenRequestContext<'a>) -> BoxFuture<'a, Result<GrantRequest, Error>>;

    /// Returns whether a user must approve each [`request`](Self::request). If so, the manager does not call `request`
    /// but renews tokens with refresh tokens only, and [`TokenManager::redeem`](crate::TokenManager::redeem) sends the
    /// requests that a user has approved. Default: `false`. Called once, when a manager is built.
    fn needs_user(&self) -> bool {
        false
    }

    /// Returns whether the server may accept each request only once. If so, a request with an unknown outcome is not
    /// repeated, and its response is received even if no caller waits. Default: `false`. Called once, when a manager is
    /// built.
    fn is_single_use(&self) -> bool {
        false
    }

    /// Returns whether to use refresh tokens (RFC 6749 section 6). Default: `true`. Called once, when a manager is
    /// built.
    fn uses_refresh_tokens(&self) -> bool {
        true
    }

    /// Validates the settings of the grant when a manager is built.
    ///
    /// # Errors
    /// [`BuildError`] names the invalid setting.
    fn check(&self) -> Result<(), BuildError> {
        Ok(())
    }
}

/// A [`Grant`] whose tokens can be fetched repeatedly without a user. Processes can share them through a
/// [store](crate::TokenManagerBuilder::store).
pub trait Repeatable: Grant {
    /// Returns the subject of the tokens, such as a user name or an account; `None` for the client itself. It is part
    /// of the [store key](crate::store::StoreKey): managers whose requests lead to different tokens need different
    /// subjects.
    fn subject(&self) -> Option<&str>;
}

/// For [`TokenManagerBuilder::boxed`](crate::TokenManagerBuilder::boxed).
impl Grant for Box<dyn Grant> {
    fn name(&self) -> &str {
        (**self).name()
    }

    fn request<'a>(&'a self, context: TokenRequestContext<'a>) -> BoxFuture<'a, Result<GrantRequest, Error>> {
        (**self).request(context)
    }

    fn needs_user(&self) -> bool {
        (**self).needs_user()
    }

    fn is_single_use(&self) -> bool {
        (**self).is_single_use()
    }

    fn uses_refresh_tokens(&self) -> bool {
        (**self).uses_refresh_tokens()
    }

    fn check(&self) -> Result<(), BuildError> {
        (**self).check()
    }
}

/// A grant and its properties, read when the manager is built, so that application code is not called under a lock.
#[derive(Clone)]
pub(crate) struct SharedGrant {
    grant: Arc<dyn Grant>,
    pub(crate) needs_user: bool,
    pub(crate) is_single_use: bool,
    pub(crate) uses_refresh_tokens: bool,
}

impl SharedGrant {
    pub(crate) fn new(grant: impl Grant) -> Self {
        Self {
            needs_user: grant.needs_user(),
            is_single_use: grant.is_single_use(),
            uses_refresh_tokens: grant.uses_refresh_tokens(),
            grant: Arc::new(grant),
        }
    }
}

impl std::ops::Deref for SharedGrant {
    type Target = dyn Grant;

    fn deref(&self) -> &Self::Target {
        &*self.grant
    }
}

impl fmt::Debug for SharedGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
