//! Access tokens of a Google service account that a federated identity impersonates.

use std::fmt;
use std::future::ready;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use serde_json::{Value, json};

use crate::client_auth::NoClientAuth;
use crate::error::{CallbackKind, Error, innermost};
use crate::grant::{Grant, GrantRequest};
use crate::manager::{TokenManager, TokenManagerBuilder, TokenProvider};
use crate::redact::Redactor;
use crate::retry_after;
use crate::runtime::BoxFuture;
use crate::scope::Scopes;
use crate::token::Token;
use crate::token_endpoint::TokenEndpoint;
use crate::token_request_context::TokenRequestContext;
use crate::transport::{DEFAULT_USER_AGENT, MAX_RESPONSE_BYTES, SharedTransport};

const ENDPOINT: &str = "https://iamcredentials.googleapis.com";

/// Share of the lifetime after which a token is renewed, as for other grants.
const RENEW_AFTER: f64 = 0.75;

/// A grant for access tokens of a Google service account that another identity impersonates (`generateAccessToken` of
/// the IAM Service Account Credentials API). The token of another token manager authorizes the requests. Build a token
/// manager with [`builder`](Self::builder). See [the module](super) for an example.
#[derive(Clone)]
#[must_use = "an impersonation does nothing until a manager is built with `builder()`"]
pub struct ServiceAccountImpersonation {
    federated: TokenManager,
    email: String,
    endpoint: String,
    lifetime: Duration,
    transport: SharedTransport,
}

impl ServiceAccountImpersonation {
    /// Creates the grant for the service account with this email address. `federated` provides the tokens that
    /// authorize the impersonation. `transport` is the one that you pass to [`build`](TokenManagerBuilder::build).
    pub fn new(federated: TokenManager, email: impl Into<String>, transport: impl Into<SharedTransport>) -> Self {
        Self {
            federated,
            email: email.into(),
            endpoint: ENDPOINT.to_owned(),
            lifetime: Duration::from_secs(3600),
            transport: transport.into(),
        }
    }

    /// Sets the lifetime of the service account's tokens, in whole seconds. Default: one hour, which is Google's
    /// maximum unless the organization policy allows 12 hours.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Sets the base URL of the IAM Service Account Credentials API, without a path, for private endpoints and tests.
    /// Default: `https://iamcredentials.googleapis.com`.
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint = url.into();
        self
    }

    /// Returns a builder for a token manager with the tokens of the service account. Google requires at least one
    /// [scope](TokenManagerBuilder::scopes).
    pub fn builder(self) -> TokenManagerBuilder<Self> {
        let url = self.url();
        TokenManager::builder(self.clone(), self.email.clone(), NoClientAuth)
            .token_url(url)
            .token_provider(self)
            .renew_after(RENEW_AFTER)
    }

    fn url(&self) -> String {
        let endpoint = self.endpoint.trim_end_matches('/');
        format!(
            "{endpoint}/v1/projects/-/serviceAccounts/{}:generateAccessToken",
            self.email
        )
    }

    async fn fetch(&self, scopes: &Scopes) -> Result<Token, Error> {
        let mut is_repeated = false;
        loop {
            let mut headers = HeaderMap::new();
            let generation = self.federated.authorize(&mut headers).await?;
            let authorization = headers.remove(AUTHORIZATION);
            let request = self.request(authorization, scopes)?;
            let response = self.transport.send(request).await.map_err(|error| {
                let cause = error
                    .cause()
                    .map_or_else(String::new, |cause| format!("; {}", cause.hint()));
                let problem = format!("cannot be requested: {}{cause}", innermost(&error));
                failed(&problem, error.is_retryable(), None)
            })?;
            if response.status() == StatusCode::UNAUTHORIZED && !is_repeated {
                self.federated.reject(generation);
                is_repeated = true;
                continue;
            }
            return read(&response);
        }
    }

    fn request(&self, authorization: Option<HeaderValue>, scopes: &Scopes) -> Result<Request<Bytes>, Error> {
        let scopes: Vec<&str> = scopes.iter().collect();
        let body = json!({"scope": scopes, "lifetime": format!("{}s", self.lifetime.as_secs())});
        let mut request = Request::new(Bytes::from(body.to_string()));
        *request.method_mut() = Method::POST;
        let uri = self.url().parse();
        *request.uri_mut() = uri.map_err(|_| failure("has an email address that is not valid in a URL"))?;
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(USER_AGENT, DEFAULT_USER_AGENT);
        if let Some(authorization) = authorization {
            headers.insert(AUTHORIZATION, authorization);
        }
        Ok(request)
    }
}

/// The response of `generateAccessToken`, or the status of Google's error (`google.rpc.Status`).
fn read(response: &Response<Bytes>) -> Result<Token, Error> {
    if response.body().len() > MAX_RESPONSE_BYTES {
        return Err(failure("returns more than 1 MiB; check the endpoint"));
    }
    let body: Value = serde_json::from_slice(response.body()).unwrap_or_default();
    if !response.status().is_success() {
        let status = body["error"]["status"].as_str().unwrap_or("no error status");
        let status = Redactor::new([]).line(status, 60);
        let problem = format!(
            "is rejected with {} ({status}); check that the external identity has the role Workload Identity User on \
            the service account",
            response.status().as_u16()
        );
        let is_retryable = response.status().is_server_error() || response.status() == StatusCode::TOO_MANY_REQUESTS;
        return Err(failed(
            &problem,
            is_retryable,
            retry_after::parse(response.headers(), None),
        ));
    }
    let access_token = body["accessToken"].as_str().filter(|token| !token.is_empty());
    let expiry = body["expireTime"]
        .as_str()
        .and_then(|time| time.parse::<jiff::Timestamp>().ok());
    match (access_token, expiry) {
        (Some(token), Some(expiry)) => Ok(Token::new(token).with_expires_at(SystemTime::from(expiry))),
        _ => Err(failure(
            "returns no `accessToken` with an `expireTime`; check the endpoint",
        )),
    }
}

fn failure(problem: &str) -> Error {
    failed(problem, false, None)
}

fn failed(problem: &str, is_retryable: bool, retry_after: Option<Duration>) -> Error {
    let problem = format!("the impersonation of the service account {problem}");
    Error::failed_server(CallbackKind::TokenProvider, problem, is_retryable, retry_after)
}

impl Grant for ServiceAccountImpersonation {
    fn name(&self) -> &str {
        "service account impersonation"
    }

    fn request<'a>(&'a self, _: TokenRequestContext<'a>) -> BoxFuture<'a, Result<GrantRequest, Error>> {
        let error =
            Error::grant("generateAccessToken is not an OAuth token endpoint; use the manager's token provider");
        Box::pin(ready(Err(error)))
    }
}

impl TokenProvider for ServiceAccountImpersonation {
    async fn provide(&self, _: Option<Token>, endpoint: TokenEndpoint) -> Result<Token, Error> {
        self.fetch(endpoint.scopes()).await
    }
}

impl fmt::Debug for ServiceAccountImpersonation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceAccountImpersonation")
            .field("email", &self.email)
            .field("federated", &self.federated)
            .finish_non_exhaustive()
    }
}
