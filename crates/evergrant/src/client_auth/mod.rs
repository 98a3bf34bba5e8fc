//! Client authentication at the token endpoint (RFC 6749 section 2.3): one file per method.
//!
//! | Method | Sends | Registered name |
//! |---|---|---|
//! | [`ClientSecretBasic`] | client id and secret in the `Authorization` header, percent-encoded | `client_secret_basic` |
//! | [`ClientSecretBasicRaw`] | the same without percent-encoding, for servers that do not decode it | `client_secret_basic` |
//! | [`ClientSecretPost`] | client id and secret in the request body | `client_secret_post` |
//! | [`PublicClient`] | the client id in the request body, no secret | `none` |
//! | [`ClientAssertion`] | an assertion that somebody else signs, from a file or a function (RFC 7521) | `private_key_jwt` |
//! | `PrivateKeyJwt` of `evergrant-jose` | an assertion that the client's key signs (RFC 7523) | `private_key_jwt` |
//! | `ClientSecretJwt` of `evergrant-jose` | an assertion that the client's secret signs (RFC 7523) | `client_secret_jwt` |
//! | [`NoClientAuth`] | nothing: the assertion of the grant identifies the client | |
//! | a custom [`ClientAuth`] | custom headers and parameters | defined by the method |
//!
//! Pass one of them to a grant's builder. A plain secret means [`ClientSecretBasic`].
//! ```
//! use evergrant::ClientCredentials;
//! use evergrant::client_auth::ClientSecretPost;
//!
//! let basic = ClientCredentials::builder("client-id", "not-a-real-secret");
//! let post = ClientCredentials::builder("client-id", ClientSecretPost::new("not-a-real-secret"));
//! ```
//!
//! Only the configured method is used: after a rejection, the secret is never sent with another method.

mod client_assertion;
mod client_secret_basic;
mod client_secret_post;
mod client_secrets;
mod credential;
mod credential_history;
mod method_names;
mod no_client_auth;
mod public_client;

use std::fmt;
use std::sync::Arc;

use http::HeaderName;

pub use self::client_assertion::{ClientAssertion, JWT_BEARER};
pub use self::client_secret_basic::{ClientSecretBasic, ClientSecretBasicRaw};
pub use self::client_secret_post::ClientSecretPost;
pub use self::client_secrets::{ClientSecrets, CredentialProvider, SharedCredentialProvider};
pub use self::credential::ClientCredential;
pub(crate) use self::credential_history::CredentialHistory;
pub use self::method_names::ClientAuthMethod;
pub use self::no_client_auth::NoClientAuth;
pub use self::public_client::PublicClient;
use crate::Secret;
use crate::error::{BuildError, Error};
use crate::runtime::BoxFuture;
use crate::token_request_context::TokenRequestContext;
use crate::transport::TransportIdentity;

/// A client authentication method (RFC 6749 section 2.3). Implement this trait for methods that this module does not
/// include.
///
/// # Contract
/// - [`authenticate`](Self::authenticate) is called before each request to the token endpoint, so that each request has
///   its own assertion and `jti`. The time that it takes counts towards the [time limit of the
///   request](crate::TimeLimits::attempt).
/// - Credentials contain only the [`headers`](Self::headers) and [`parameters`](Self::parameters) that the method
///   declares. If the application sets one of these itself, building the manager fails.
/// - The `Debug` output shows no secret. A value that must not appear in errors is a [secret
///   parameter](ClientCredential::secret_param) or [masked](ClientCredential::mask).
///
/// ```
/// use evergrant::client_auth::{ClientAuth, ClientCredential};
/// use evergrant::runtime::BoxFuture;
/// use evergrant::{ClientCredentials, Error, Secret, TokenRequestContext};
///
/// /// Sends the client's key in a custom parameter.
/// #[derive(Debug)]
/// struct DeviceKey(Secret);
///
/// impl ClientAuth for DeviceKey {
///     fn name(&self) -> &str {
///         "device_key"
///     }
///
///     fn authenticate<'a>(
///         &'a self,
///         request: TokenRequestContext<'a>,
///     ) -> BoxFuture<'a, Result<Vec<ClientCredential>, Error>> {
///         let credential = ClientCredential::new(self.0.clone())
///             .param("client_id", request.client_id())
///             .secret_param("device_key", self.0.clone());
///         Box::pin(async { Ok(vec![credential]) })
///     }
///
///     fn parameters(&self) -> &[&str] {
///         &["client_id", "device_key"]
///     }
/// }
///
/// let key = DeviceKey(Secret::from("not-a-real-key"));
/// let builder = ClientCredentials::builder("client-id", key);
/// ```
pub trait ClientAuth: fmt::Debug + Send + Sync + 'static {
    /// Returns the registered name of the client authentication method (RFC 7591 section 2), which appears in errors
    /// and in the [store key](crate::store::StoreKey).
    fn name(&self) -> &str;

    /// Returns the client's credentials for one request to the token endpoint, the preferred one first. During a
    /// rotation, there are two. If the server rejects a credential (`invalid_client`), the next one is tried
    /// immediately. Later requests start with the credential that the server accepted last.
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
    /// credentials again, and sends a token request if they have changed. Default: `false`.
    fn can_change(&self) -> bool {
        false
    }

    /// Validates the settings of the client authentication method when a manager is built. `issuer` is the issuer
    /// identifier of the authorization server, if the application set it. Default: all settings are valid.
    ///
    /// # Errors
    /// [`BuildError`] names the invalid setting.
    fn check(&self, issuer: Option<&str>) -> Result<(), BuildError> {
        let _ = issuer;
        Ok(())
    }

    /// Returns an identifier of what the tokens are bound to in addition to the client id, such as the thumbprint of a
    /// key. The identifier is a component of the [store key](crate::store::StoreKey), so that processes share only
    /// tokens that they can use. It must not be a secret. Default: `None`.
    fn key_id(&self) -> Option<String> {
        None
    }

    /// Validates that the client is known, so that processes can share its tokens in a store. Called when a manager
    /// with a store is built. Default: the client id identifies the client.
    ///
    /// # Errors
    /// [`BuildError::StoreNotApplicable`] names the setting that identifies the client.
    fn check_sharing(&self) -> Result<(), BuildError> {
        Ok(())
    }

    /// Returns the signature algorithm of the client's assertions, such as `ES256`. If the metadata of the issuer lists
    /// other algorithms only, a token request is an error that names them, and nothing is sent. Default: `None`; no
    /// algorithm is compared.
    fn signature_algorithm(&self) -> Option<String> {
        None
    }

    /// Returns the client certificate for connections to the token endpoint (RFC 8705). Called before each request.
    /// When the certificate's [id](TransportIdentity::id) changes, new requests use a transport [with the new
    /// certificate](crate::Transport::with_identity), and requests in progress finish on the old transport. Default:
    /// `None`.
    fn transport_identity(&self) -> Option<TransportIdentity> {
        None
    }

    /// Reads the client certificate again, in case it has changed. The library calls this function at most once per
    /// second, before API requests, on a thread that may block. It does not call it before token requests: read the
    /// certificate in [`authenticate`](Self::authenticate) too. Default: does nothing.
    fn reload_transport_identity(&self) {}
}

/// A shared handle to any [`ClientAuth`] method. A plain secret and [`ClientSecrets`] convert to [`ClientSecretBasic`].
#[derive(Clone)]
pub struct SharedClientAuth(Arc<dyn ClientAuth>);

impl SharedClientAuth {
    /// Creates a shared handle to a client authentication method.
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
