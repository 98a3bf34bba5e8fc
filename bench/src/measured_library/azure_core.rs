//! `BearerTokenAuthorizationPolicy` with a `TokenCredential` that fetches, followed by a policy that responds instead
//! of the API: the end of the pipeline that every client of the Azure SDK builds.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::error::ErrorKind;
use azure_core::http::headers::{AUTHORIZATION, Headers};
use azure_core::http::policies::auth::{Authorizer, BearerTokenAuthorizationPolicy, OnRequest};
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{
    AsyncRawResponse, Body, ClientOptions, Context, HttpClient, Method, Pipeline, Request, StatusCode, Transport,
};
use azure_core::time::OffsetDateTime;
use azure_core::{Bytes, Error};
use http::{HeaderMap, HeaderValue, header};
use reqwest::redirect;
use url::Url;

use super::token_source::TokenSource;
use super::{ApiCalls, Setup, StaleToken, Subject};
use crate::scenario_names::Scenario;

#[derive(Clone)]
pub struct AzureCore(Arc<Client>);

struct Client {
    policy: BearerTokenAuthorizationPolicy,
    accepting_api: [Arc<dyn Policy>; 1],
    /// The same policy with the same token, for a request that already has its token.
    authorized_policy: BearerTokenAuthorizationPolicy,
    rejecting_api: [Arc<dyn Policy>; 1],
    api: Url,
}

#[derive(Debug)]
struct Credential(TokenSource);

/// A policy that responds to every request with this status.
#[derive(Debug)]
struct Api(StatusCode);

/// Adds no token, because the request already has one.
#[derive(Debug)]
struct Authorized;

impl Subject for AzureCore {
    const NAME: &'static str = "azure_core";
    const VERSION: &'static str = "1.1.0";

    type TokenId = ();

    async fn new(setup: &Setup) -> Result<Self> {
        let credential = Arc::new(Credential(TokenSource::new(setup)));
        let policy = BearerTokenAuthorizationPolicy::new(credential, ["https://api.example.com/.default"]);
        Ok(Self(Arc::new(Client {
            authorized_policy: policy.clone().with_on_request(Arc::new(Authorized)),
            policy,
            accepting_api: [Arc::new(Api(StatusCode::Ok))],
            rejecting_api: [Arc::new(Api(StatusCode::Unauthorized))],
            api: Url::parse("https://api.example.com/v1/widgets")?,
        })))
    }

    async fn authorize(&self, headers: &mut HeaderMap) -> Result<()> {
        let mut request = Request::new(self.0.api.clone(), Method::Get);
        self.0
            .policy
            .send(&Context::new(), &mut request, &self.0.accepting_api)
            .await?;
        let mut value = HeaderValue::try_from(request.headers().get_str(&AUTHORIZATION)?)?;
        value.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, value);
        Ok(())
    }

    /// The policy drops the cached token when it receives the 401; the application does nothing.
    async fn report_rejection(&self, (): &()) -> Result<()> {
        let mut request = Request::new(self.0.api.clone(), Method::Get);
        self.0
            .authorized_policy
            .send(&Context::new(), &mut request, &self.0.rejecting_api)
            .await?;
        Ok(())
    }

    /// It renews 5 minutes before expiry.
    fn stale_token() -> StaleToken {
        StaleToken::ShortLived(Duration::from_secs(240))
    }

    fn unsupported(scenario: Scenario) -> Option<&'static str> {
        (scenario == Scenario::T7).then_some("renews 300 s before expiry, so a token of 3 s is never fresh")
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

/// The pipeline that every client of the Azure SDK sends its calls through, with its default policies.
pub struct AzureClient {
    pipeline: Pipeline,
    url: Url,
}

impl ApiCalls for AzureCore {
    type Client = AzureClient;

    async fn client(&self, books: &Url) -> Result<AzureClient> {
        let http = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .build()?;
        let transport = LoopbackTransport {
            http,
            books: books.clone(),
        };
        let options = ClientOptions {
            transport: Some(Transport::new(Arc::new(transport))),
            ..ClientOptions::default()
        };
        let policy = Arc::new(self.0.policy.clone());
        Ok(AzureClient {
            pipeline: Pipeline::new(None, None, options, Vec::new(), vec![policy], None),
            url: self.0.api.clone(),
        })
    }

    async fn call(client: &AzureClient) -> Result<()> {
        let mut request = Request::new(client.url.clone(), Method::Get);
        client.pipeline.send(&Context::new(), &mut request, None).await?;
        Ok(())
    }
}

/// Sends each request to `books`, because the policy rejects plain `http`. Otherwise what azure_core does with reqwest.
#[derive(Debug)]
struct LoopbackTransport {
    http: reqwest::Client,
    books: Url,
}

#[async_trait]
impl HttpClient for LoopbackTransport {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let failed = |error: reqwest::Error| Error::new(ErrorKind::Io, error);
        let mut sent = self.http.get(self.books.clone());
        for (name, value) in request.headers().iter() {
            sent = sent.header(name.as_str(), value.as_str());
        }
        if let Body::Bytes(bytes) = request.body().clone() {
            sent = sent.body(bytes);
        }
        let response = sent.send().await.map_err(failed)?;
        let status = StatusCode::from(response.status().as_u16());
        let mut headers = Headers::new();
        for (name, value) in response.headers() {
            headers.insert(name.as_str().to_owned(), value.to_str().unwrap_or_default().to_owned());
        }
        let body = response.bytes().await.map_err(failed)?;
        Ok(AsyncRawResponse::from_bytes(status, headers, body))
    }
}
