//! Sends requests over the underlying HTTP client.

use std::ops::Deref;
use std::sync::Arc;

use evergrant::runtime::BoxFuture;
use evergrant::transport::TransportIdentity;
use reqwest::{Request, Response};

use super::built_request;
use super::{Client, Shared};
use crate::call::{self, ErrorStatus, HttpService, OriginalRequest, Policy};
use crate::{Error, Execute};

impl Client {
    /// Sends a request with valid credentials and returns the response, as [`RequestBuilder::send`] does. `request` can
    /// be one that [`build`](crate::RequestBuilder::build) returned, or any other request.
    ///
    /// The URL of the request is a full URL, so only its origin is checked: see [`request`](Self::request).
    ///
    /// ```
    /// use evergrant_reqwest::reqwest::{Method, Request};
    ///
    /// # async fn run(api: evergrant_reqwest::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let books = api.execute(api.get("books").build()?).await?;
    /// let orders = api.execute(Request::new(Method::GET, "https://api.example.com/v1/orders".parse()?)).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// See [`Error`].
    ///
    /// [`RequestBuilder::send`]: crate::RequestBuilder::send
    pub fn execute(&self, request: Request) -> impl Future<Output = Result<Response, Error>> + Send + 'static {
        let (policy, service) = (SharedPolicy(Arc::clone(&self.shared)), ExecutingClient(self.clone()));
        let call = built_request::into_call(request, self.base_url());
        async move { call::send(policy, service, call?, ErrorStatus::Accept).await }
    }
}

impl Execute for Client {
    fn execute(&self, request: Request) -> BoxFuture<'static, Result<Response, Error>> {
        Box::pin(self.execute(request))
    }
}

impl HttpService for Client {
    type Error = Error;

    /// reqwest's request builder sets only a time limit.
    const HAS_EXTENSIONS: bool = false;

    fn into_source(error: Error) -> Result<reqwest::Error, Error> {
        match error {
            Error::Http { source, .. } => Ok(source),
            other => Err(other),
        }
    }

    fn from_source(source: reqwest::Error, original: &OriginalRequest<'_>) -> Error {
        Error::http(original.call().into(), source)
    }

    fn send(
        &mut self,
        request: Request,
        original: &OriginalRequest<'_>,
        identity: Option<&TransportIdentity>,
    ) -> impl Future<Output = Result<Response, Error>> + Send {
        let http = self.shared.http_for(identity);
        let response = http.and_then(|http| http.execute(request).map_err(str::to_owned));
        async move {
            match response {
                Ok(response) => response.await.map_err(|error| Self::from_source(error, original)),
                Err(problem) => Err(Error::Request(problem).for_call(original.call().into())),
            }
        }
    }
}

/// A client that sends requests from elsewhere.
struct ExecutingClient(Client);

impl HttpService for ExecutingClient {
    type Error = Error;

    const HAS_EXTENSIONS: bool = true;

    fn into_source(error: Error) -> Result<reqwest::Error, Error> {
        Client::into_source(error)
    }

    fn from_source(source: reqwest::Error, original: &OriginalRequest<'_>) -> Error {
        Client::from_source(source, original)
    }

    fn send(
        &mut self,
        request: Request,
        original: &OriginalRequest<'_>,
        identity: Option<&TransportIdentity>,
    ) -> impl Future<Output = Result<Response, Error>> + Send {
        self.0.send(request, original, identity)
    }
}

/// The policy of a client.
pub(super) struct SharedPolicy(pub(super) Arc<Shared>);

impl Deref for SharedPolicy {
    type Target = Policy;

    fn deref(&self) -> &Policy {
        &self.0.policy
    }
}
