//! Client authentication at the token endpoint (RFC 6749 section 2.3): one file per method.
//!
//! | Method | Sends | Registered name |
//! |---|---|---|
//! | [`ClientSecretBasic`] | client id and secret in the `Authorization` header, percent-encoded | `client_secret_basic` |
//! | [`ClientSecretBasicRaw`] | the same without percent-encoding, for servers that do not decode it | `client_secret_basic` |
//! | [`ClientSecretPost`] | client id and secret in the request body | `client_secret_post` |
//! | [`PublicClient`] | the client id in the request body, no secret | `none` |
//! | a custom [`ClientAuth`] | custom headers and parameters, such as a signed assertion (RFC 7521) | defined by the method |
//!
//! Pass one of them to a grant's builder. A plain secret means [`ClientSecretBasic`]:
//! ```
//! use evergrant::ClientCredentials;
//! use evergrant::client_auth::ClientSecretPost;
//!
//! let basic = ClientCredentials::builder("client-id", "not-a-real-secret");
//! let post = ClientCredentials::builder("client-id", ClientSecretPost::new("not-a-real-secret"));
//! ```
//!
//! Only the configured method is used; a secret is never sent in another form after a rejection.

mod basic;
mod credential;
mod history;
mod method;
mod post;
mod public;
mod secrets;

use std::fmt;
use std::sync::Arc;

use http::HeaderName;

pub use self::basic::{ClientSecretBasic, ClientSecretBasicRaw};
pub use self::credential::ClientCredential;
pub(crate) use self::history::CredentialHistory;
pub use self::method::ClientAuthMethod;
pub use self::post::ClientSecretPost;
pub use self::public::PublicClient;
pub use self::secrets::{ClientSecrets, CredentialProvider};
use crate::Secret;
use crate::error::Error;
use crate::runtime::BoxFuture;
use crate::token_request_context::TokenRequestContext;
use crate::transport::TransportIdentity;

/// A client authentication method (RFC 6749 section 2.3). Implement this trait for methods that this module does not
/// include, such as an assertion signed with a key (RFC 7523) or by the platform.
///
/// # Contract
/// - [`authenticate`](Self::authenticate) is called for each attempt, so that each attempt has its own assertion and
///   `jti`. The time that it takes counts towards the time limit of the attempt.
/// - Credentials contain only the [`headers`](Self::headers) and [`parameters`](Self::parameters) that the method
///   declares. If the application sets one of these itself, building the manager fails.
/// - `Debug` shows no secret. A value that must not appear in errors is a
///   [secret parameter](ClientCredential::secret_param) or [masked](ClientCredential::mask).
///
/// ```
/// use evergrant::client_auth::{ClientAuth, ClientCredential};
/// use evergrant::runtime::BoxFuture;
/// use evergrant::{ClientCredentials, Error, TokenRequestContext};
///
/// /// Sends the assertion that the platform writes to a file.
/// #[derive(Debug)]
/// struct WorkloadIdentity;
///
/// impl ClientAuth for WorkloadIdentity {
///     fn name(&self) -> &str {
///         "private_key_jwt"
///     }
///
///     fn authenticate<'a>(
///         &'a self,
///         request: TokenRequestContext<'a>,
///     ) -> BoxFuture<'a, Result<Vec<ClientCredential>, Error>> {
///         Box::pin(async move {
///             let assertion = std::fs::read_to_string("/var/run/secrets/assertion").map_err(Error::client_auth)?;
///             Ok(vec![ClientCredential::new(assertion.as_str())
///                 .param("client_id", request.client_id())
///                 .param("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
///                 .secret_param("client_assertion", assertion)])
///         })
///     }
///
///     fn parameters(&self) -> &[&str] {
///         &["client_id", "client_assertion_type", "client_assertion"]
///     }
///
///     fn can_change(&self) -> bool {
///         true
///     }
/// }
///
/// let builder = ClientCredentials::builder("client-id", WorkloadIdentity);
/// ```
pub trait ClientAuth: fmt::Debug + Send + Sync + 'static {
    /// Returns the registered name of the method (RFC 7591 section 2), for errors and the [store
    /// key](crate::store::StoreKey).
    fn name(&self) -> &str;

    /// Returns the credentials for one attempt, the preferred one first. If the server rejects a credential
    /// (`invalid_client`), the next one is tried immediately; during a rotation, there are two. Later attempts start
    /// with the credential that the server accepted last.
    ///
    /// # Errors
    /// Wrap other error types with [`Error::client_auth`]. The next call tries again.
    fn authenticate<'a>(
        &'a self,
        request: TokenRequestContext<'a>,
    ) -> BoxFuture<'a, Result<Vec<ClientCredential>, Error>>;

    /// Returns the names of the headers that the credentials of this method contain. Default: none.
    fn headers(&self) -> &[HeaderName] {
        &[]
    }

    /// Returns the names of the body parameters that the credentials of this method contain. Default: none.
    fn parameters(&self) -> &[&str] {
        &[]
    }

    /// Returns whether the credentials can change while the program runs. If so, each call after a rejection checks the
    /// credentials again, and sends a request if they have changed. Default: `false`.
    fn can_change(&self) -> bool {
        false
    }

    /// Returns an identifier of what the tokens are bound to in addition to the client id, such as the thumbprint of a
    /// key. The identifier is part of the [store key](crate::store::StoreKey), so that processes share only tokens that
    /// they can use. It must not be a secret. Default: `None`.
    fn key_id(&self) -> Option<String> {
        None
    }

    /// Returns the client certificate for connections to the token endpoint (RFC 8705). Called before each attempt.
    /// When the certificate's [id](TransportIdentity::id) changes, the transport is replaced by one [with the new
    /// certificate](crate::Transport::with_identity); requests in progress finish on the old transport. Default:
    /// `None`.
    fn transport_identity(&self) -> Option<TransportIdentity> {
        None
    }
}

/// A shared handle to a [`ClientAuth`] method. A plain secret or [`ClientSecrets`] converts to [`ClientSecretBasic`].
#[derive(Clone)]
pub struct SharedClientAuth(Arc<dyn ClientAuth>);

impl SharedClientAuth {
    /// Creates a handle to a client authentication method.
    pub fn new(auth: impl ClientAuth) -> Self {
        Self(Arc::new(auth))
    }
}

impl std::ops::Deref for SharedClientAuth {
    type Target = dyn ClientAuth;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl<A: ClientAuth> From<A> for SharedClientAuth {
    fn from(auth: A) -> Self {
        Self::new(auth)
    }
}

impl From<ClientSecrets> for SharedClientAuth {
    fn from(secrets: ClientSecrets) -> Self {
        Self::new(ClientSecretBasic::new(secrets))
    }
}

impl From<Secret> for SharedClientAuth {
    fn from(secret: Secret) -> Self {
        ClientSecrets::new(secret).into()
    }
}

impl From<String> for SharedClientAuth {
    fn from(secret: String) -> Self {
        ClientSecrets::new(secret).into()
    }
}

impl From<&str> for SharedClientAuth {
    fn from(secret: &str) -> Self {
        ClientSecrets::new(secret).into()
    }
}

impl fmt::Debug for SharedClientAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}
