//! The settings for sharing tokens through a store, and the store key that follows from them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{Coordinator, Deferral};
use crate::error::BuildError;
use crate::grant::Repeatable;
use crate::manager::backoff::FailureBackoff;
use crate::manager::token_deadlines::LifetimePolicy;
use crate::scope::Scopes;
use crate::store::{
    DEFAULT_LEASE_TERM, LeasedRecord, OPERATION_LIMIT, SharedStore, StoreKey, StoreKeyBuilder, TokenStore,
};
use crate::token_endpoint::{ScopePolicy, ServerLocation, Settings};

/// A store through which processes share tokens, with the settings of this manager for it. Pass it to
/// [`TokenManagerBuilder::store`](crate::TokenManagerBuilder::store).
///
/// | Setting | Default |
/// |---|---|
/// | [`namespace`](Self::namespace): separates managers with the same settings | none |
/// | [`credential_label`](Self::credential_label): distinguishes secrets of one client id | none |
/// | [`operation_timeout`](Self::operation_timeout): limit of one store operation | 1 s |
/// | [`lease`](Self::lease): duration of the lease of the process that fetches | 3 s |
///
/// ```
/// use std::time::Duration;
/// use evergrant::store::MemoryStore;
/// use evergrant::{ClientCredentials, Sharing};
///
/// let sharing = Sharing::new(MemoryStore::new())
///     .namespace("staging")
///     .lease(Duration::from_secs(5));
/// let builder = ClientCredentials::builder("client-id", "not-a-real-secret").store(sharing);
/// ```
#[derive(Debug, Clone)]
pub struct Sharing {
    pub(in crate::manager) store: SharedStore,
    pub(in crate::manager) namespace: Option<String>,
    pub(in crate::manager) credential_label: Option<String>,
    pub(in crate::manager) operation_limit: Duration,
    pub(in crate::manager) lease_term: Duration,
    grant: GrantIdentity,
}

/// What tells apart the tokens of a grant, and why processes cannot share them.
#[derive(Debug, Clone, Default)]
struct GrantIdentity {
    subject: Option<String>,
    bindings: Vec<(String, String)>,
    problem: Option<BuildError>,
}

impl Sharing {
    /// Creates the default settings for sharing tokens through this store.
    pub fn new(store: impl Into<SharedStore>) -> Self {
        Self {
            store: store.into(),
            namespace: None,
            credential_label: None,
            operation_limit: OPERATION_LIMIT,
            lease_term: DEFAULT_LEASE_TERM,
            grant: GrantIdentity::default(),
        }
    }

    /// Sets a namespace, such as the name of a deployment. Token managers share a token only if their namespaces are
    /// equal. Default: none.
    #[must_use]
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// Sets a label that distinguishes several client secrets of one client id, if the server issues different tokens
    /// for them. Token managers share a token only if their labels are equal. Use a name such as `blue`, not the secret
    /// or a hash of it. Default: none.
    #[must_use]
    pub fn credential_label(mut self, label: impl Into<String>) -> Self {
        self.credential_label = Some(label.into());
        self
    }

    /// Sets the time limit of one operation on the store. An operation that takes longer fails. Default: 1 s.
    #[must_use]
    pub fn operation_timeout(mut self, limit: Duration) -> Self {
        self.operation_limit = limit;
        self
    }

    /// Sets the duration of a lease. A lease gives one process the right to fetch the token. The process extends its
    /// lease during the fetch. If it does not extend the lease for this duration, another process takes over. Default:
    /// 3 s.
    ///
    /// Because the lease is extended, its duration can be shorter than the response time of a slow server. Use the same
    /// duration in all processes. If another process holds a lease of more than twice this duration, this process waits
    /// only for this duration, or for the default duration if that is longer.
    #[must_use]
    pub fn lease(mut self, duration: Duration) -> Self {
        self.lease_term = duration;
        self
    }
}

impl<S: TokenStore> From<S> for Sharing {
    fn from(store: S) -> Self {
        Self::new(store)
    }
}

impl From<SharedStore> for Sharing {
    fn from(store: SharedStore) -> Self {
        Self::new(store)
    }
}

impl Sharing {
    /// Sets what tells apart the tokens of this grant.
    pub(in crate::manager) fn for_grant(mut self, grant: &impl Repeatable) -> Self {
        self.grant = GrantIdentity {
            subject: grant.subject().map(str::to_owned),
            bindings: grant.bindings(),
            problem: grant.check_sharing().err(),
        };
        self
    }

    /// Rejects a grant whose tokens the key of the record does not tell apart.
    pub(in crate::manager) fn check_grant(&self) -> Result<(), BuildError> {
        self.grant.problem.clone().map_or(Ok(()), Err)
    }

    fn key(&self, settings: &Settings) -> StoreKey {
        let mut key = server_key(settings)
            .client_auth(settings.auth.name())
            .grant(settings.grant.name(), self.grant.subject.as_deref())
            .scopes(settings.scopes.iter());
        for (name, value) in &settings.parameters {
            key = key.param(name, value);
        }
        for (name, value) in settings.options.identity() {
            key = key.header(name, value);
        }
        for (name, value) in &self.grant.bindings {
            key = key.binding(format!("grant: {name}"), value);
        }
        let proof_key = settings.proof.as_ref().map(|proof| proof.key_id());
        let certificate = settings.auth.transport_identity();
        let certificate = certificate.map(|identity| identity.id().to_owned());
        let bindings = [
            ("client key", settings.auth.key_id()),
            ("proof key", proof_key),
            ("certificate", certificate),
        ];
        for (name, value) in bindings {
            if let Some(value) = value {
                key = key.binding(name, value);
            }
        }
        self.separate(key).build()
    }

    /// Returns a builder for the keys of the users' records: `grant` adds the user. Scopes and request parameters are
    /// not part of these keys, and neither are client authentication and its keys: users stay signed in when the
    /// application changes them, and the server accepts their refresh tokens.
    pub(in crate::manager) fn user_keys(&self, settings: &Settings) -> StoreKeyBuilder {
        let key = server_key(settings).client_auth("a user's token");
        let key = match &settings.proof {
            Some(proof) => key.binding("proof key", proof.key_id()),
            None => key,
        };
        self.separate(key)
    }

    /// Keeps records apart from those of otherwise identical managers.
    fn separate(&self, mut key: StoreKeyBuilder) -> StoreKeyBuilder {
        if let Some(label) = &self.credential_label {
            key = key.credential_label(label);
        }
        if let Some(namespace) = &self.namespace {
            key = key.namespace(namespace);
        }
        key
    }
}

/// Returns a builder for keys of this client at its authorization server.
fn server_key(settings: &Settings) -> StoreKeyBuilder {
    match &settings.location {
        ServerLocation::Url(server) => {
            let key = StoreKey::builder(server.token_endpoint.as_str(), &settings.client_id);
            match &server.issuer {
                Some(issuer) => key.binding("issuer", issuer),
                None => key,
            }
        }
        ServerLocation::Issuer(cache) => StoreKey::for_issuer(cache.issuer().canonical(), &settings.client_id),
    }
}

impl Coordinator {
    pub(in crate::manager) fn new(
        settings: Sharing,
        endpoint: &Settings,
        lifetime: LifetimePolicy,
        backoff: FailureBackoff,
    ) -> Self {
        let key = settings.key(endpoint);
        let needed_scopes = match endpoint.scope_policy {
            ScopePolicy::Strict => endpoint.scopes.clone(),
            ScopePolicy::Warn => Scopes::default(),
        };
        let leased_record = record(&settings, key, endpoint);
        Self::of_record(settings, leased_record, endpoint, needed_scopes, lifetime, backoff)
    }

    /// Returns the coordinator of the user with this key, whose record is kept for `retention` after its last write.
    pub(in crate::manager) fn for_user(
        settings: Sharing,
        key: StoreKey,
        retention: Duration,
        endpoint: &Settings,
        lifetime: LifetimePolicy,
        backoff: FailureBackoff,
    ) -> Self {
        let leased_record = record(&settings, key, endpoint).for_user(retention);
        // A user may have granted fewer scopes.
        Self::of_record(settings, leased_record, endpoint, Scopes::default(), lifetime, backoff)
    }

    fn of_record(
        settings: Sharing,
        leased_record: LeasedRecord,
        endpoint: &Settings,
        needed_scopes: Scopes,
        lifetime: LifetimePolicy,
        backoff: FailureBackoff,
    ) -> Self {
        Self {
            listener: leased_record.listen(),
            leased_record,
            settings,
            client: Arc::clone(&endpoint.client),
            runtime: endpoint.runtime.clone(),
            lifetime,
            backoff,
            fetch_timeout: endpoint.fetch_timeout,
            needed_scopes,
            keys: endpoint.client_keys(),
            deferral: Deferral::default(),
            unsaved: Mutex::default(),
        }
    }

    /// Returns a coordinator for the same store and another token request.
    pub(in crate::manager) fn for_endpoint(&self, endpoint: &Settings) -> Self {
        Self::new(self.settings.clone(), endpoint, self.lifetime, self.backoff)
    }

    /// Returns a coordinator for the same store and another grant.
    pub(in crate::manager) fn with_grant(&self, grant: &impl Repeatable, endpoint: &Settings) -> Self {
        let settings = self.settings.clone().for_grant(grant);
        Self::new(settings, endpoint, self.lifetime, self.backoff)
    }

    pub(in crate::manager) fn key(&self) -> &StoreKey {
        self.leased_record.key()
    }
}

fn record(settings: &Sharing, key: StoreKey, endpoint: &Settings) -> LeasedRecord {
    LeasedRecord::new(settings.store.clone(), key)
        .with_runtime(endpoint.runtime.clone())
        .with_limit(settings.operation_limit)
        .for_client(&endpoint.client, &endpoint.scopes)
}
