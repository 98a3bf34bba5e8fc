//! Authorization grants (RFC 6749 section 1.3): one file per grant.
//!
//! | Grant | Tokens of | New token without the user |
//! |---|---|---|
//! | [`ClientCredentials`] | the client itself | always |
//! | [`Password`] | a user whose password the program has | always |
//! | [`AuthorizationCode`] | a user who signs in with the server | while there is a refresh token |
//! | [`DeviceAuthorization`] | a user who signs in on another device | while there is a refresh token |
//! | [`JwtBearer`] | the subject of an assertion | always, with a new assertion |
//! | [`TokenExchange`] | the subject of another token | while the source provides a valid one |
//! | a custom [`Grant`] | defined by the grant | defined by the grant |

mod authorization_code;
mod client_credentials;
mod device_authorization;
mod jwt_bearer;
mod kind;
mod password;
mod request;
mod token_exchange;
mod token_type;

use std::fmt;
use std::sync::Arc;

pub use self::authorization_code::AuthorizationCode;
pub use self::client_credentials::ClientCredentials;
pub use self::device_authorization::DeviceAuthorization;
pub use self::jwt_bearer::JwtBearer;
pub use self::kind::GrantKind;
pub use self::password::Password;
pub use self::request::GrantRequest;
pub use self::token_exchange::TokenExchange;
pub use self::token_type::TokenTypeIdentifier;
use crate::error::{BuildError, Error};
use crate::runtime::BoxFuture;
use crate::token_request_context::TokenRequestContext;

/// An authorization grant (RFC 6749 section 1.3): defines the parameters of token requests, and whether a request can
/// be repeated.
///
/// Implement this trait for a grant that this crate does not include. Pass the grant to
/// [`TokenManager::builder`](crate::TokenManager::builder).
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
    /// Returns the name of the grant, which appears in errors and in the [store key](crate::store::StoreKey).
    fn name(&self) -> &str;

    /// Creates the request for a token. Called once for each token, not for each retry, and again after the server has
    /// rejected a refresh token. The time that this method takes counts towards the [time limit of the
    /// fetch](crate::TimeLimits::fetch).
    ///
    /// # Errors
    /// Wrap other error types with [`Error::grant`]. After an error, no token request is sent.
    fn request<'a>(&'a self, context: TokenRequestContext<'a>) -> BoxFuture<'a, Result<GrantRequest, Error>>;

    /// Returns whether a user must approve each [`request`](Self::request). If so, the token manager does not call
    /// `request`: it renews tokens only with refresh tokens, and the application passes each approved request to
    /// [`TokenManager::redeem`](crate::TokenManager::redeem). Default: `false`. Called once, when a manager is built.
    fn needs_user(&self) -> bool {
        false
    }

    /// Returns whether the server may accept each request only once. If so, a request without a response is not
    /// repeated, and the response is awaited even if no caller waits for the token. Default: `false`. Called once, when
    /// a manager is built.
    fn is_single_use(&self) -> bool {
        false
    }

    /// Returns whether the token manager uses refresh tokens (RFC 6749 section 6) to renew tokens of this grant.
    /// Default: `true`. Called once, when a manager is built.
    fn uses_refresh_tokens(&self) -> bool {
        true
    }

    /// Returns the names of the body parameters that the requests of this grant contain. If the application sets a
    /// parameter of the same name, building the manager fails. Default: none.
    fn parameters(&self) -> &[&str] {
        &[]
    }

    /// Validates the settings of the grant when a manager is built. `issuer` is the issuer identifier of the
    /// authorization server, if the application set it. Default: all settings are valid.
    ///
    /// # Errors
    /// [`BuildError`] names the invalid setting.
    fn check(&self, issuer: Option<&str>) -> Result<(), BuildError> {
        let _ = issuer;
        Ok(())
    }
}

/// A [`Grant`] with which tokens can be fetched any number of times, without a user. Processes can share such tokens
/// through a [store](crate::TokenManagerBuilder::store).
pub trait Repeatable: Grant {
    /// Returns the subject of the tokens, such as a user name or an account. Returns `None` if the tokens are those of
    /// the client itself. The subject is a component of the [store key](crate::store::StoreKey): use different subjects
    /// for managers whose requests lead to different tokens.
    fn subject(&self) -> Option<&str>;

    /// Returns further components of the [store key](crate::store::StoreKey), as names and values: what the tokens
    /// depend on besides the subject, the scopes and the additional parameters, such as an actor. Must not contain
    /// secrets. Default: none.
    fn bindings(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    /// Checks that the [store key](crate::store::StoreKey) is different for different tokens of this grant. Called when
    /// a manager with a store is built. Default: no error.
    ///
    /// # Errors
    /// [`BuildError::StoreNotApplicable`] names the cause and the remedy.
    fn check_sharing(&self) -> Result<(), BuildError> {
        Ok(())
    }
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

    fn parameters(&self) -> &[&str] {
        (**self).parameters()
    }

    fn check(&self, issuer: Option<&str>) -> Result<(), BuildError> {
        (**self).check(issuer)
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
