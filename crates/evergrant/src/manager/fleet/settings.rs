//! What a manager is told of its fleet, and the key that follows from it.

use std::sync::Arc;
use std::time::Duration;

use super::{Deferral, Fleet};
use crate::exchange::{ScopePolicy, Settings};
use crate::manager::backoff::QuietPolicy;
use crate::manager::deadline::LifetimePolicy;
use crate::scope::Scopes;
use crate::store::{Ledger, SharedStore, StoreKey};

/// As the application set it.
#[derive(Debug, Clone)]
pub(in crate::manager) struct FleetSettings {
    pub(in crate::manager) store: SharedStore,
    pub(in crate::manager) namespace: Option<String>,
    pub(in crate::manager) credential_label: Option<String>,
    pub(in crate::manager) operation_limit: Duration,
    pub(in crate::manager) lease_term: Duration,
}

impl FleetSettings {
    fn key(&self, settings: &Settings) -> StoreKey {
        let grant = settings.options.grant_type.as_deref();
        let grant = grant.filter(|name| *name != "client_credentials");
        let mut key = StoreKey::builder(settings.endpoint.as_str(), &settings.client_id)
            .client_auth(settings.auth)
            .grant(grant.unwrap_or(settings.grant.name()), settings.grant.username())
            .scopes(settings.scopes.iter());
        for (name, value) in &settings.parameters {
            key = key.param(name, value);
        }
        for (name, value) in settings.options.identity() {
            key = key.header(name, value);
        }
        if let Some(label) = &self.credential_label {
            key = key.credential_label(label);
        }
        if let Some(namespace) = &self.namespace {
            key = key.namespace(namespace);
        }
        key.build()
    }
}

impl Fleet {
    pub(in crate::manager) fn new(
        settings: FleetSettings,
        exchange: &Settings,
        lifetime: LifetimePolicy,
        quiet: QuietPolicy,
    ) -> Self {
        let needed_scopes = match exchange.scope_policy {
            ScopePolicy::Strict => exchange.scopes.clone(),
            ScopePolicy::Warn => Scopes::default(),
        };
        let ledger = Ledger::new(settings.store.clone(), settings.key(exchange))
            .with_runtime(exchange.runtime.clone())
            .with_limit(settings.operation_limit)
            .for_client(&exchange.client, &exchange.scopes);
        Self {
            listener: ledger.listen(),
            ledger,
            settings,
            client: Arc::clone(&exchange.client),
            runtime: exchange.runtime.clone(),
            lifetime,
            quiet,
            flight_timeout: exchange.flight_timeout,
            needed_scopes,
            deferral: Deferral::default(),
        }
    }

    /// The place of a manager like this one that asks for something else.
    pub(in crate::manager) fn for_exchange(&self, exchange: &Settings) -> Self {
        Self::new(self.settings.clone(), exchange, self.lifetime, self.quiet)
    }

    pub(in crate::manager) fn key(&self) -> &StoreKey {
        self.ledger.key()
    }
}
