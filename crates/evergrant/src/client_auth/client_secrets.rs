//! Client secrets: fixed ones, and those of a provider that is called before each request to the token endpoint.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use super::ClientCredential;
use crate::Secret;
use crate::error::Error;
use crate::runtime::BoxFuture;

/// The secret of a client and, during a rotation, the secret that replaces it.
///
/// If the server rejects one of the two secrets (`invalid_client`), the other one is tried once.
#[derive(Debug, Clone)]
pub struct ClientSecrets {
    current: Secret,
    next: Option<Secret>,
}

impl ClientSecrets {
    /// Creates client secrets with only the current secret. During a rotation, add the next one with
    /// [`with_next`](Self::with_next).
    pub fn new(current: impl Into<Secret>) -> Self {
        Self {
            current: current.into(),
            next: None,
        }
    }

    /// Adds the secret that is about to replace the current one, during a rotation.
    #[must_use]
    pub fn with_next(mut self, next: impl Into<Secret>) -> Self {
        self.next = Some(next.into());
        self
    }

    /// Returns the current secret and, during a rotation, the next one.
    pub fn iter(&self) -> impl Iterator<Item = &Secret> {
        std::iter::once(&self.current).chain(&self.next)
    }
}

impl<S: Into<Secret>> From<S> for ClientSecrets {
    fn from(secret: S) -> Self {
        Self::new(secret)
    }
}

/// Provides the client's secret, such as from a file or a secret manager. Called before each request to the token
/// endpoint.
///
/// Closures without arguments implement this trait: `|| async { Ok(ClientSecrets::new(read_secret_file().await?)) }`.
/// Wrap other error types with [`Error::credential_provider`].
pub trait CredentialProvider: Send + Sync + 'static {
    /// Returns the current secret and, during a rotation, the next one. The time that this method takes counts towards
    /// the [time limit of the token request](crate::TimeLimits::attempt).
    fn secrets(&self) -> impl Future<Output = Result<ClientSecrets, Error>> + Send;
}

impl<F, Fut> CredentialProvider for F
where
    F: Fn() -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<ClientSecrets, Error>> + Send,
{
    fn secrets(&self) -> impl Future<Output = Result<ClientSecrets, Error>> + Send {
        self()
    }
}

/// The object-safe form of [`CredentialProvider`].
trait DynCredentialProvider: Send + Sync {
    fn secrets(&self) -> BoxFuture<'_, Result<ClientSecrets, Error>>;
}

impl<P: CredentialProvider> DynCredentialProvider for P {
    fn secrets(&self) -> BoxFuture<'_, Result<ClientSecrets, Error>> {
        Box::pin(CredentialProvider::secrets(self))
    }
}

/// A shared handle to the source of a client's secrets: fixed secrets, or a [`CredentialProvider`]. Use it to implement
/// a client authentication method that is based on a secret.
///
/// ```
/// use evergrant::client_auth::{ClientSecrets, SharedCredentialProvider};
///
/// let fixed = SharedCredentialProvider::from(ClientSecrets::new("not-a-real-secret"));
/// assert!(!fixed.can_change());
/// let read = SharedCredentialProvider::new(|| async { Ok(ClientSecrets::new("not-a-real-secret")) });
/// assert!(read.can_change());
/// ```
#[derive(Clone)]
pub struct SharedCredentialProvider(Source);

#[derive(Clone)]
enum Source {
    Fixed(ClientSecrets),
    Provider(Arc<dyn DynCredentialProvider>),
}

impl SharedCredentialProvider {
    /// Creates a shared handle to a provider of client secrets.
    pub fn new(provider: impl CredentialProvider) -> Self {
        Self(Source::Provider(Arc::new(provider)))
    }

    /// Returns the current secret and, during a rotation, the next one.
    ///
    /// # Errors
    /// The error of the provider.
    pub async fn secrets(&self) -> Result<ClientSecrets, Error> {
        match &self.0 {
            Source::Fixed(secrets) => Ok(secrets.clone()),
            Source::Provider(provider) => provider.secrets().await,
        }
    }

    /// Returns the fixed secrets. Returns `None` if the secrets come from a provider.
    #[must_use]
    pub fn fixed(&self) -> Option<&ClientSecrets> {
        match &self.0 {
            Source::Fixed(secrets) => Some(secrets),
            Source::Provider(_) => None,
        }
    }

    /// Returns whether the secrets come from a provider, so that they can change while the program runs.
    #[must_use]
    pub fn can_change(&self) -> bool {
        self.fixed().is_none()
    }

    /// Returns a credential for each secret.
    pub(super) fn credentials<'a>(
        &'a self,
        credential: impl Fn(&Secret) -> ClientCredential + Send + 'a,
    ) -> BoxFuture<'a, Result<Vec<ClientCredential>, Error>> {
        Box::pin(async move { Ok(self.secrets().await?.iter().map(credential).collect()) })
    }
}

impl<S: Into<ClientSecrets>> From<S> for SharedCredentialProvider {
    fn from(secrets: S) -> Self {
        Self(Source::Fixed(secrets.into()))
    }
}

impl fmt::Debug for SharedCredentialProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Source::Fixed(_) => "fixed",
            Source::Provider(_) => "provider",
        })
    }
}
