//! Client secrets: fixed ones, and those of a provider that is called before each attempt.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use super::ClientCredential;
use crate::Secret;
use crate::error::Error;
use crate::runtime::BoxFuture;

/// A client's secret and, during a rotation, the next one.
///
/// If the server rejects one of them with `invalid_client`, the other is tried once.
#[derive(Debug, Clone)]
pub struct ClientSecrets {
    current: Secret,
    next: Option<Secret>,
}

impl ClientSecrets {
    /// Creates client secrets from the current secret.
    pub fn new(current: impl Into<Secret>) -> Self {
        Self {
            current: current.into(),
            next: None,
        }
    }

    /// Adds the secret that is about to replace the current one.
    #[must_use]
    pub fn with_next(mut self, next: impl Into<Secret>) -> Self {
        self.next = Some(next.into());
        self
    }

    fn iter(&self) -> impl Iterator<Item = &Secret> {
        std::iter::once(&self.current).chain(&self.next)
    }
}

impl<S: Into<Secret>> From<S> for ClientSecrets {
    fn from(secret: S) -> Self {
        Self::new(secret)
    }
}

/// Provides the client's secret, such as from a file or a secret manager. Called before each attempt at the token
/// endpoint.
///
/// Implemented for closures: `|| async { Ok(ClientSecrets::new(read_secret_file().await?)) }`. Wrap other error types
/// with [`Error::credential_provider`].
pub trait CredentialProvider: Send + Sync + 'static {
    /// Returns the current secret, and the next one during a rotation. The time that this takes counts towards the time
    /// limit of the attempt.
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
pub(super) trait DynCredentialProvider: Send + Sync {
    fn secrets(&self) -> BoxFuture<'_, Result<ClientSecrets, Error>>;
}

impl<P: CredentialProvider> DynCredentialProvider for P {
    fn secrets(&self) -> BoxFuture<'_, Result<ClientSecrets, Error>> {
        Box::pin(CredentialProvider::secrets(self))
    }
}

/// Fixed secrets, or the application's provider.
#[derive(Clone)]
pub(super) enum SecretSource {
    Fixed(ClientSecrets),
    Provider(Arc<dyn DynCredentialProvider>),
}

impl SecretSource {
    pub(super) fn fixed(secrets: impl Into<ClientSecrets>) -> Self {
        Self::Fixed(secrets.into())
    }

    pub(super) fn provider(provider: impl CredentialProvider) -> Self {
        Self::Provider(Arc::new(provider))
    }

    pub(super) fn can_change(&self) -> bool {
        matches!(self, Self::Provider(_))
    }

    /// Returns a credential for each secret.
    pub(super) fn credentials<'a>(
        &'a self,
        credential: impl Fn(&Secret) -> ClientCredential + Send + 'a,
    ) -> BoxFuture<'a, Result<Vec<ClientCredential>, Error>> {
        Box::pin(async move {
            Ok(match self {
                Self::Fixed(secrets) => secrets.iter().map(credential).collect(),
                Self::Provider(provider) => provider.secrets().await?.iter().map(credential).collect(),
            })
        })
    }
}

impl fmt::Debug for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fixed(_) => "fixed",
            Self::Provider(_) => "provider",
        })
    }
}
