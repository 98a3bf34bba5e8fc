//! `BearerTokenAuthorizationPolicy` with a `TokenCredential` that fetches, in front of a policy that answers in the API's
//! stead: the end of the pipeline that every client of the Azure SDK builds.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::error::ErrorKind;
use azure_core::http::headers::{AUTHORIZATION, Headers};
use azure_core::http::policies::auth::{Authorizer, BearerTokenAuthorizationPolicy, OnRequest};
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{AsyncRawResponse, Context, Method, Request, StatusCode};
use azure_core::time::OffsetDateTime;
use azure_core::{Bytes, Error};
use http::{HeaderMap, HeaderValue, header};
use url::Url;

use super::source::Source;
use super::{Setup, Stale, Subject};
use crate::scenario::Scenario;

#[derive(Clone)]
pub struct AzureCore(Arc<Client>);

struct Client {
    policy: BearerTokenAuthorizationPolicy,
    accepts: [Arc<dyn Policy>; 1],
    /// The same policy with the same token, its request already under way.
    under_way: BearerTokenAuthorizationPolicy,
    refuses: [Arc<dyn Policy>; 1],
    api: Url,
}

#[derive(Debug)]
struct Credential(Source);

/// Answers every request with this status.
#[derive(Debug)]
struct Api(StatusCode);

/// The request carries its token already.
#[derive(Debug)]
struct Authorized;

impl Subject for AzureCore {
    const NAME: &'static str = "azure_core";
    const VERSION: &'static str = "1.1.0";

    type Receipt = ();

    async fn new(setup: &Setup) -> Result<Self> {
        let credential = Arc::new(Credential(Source::new(setup)));
        let policy = BearerTokenAuthorizationPolicy::new(credential, ["https://api.example.com/.default"]);
        Ok(Self(Arc::new(Client {
            under_way: policy.clone().with_on_request(Arc::new(Authorized)),
            policy,
            accepts: [Arc::new(Api(StatusCode::Ok))],
            refuses: [Arc::new(Api(StatusCode::Unauthorized))],
            api: Url::parse("https://api.example.com/v1/widgets")?,
        })))
    }

    async fn authorize(&self, headers: &mut HeaderMap) -> Result<()> {
        let mut request = Request::new(self.0.api.clone(), Method::Get);
        self.0
            .policy
            .send(&Context::new(), &mut request, &self.0.accepts)
            .await?;
        let mut value = HeaderValue::try_from(request.headers().get_str(&AUTHORIZATION)?)?;
        value.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, value);
        Ok(())
    }

    /// The policy drops whichever token is cached when it sees the 401; the application has nothing to do.
    async fn rejected(&self, (): &()) -> Result<()> {
        let mut request = Request::new(self.0.api.clone(), Method::Get);
        self.0
            .under_way
            .send(&Context::new(), &mut request, &self.0.refuses)
            .await?;
        Ok(())
    }

    /// It renews 5 minutes before expiry.
    fn stale() -> Stale {
        Stale::IssuedFor(Duration::from_secs(240))
    }

    fn cannot(scenario: Scenario) -> Option<&'static str> {
        (scenario == Scenario::T7).then_some("it renews 300 s before expiry, so that a token of 3 s is never fresh")
    }
}

#[async_trait]
impl TokenCredential for Credential {
    async fn get_token(&self, _: &[&str], _: Option<TokenRequestOptions<'_>>) -> azure_core::Result<AccessToken> {
        let fetched = self.0.fetch().await;
        let (token, lifetime) =
            fetched.map_err(|error| Error::with_message(ErrorKind::Credential, format!("{error:#}")))?;
        Ok(AccessToken::new(token, OffsetDateTime::now_utc() + lifetime))
    }
}

#[async_trait]
impl Policy for Api {
    async fn send(&self, _: &Context, _: &mut Request, _: &[Arc<dyn Policy>]) -> PolicyResult {
        Ok(AsyncRawResponse::from_bytes(self.0, Headers::new(), Bytes::new()))
    }
}

#[async_trait]
impl OnRequest for Authorized {
    async fn on_request(&self, _: &mut Context, _: &mut Request, _: &dyn Authorizer) -> azure_core::Result<()> {
        Ok(())
    }
}
