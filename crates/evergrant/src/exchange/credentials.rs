//! Where the client's secret comes from: fixed, or read anew for each attempt so that a rotated one is picked up.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use crate::Secret;
use crate::error::Error;
use crate::runtime::BoxFuture;

/// A client's secret, and during a rotation the next one too.
///
/// When the server answers `invalid_client` to one of the two, the other is tried once.
#[derive(Debug, Clone)]
pub struct ClientSecrets {
    current: Secret,
    next: Option<Secret>,
}

impl ClientSecrets {
    /// The secret in use.
    pub fn new(current: impl Into<Secret>) -> Self {
        Self {
            current: current.into(),
            next: None,
        }
    }

    /// The secret that is about to replace it.
    #[must_use]
    pub fn with_next(mut self, next: impl Into<Secret>) -> Self {
        self.next = Some(next.into());
        self
    }

    fn contains(&self, secret: &Secret) -> bool {
        self.iter().any(|known| known.same_as(secret))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Secret> {
        std::iter::once(&self.current).chain(&self.next)
    }

    fn same_as(&self, other: &Self) -> bool {
        self.iter().count() == other.iter().count() && self.iter().all(|secret| other.contains(secret))
    }
}

impl<S: Into<Secret>> From<S> for ClientSecrets {
    fn from(secret: S) -> Self {
        Self::new(secret)
    }
}

/// Gives the client's secret, from wherever it is kept; asked before each attempt at the token endpoint.
///
/// Implemented for closures: `|| async { Ok(ClientSecrets::new(read_secret_file().await?)) }`. Wrap a failure of your own
/// with [`Error::credential_provider`].
pub trait CredentialProvider: Send + Sync + 'static {
    /// The secret as it is now. Counts against the attempt's time limit.
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

/// A handle to any [`CredentialProvider`].
#[derive(Clone)]
pub(crate) struct SharedCredentialProvider(Arc<dyn DynCredentialProvider>);

impl SharedCredentialProvider {
    pub(crate) fn new(provider: impl CredentialProvider) -> Self {
        Self(Arc::new(provider))
    }
}

/// The object-safe twin of [`CredentialProvider`].
trait DynCredentialProvider: Send + Sync {
    fn secrets(&self) -> BoxFuture<'_, Result<ClientSecrets, Error>>;
}

impl<P: CredentialProvider> DynCredentialProvider for P {
    fn secrets(&self) -> BoxFuture<'_, Result<ClientSecrets, Error>> {
        Box::pin(CredentialProvider::secrets(self))
    }
}

/// The configured source of secrets, and what the server thought of them.
pub(crate) struct Credentials {
    source: CredentialSource,
    verdict: Mutex<Verdict>,
}

#[derive(Clone)]
pub(crate) enum CredentialSource {
    Fixed(ClientSecrets),
    Provider(SharedCredentialProvider),
}

#[derive(Default)]
struct Verdict {
    /// Of two secrets, the one that worked last.
    accepted: Option<Secret>,
    refused: Option<ClientSecrets>,
}

impl Credentials {
    pub(crate) fn new(source: CredentialSource) -> Self {
        Self {
            source,
            verdict: Mutex::default(),
        }
    }

    /// The secrets as they are now, the likeliest first.
    pub(crate) async fn read(&self) -> Result<ClientSecrets, Error> {
        let secrets = match &self.source {
            CredentialSource::Fixed(secrets) => secrets.clone(),
            CredentialSource::Provider(provider) => provider.0.secrets().await?,
        };
        let verdict = self.verdict.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(match (&verdict.accepted, &secrets.next) {
            (Some(accepted), Some(next)) if next.same_as(accepted) => ClientSecrets {
                current: next.clone(),
                next: Some(secrets.current),
            },
            _ => secrets,
        })
    }

    pub(crate) fn accepted(&self, secret: &Secret) {
        let mut verdict = self.verdict.lock().unwrap_or_else(PoisonError::into_inner);
        verdict.accepted = Some(secret.clone());
        verdict.refused = None;
    }

    pub(crate) fn refused(&self, secrets: &ClientSecrets) {
        let mut verdict = self.verdict.lock().unwrap_or_else(PoisonError::into_inner);
        verdict.refused = Some(secrets.clone());
    }

    /// Whether [`changed_since_refusal`](Self::changed_since_refusal) can ever say yes.
    pub(crate) fn can_change(&self) -> bool {
        matches!(self.source, CredentialSource::Provider(_))
    }

    pub(crate) async fn changed_since_refusal(&self) -> bool {
        if !self.can_change() {
            return false;
        }
        let Ok(secrets) = self.read().await else {
            return false;
        };
        let verdict = self.verdict.lock().unwrap_or_else(PoisonError::into_inner);
        verdict
            .refused
            .as_ref()
            .is_some_and(|refused| !refused.same_as(&secrets))
    }
}
