//! Access tokens of a Google service account that a federated identity impersonates.

use std::fmt;
use std::future::ready;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode};
use serde_json::{Value, json};

use crate::client_auth::NoClientAuth;
use crate::encoding::percent_encode_name;
use crate::error::{BuildError, CallbackKind, Error};
use crate::grant::{Grant, GrantRequest};
use crate::manager::{CustomServer, TokenManager, TokenManagerBuilder};
use crate::redact::Redactor;
use crate::retry_after;
use crate::runtime::BoxFuture;
use crate::token::Token;
use crate::token_endpoint::{CustomAttempt, CustomRequest};
use crate::token_request_context::TokenRequestContext;
use crate::transport::MAX_RESPONSE_BYTES;

const ENDPOINT: &str = "https://iamcredentials.googleapis.com";

/// Maximum lifetime of a token, which an organization policy allows.
const MAX_LIFETIME: Duration = Duration::from_secs(12 * 3600);

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
}

impl ServiceAccountImpersonation {
    /// Creates the grant for the service account with this email address. `federated` provides the tokens that
    /// authorize the impersonation.
    pub fn new(federated: TokenManager, email: impl Into<String>) -> Self {
        Self {
            federated,
            email: email.into(),
            endpoint: ENDPOINT.to_owned(),
            lifetime: Duration::from_secs(3600),
        }
    }

    /// Sets the lifetime of the service account's tokens, in whole seconds: at least 1 s and at most 12 h. Default: one
    /// hour, which is Google's maximum unless the organization policy allows 12 hours.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Sets the base URL of the IAM Service Account Credentials API, without a query, for private endpoints and tests.
    /// It must be `https`, have a loopback host, or be allowed with
    /// [`danger_allow_http_to`](TokenManagerBuilder::danger_allow_http_to). Default:
    /// `https://iamcredentials.googleapis.com`.
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint = url.into();
        self
    }

    /// Returns a builder for a token manager with the tokens of the service account. Google requires at least one
    /// [scope](TokenManagerBuilder::scopes).
    ///
    /// The request is not one of a token endpoint. Building the manager fails with [`BuildError::InvalidSetting`] for
    /// settings that the request ignores: `token_url`, `issuer`, `client_auth`, `audience`, `resource`, `param`,
    /// `proof`, and the options of [`TokenEndpointOptions`](crate::TokenEndpointOptions) except its headers.
    pub fn builder(self) -> TokenManagerBuilder<Self> {
        let server = CustomServer::new(self.clone(), self.url(), "ServiceAccountImpersonation::endpoint");
        let email = self.email.clone();
        TokenManager::builder(self, email, NoClientAuth).custom_server(server)
    }

    fn url(&self) -> String {
        let endpoint = self.endpoint.trim_end_matches('/');
        let email = percent_encode_name(&self.email);
        format!("{endpoint}/v1/projects/-/serviceAccounts/{email}:generateAccessToken")
    }

    async fn fetch_token(&self, attempt: CustomAttempt<'_>) -> Result<Token, Error> {
        let mut is_repeated = false;
        loop {
            let mut authorization = HeaderMap::new();
            let generation = self.federated.authorize(&mut authorization).await?;
            let scopes: Vec<&str> = attempt.scopes().iter().collect();
            let body = json!({"scope": scopes, "lifetime": format!("{}s", self.lifetime.as_secs())});
            let redactor = attempt.redactor(&authorization);
            let response = attempt.post(body.to_string(), authorization).await?;
            if response.status() == StatusCode::UNAUTHORIZED && !is_repeated {
                self.federated.reject(generation);
                is_repeated = true;
                continue;
            }
            return read(&response, &redactor, attempt.now());
        }
    }
}

/// The response of `generateAccessToken`, or the status of Google's error (`google.rpc.Status`).
fn read(response: &Response<Bytes>, redactor: &Redactor, now: SystemTime) -> Result<Token, Error> {
    if response.body().len() > MAX_RESPONSE_BYTES {
        return Err(failure("returns more than 1 MiB; check the endpoint"));
    }
    let body: Value = serde_json::from_slice(response.body()).unwrap_or_default();
    if !response.status().is_success() {
        let status = body["error"]["status"].as_str().unwrap_or("no error status");
        let status = redactor.line(status, 60);
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
        .and_then(|time| time.parse::<jiff::Timestamp>().ok())
        .map(SystemTime::from);
    match (access_token, expiry) {
        (Some(_), Some(expiry)) if expiry <= now => Err(failure(
            "returns a token that has expired; check the clock of this machine",
        )),
        (Some(token), Some(expiry)) => Ok(Token::new(token).with_expires_at(expiry)),
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
    Error::failed_server(CallbackKind::Grant, problem, is_retryable, retry_after)
}

impl Grant for ServiceAccountImpersonation {
    fn name(&self) -> &str {
        "service account impersonation"
    }

    /// The request has a format of its own.
    fn request<'a>(&'a self, _: TokenRequestContext<'a>) -> BoxFuture<'a, Result<GrantRequest, Error>> {
        Box::pin(ready(Ok(GrantRequest::new("generateAccessToken"))))
    }

    fn check(&self, _: Option<&str>) -> Result<(), BuildError> {
        match (1..=MAX_LIFETIME.as_secs()).contains(&self.lifetime.as_secs()) {
            true => Ok(()),
            false => Err(BuildError::OutOfRange {
                setting: "ServiceAccountImpersonation::lifetime",
                expected: "at least 1 s and at most 12 h",
            }),
        }
    }
}

impl CustomRequest for ServiceAccountImpersonation {
    fn fetch<'a>(&'a self, attempt: CustomAttempt<'a>) -> BoxFuture<'a, Result<Token, Error>> {
        Box::pin(self.fetch_token(attempt))
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
