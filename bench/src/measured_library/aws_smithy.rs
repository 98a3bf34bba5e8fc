//! `IdentityCache::lazy()` with a `ResolveIdentity` that fetches, called as the orchestrator of every AWS SDK client
//! calls it. The documentation of `IdentityCache` shows the same cache as a setting of a client.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result, anyhow};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_async::time::SystemTimeSource;
use aws_smithy_runtime::client::auth::http::BearerAuthScheme;
use aws_smithy_runtime::client::identity::IdentityCache;
use aws_smithy_runtime::client::orchestrator::endpoints::StaticUriEndpointResolver;
use aws_smithy_runtime::client::retries::strategy::NeverRetryStrategy;
use aws_smithy_runtime_api::client::auth::SharedAuthScheme;
use aws_smithy_runtime_api::client::auth::http::HTTP_BEARER_AUTH_SCHEME_ID;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::identity::http::Token;
use aws_smithy_runtime_api::client::identity::{
    Identity, IdentityFuture, ResolveCachedIdentity as _, ResolveIdentity, SharedIdentityResolver,
};
use aws_smithy_runtime_api::client::runtime_components::{RuntimeComponents, RuntimeComponentsBuilder};
use aws_smithy_types::config_bag::ConfigBag;
use http::HeaderMap;

use super::token_source::TokenSource;
use super::{Setup, StaleToken, Subject, add_bearer};
use crate::scenario_names::Scenario;

#[derive(Clone)]
pub struct AwsSmithy(Arc<Client>);

struct Client {
    components: RuntimeComponents,
    config: ConfigBag,
    resolver: SharedIdentityResolver,
}

#[derive(Debug)]
struct Resolver(TokenSource);

impl Subject for AwsSmithy {
    const NAME: &'static str = "aws-smithy-runtime";
    const VERSION: &'static str = "1.16.2";

    type TokenId = ();

    async fn new(setup: &Setup) -> Result<Self> {
        let mut cache = IdentityCache::lazy();
        if setup.scenario == Some(Scenario::T7) {
            // The default of 10 s is for long lifetimes. Here it is a quarter of the lifetime of 3 s.
            cache.set_buffer_time(Some(Duration::from_millis(750)));
        }
        let resolver = SharedIdentityResolver::new(Resolver(TokenSource::new(setup)));
        let scheme = HTTP_BEARER_AUTH_SCHEME_ID;
        // The builder requires all of these components, although the cache does not use them.
        let components = RuntimeComponentsBuilder::new("bench")
            .with_auth_scheme(SharedAuthScheme::new(BearerAuthScheme::new()))
            .with_auth_scheme_option_resolver(Some(StaticAuthSchemeOptionResolver::new(vec![scheme.clone()])))
            .with_endpoint_resolver(Some(StaticUriEndpointResolver::http_localhost(443)))
            .with_identity_cache(Some(cache.build()))
            .with_identity_resolver(scheme, resolver.clone())
            .with_retry_strategy(Some(NeverRetryStrategy::new()))
            .with_time_source(Some(SystemTimeSource::new()))
            .with_sleep_impl(Some(TokioSleep::new()))
            .build()?;
        Ok(Self(Arc::new(Client {
            components,
            config: ConfigBag::base(),
            resolver,
        })))
    }

    async fn authorize(&self, headers: &mut HeaderMap) -> Result<()> {
        let Client {
            components,
            config,
            resolver,
        } = &*self.0;
        let cache = components.identity_cache();
        let identity = cache
            .resolve_cached_identity(resolver.clone(), components, config)
            .await
            .map_err(|error| anyhow!(error))?;
        let token = identity.data::<Token>().context("not a token")?.token();
        add_bearer(headers, token)
    }

    async fn report_rejection(&self, (): &()) -> Result<()> {
        Ok(())
    }

    /// It renews 10 s before expiry, minus a jitter of up to 5 s.
    fn stale_token() -> StaleToken {
        StaleToken::ShortLived(Duration::from_secs(5))
    }

    fn unsupported(scenario: Scenario) -> Option<&'static str> {
        (scenario == Scenario::T5).then_some("its identity cache has no method to drop a rejected identity")
    }
}

impl ResolveIdentity for Resolver {
    fn resolve_identity<'a>(&'a self, _: &'a RuntimeComponents, _: &'a ConfigBag) -> IdentityFuture<'a> {
        IdentityFuture::new(async move {
            let (token, lifetime) = self.0.fetch().await?;
            let expiry = SystemTime::now() + lifetime;
            Ok(Identity::new(Token::new(token, Some(expiry)), Some(expiry)))
        })
    }
}
