//! Assertions that a URL of the program's platform returns, such as a CI service.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, USER_AGENT};
use http::{HeaderValue, Method, Request, Response};
use serde_json::Value;
use url::Url;
use zeroize::Zeroizing;

use super::AssertionSource;
use crate::Secret;
use crate::encoding::sensitive;
use crate::error::{BuildError, CallbackKind, Error};
use crate::origin::{Origin, PlaintextPolicy};
use crate::retry_after;
use crate::runtime::BoxFuture;
use crate::token_request_context::TokenRequestContext;
use crate::transport::{DEFAULT_USER_AGENT, MAX_RESPONSE_BYTES, SharedTransport};

/// An [assertion source](super::AssertionSource) that requests a URL, whose JSON response contains the assertion.
/// GitHub Actions, for example, provides the ID token of a job in this way. The URL is requested with `GET` before each
/// request to the token endpoint.
///
/// The URL must be `https`, or have a loopback host. Redirects are not followed, so the [bearer
/// token](Self::bearer_token) is sent to this URL only. Responses of more than 1 MiB are rejected. Errors show neither
/// the query of the URL nor the response.
///
/// ```
/// use evergrant::SharedTransport;
/// use evergrant::assertion::AssertionUrl;
///
/// # fn run(transport: SharedTransport) -> Result<(), evergrant::BuildError> {
/// let source = AssertionUrl::new("https://platform.example.com/identity", transport)?
///     .bearer_token("not-a-real-request-token")
///     .query("audience", "https://auth.example.com")
///     .member("id_token");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use = "a source does nothing until a grant or a client authentication method uses it"]
pub struct AssertionUrl {
    url: Url,
    member: String,
    bearer_token: Option<Secret>,
    transport: SharedTransport,
}

/// The member that GitHub's response contains.
const DEFAULT_MEMBER: &str = "value";

/// The environment variables of a GitHub Actions job.
const GITHUB_URL: &str = "ACTIONS_ID_TOKEN_REQUEST_URL";
const GITHUB_TOKEN: &str = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";

impl AssertionUrl {
    /// Creates an assertion source that requests `url` through `transport`. Use the transport that you also pass to
    /// [`TokenManagerBuilder::build`](crate::TokenManagerBuilder::build).
    ///
    /// # Errors
    /// [`BuildError`] if the URL is not valid, or neither `https` nor loopback.
    pub fn new(url: &str, transport: impl Into<SharedTransport>) -> Result<Self, BuildError> {
        Ok(Self {
            url: PlaintextPolicy::default().parse_endpoint("AssertionUrl", url)?,
            member: DEFAULT_MEMBER.to_owned(),
            bearer_token: None,
            transport: transport.into(),
        })
    }

    /// Creates an assertion source for the ID tokens of a GitHub Actions job. Reads the environment variables
    /// `ACTIONS_ID_TOKEN_REQUEST_URL` and `ACTIONS_ID_TOKEN_REQUEST_TOKEN`, which GitHub sets. `audience` becomes the
    /// audience (`aud`) of the ID token: pass the value that the authorization server expects.
    ///
    /// The request follows GitHub's documentation, "OpenID Connect reference". It has been tested with a test server,
    /// not with GitHub.
    ///
    /// ```no_run
    /// use evergrant::JwtBearer;
    /// use evergrant::assertion::AssertionUrl;
    ///
    /// # fn run(transport: evergrant::SharedTransport) -> Result<(), evergrant::BuildError> {
    /// let source = AssertionUrl::github_actions("https://auth.example.com", transport)?;
    /// let grant = JwtBearer::new(source);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`BuildError::InvalidSetting`] if a variable is not set: GitHub sets them only for a job with the permission
    /// `id-token: write`. Another [`BuildError`] if the URL is not valid.
    pub fn github_actions(audience: &str, transport: impl Into<SharedTransport>) -> Result<Self, BuildError> {
        Self::github_job(audience, transport, |name| std::env::var(name).ok())
    }

    fn github_job(
        audience: &str,
        transport: impl Into<SharedTransport>,
        read: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, BuildError> {
        let variable = |name| {
            let value = read(name).filter(|value| !value.is_empty());
            value.ok_or_else(|| BuildError::InvalidSetting {
                setting: "AssertionUrl::github_actions",
                problem: format!("{name} is not set; give the job the permission `id-token: write`"),
            })
        };
        let (url, token) = (variable(GITHUB_URL)?, variable(GITHUB_TOKEN)?);
        Ok(Self::new(&url, transport)?
            .bearer_token(token)
            .query("audience", audience))
    }

    /// Sets the bearer token that is sent with each request to the URL, as `Authorization: Bearer`. Default: none.
    pub fn bearer_token(mut self, token: impl Into<Secret>) -> Self {
        self.bearer_token = Some(token.into());
        self
    }

    /// Adds a parameter to the query of the URL that returns the assertion.
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.url.query_pairs_mut().append_pair(name, value);
        self
    }

    /// Sets the name of the member of the JSON response that contains the assertion. Default: `value`.
    pub fn member(mut self, name: impl Into<String>) -> Self {
        self.member = name.into();
        self
    }

    fn request(&self) -> Result<Request<Bytes>, Error> {
        let mut request = Request::new(Bytes::new());
        *request.method_mut() = Method::GET;
        *request.uri_mut() = self
            .url
            .as_str()
            .parse()
            .map_err(|_| self.error("is not a valid URI; percent-encode its query", false))?;
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(USER_AGENT, DEFAULT_USER_AGENT);
        if let Some(token) = &self.bearer_token {
            let text = Zeroizing::new(format!("Bearer {}", token.expose()).into_bytes());
            let value = sensitive(text);
            let invalid = || self.error("cannot be requested: the bearer token is not valid in a header", false);
            headers.insert(AUTHORIZATION, value.ok_or_else(invalid)?);
        }
        Ok(request)
    }

    fn read(&self, response: &Response<Bytes>) -> Result<Secret, Error> {
        let status = response.status();
        let is_retryable = status.is_server_error() || status.as_u16() == 429;
        let problem = match status.as_u16() {
            200..=299 => None,
            300..=399 => Some("with a redirect, which is not followed; set the final URL"),
            401 | 403 => Some("and rejects the bearer token; check the token, and that it has not expired"),
            _ => Some("and returns no assertion"),
        };
        if let Some(problem) = problem {
            let problem = format!("responds with {} {problem}", status.as_u16());
            let retry_after = retry_after::parse(response.headers(), None);
            return Err(self.failure(&problem, is_retryable, retry_after));
        }
        if response.body().len() > MAX_RESPONSE_BYTES {
            return Err(self.error("returns more than 1 MiB; check the URL", false));
        }
        let body: Option<Value> = serde_json::from_slice(response.body()).ok();
        let assertion = body.as_ref().and_then(|body| body.get(&self.member)?.as_str());
        match assertion {
            Some(assertion) if !assertion.is_empty() => Ok(Secret::new(assertion)),
            _ => {
                let member = self.member.escape_debug();
                let problem = format!("returns no JSON object with the string `{member}`; check the URL");
                Err(self.error(&problem, false))
            }
        }
    }

    fn error(&self, problem: &str, is_retryable: bool) -> Error {
        self.failure(problem, is_retryable, None)
    }

    fn failure(&self, problem: &str, is_retryable: bool, retry_after: Option<Duration>) -> Error {
        let problem = format!("the URL {} {problem}", shown(&self.url));
        Error::failed_server(CallbackKind::Assertion, problem, is_retryable, retry_after)
    }
}

impl AssertionSource for AssertionUrl {
    fn assertion<'a>(&'a self, _: TokenRequestContext<'a>) -> BoxFuture<'a, Result<Secret, Error>> {
        Box::pin(async move {
            // The address of `localhost` may have changed since the URL was set.
            if let Some(origin) = Origin::of(&self.url) {
                let checked = PlaintextPolicy::default().check(&origin);
                checked.map_err(|error| Error::Origin(Arc::new(error)))?;
            }
            let response = self.transport.send(self.request()?).await;
            let response = response.map_err(|error| {
                let hint = error
                    .cause()
                    .map_or_else(String::new, |cause| format!("; {}", cause.hint()));
                self.error(&format!("cannot be requested: {error}{hint}"), error.is_retryable())
            })?;
            self.read(&response)
        })
    }
}

impl fmt::Debug for AssertionUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AssertionUrl")
            .field("url", &shown(&self.url))
            .field("member", &self.member)
            .finish_non_exhaustive()
    }
}

/// Returns the URL without its query, which may be confidential.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.into()
}

#[cfg(test)]
#[cfg(not(evergrant_loom))]
mod tests {
    use super::*;
    use crate::error::TransportError;

    /// A transport that must not be called.
    #[derive(Debug)]
    struct NoTransport;

    impl crate::Transport for NoTransport {
        async fn send(&self, _: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
            panic!("a request was sent");
        }
    }

    fn source(variables: &[(&str, &str)]) -> Result<AssertionUrl, BuildError> {
        let read = |name: &str| {
            let variable = variables.iter().find(|(known, _)| *known == name);
            variable.map(|(_, value)| (*value).to_owned())
        };
        AssertionUrl::github_job("api://AzureADTokenExchange", NoTransport, read)
    }

    /// GitHub's example: `curl -H "Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN"
    /// "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=api://AzureADTokenExchange"`.
    #[test]
    fn the_request_of_a_github_job_is_the_documented_one() {
        let url = "https://pipelines.actions.example.com/id//token/?api-version=2.0";
        let source = source(&[(GITHUB_URL, url), (GITHUB_TOKEN, "not-a-real-token")]).unwrap();
        let request = source.request().unwrap();
        assert_eq!(request.method(), Method::GET);
        let audience = "audience=api%3A%2F%2FAzureADTokenExchange";
        assert_eq!(request.uri().to_string(), format!("{url}&{audience}"));
        assert_eq!(request.headers()[AUTHORIZATION], "Bearer not-a-real-token");
        assert!(request.headers()[AUTHORIZATION].is_sensitive());
        assert_eq!(source.member, "value");
    }

    #[test]
    fn a_missing_variable_of_a_github_job_names_the_permission() {
        let url = (GITHUB_URL, "https://pipelines.actions.example.com/token");
        for (variables, missing) in [
            (&[][..], GITHUB_URL),
            (&[url], GITHUB_TOKEN),
            (&[url, (GITHUB_TOKEN, "")], GITHUB_TOKEN),
        ] {
            let error = source(variables).unwrap_err().to_string();
            assert!(error.contains(missing) && error.contains("id-token: write"), "{error}");
        }
    }
}
