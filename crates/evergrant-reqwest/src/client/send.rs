//! The end of a request builder: it sends the request, or returns it.

use std::sync::Arc;

use evergrant::Generation;
#[cfg(feature = "blocking")]
use evergrant::error::{Call, innermost};
use reqwest::{Request, Response};

use super::execute::SharedPolicy;
use super::{Client, RequestBuilder, built_request};
use crate::Error;
use crate::call::{self, ErrorStatus, OutgoingCall};

impl RequestBuilder {
    /// Sends the request with valid credentials and returns the response. A response with an error status is returned
    /// as `Ok`, as in reqwest.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn send(self) -> impl Future<Output = Result<Response, Error>> + Send + 'static {
        self.send_with(ErrorStatus::Accept)
    }

    /// Sends the request and returns the response, or an error if its status is 400 or more. Unlike the error of
    /// reqwest's `error_for_status`, this error contains the headers and body of the response, as an
    /// [`ApiError`](evergrant::ApiError).
    ///
    /// # Errors
    /// See [`Error`]; [`Error::api`] returns the error response of the API.
    pub fn send_ok(self) -> impl Future<Output = Result<Response, Error>> + Send + 'static {
        self.send_with(ErrorStatus::Reject)
    }

    pub(crate) fn send_with(
        self,
        error_status: ErrorStatus,
    ) -> impl Future<Output = Result<Response, Error>> + Send + 'static {
        let policy = SharedPolicy(Arc::clone(&self.client.shared));
        call::send(policy, self.client, self.call, error_status)
    }

    /// Returns the request without credentials. [`Client::execute`] adds the credentials when it sends the request, and
    /// keeps the settings of this builder, such as [`unauthenticated`](Self::unauthenticated).
    ///
    /// # Errors
    /// Returns the error of an invalid URL, header or body.
    pub fn build(self) -> Result<Request, Error> {
        built_request::build(self.call)
    }

    /// Returns the client of this request, and the request without credentials: the result of [`build`](Self::build).
    pub fn build_split(self) -> (Client, Result<Request, Error>) {
        (self.client, built_request::build(self.call))
    }

    /// Returns a copy of this builder, or `None` if the body is a stream.
    #[must_use]
    pub fn try_clone(&self) -> Option<Self> {
        let request = match &self.call.request {
            Ok(request) => Ok(request.try_clone()?),
            Err(invalid) => Err(invalid.clone()),
        };
        let call = OutgoingCall {
            request,
            credentials: self.call.credentials,
            replays: self.call.replays,
            name: self.call.name.clone(),
        };
        let client = self.client.clone();
        Some(Self { client, call })
    }

    /// Adds credentials to the request, and returns reqwest's own request builder and the [`Generation`] of the token,
    /// a number that identifies it. Use this for a crate that sends requests only by itself. The HTTP client of the
    /// returned builder follows no redirects.
    ///
    /// That crate does not renew the token. After it reports a 401, pass the generation to
    /// [`TokenManager::reject`](evergrant::TokenManager::reject), and call this method again.
    ///
    /// ```
    /// # use evergrant::TokenManager;
    /// # async fn stream(_: evergrant_reqwest::reqwest::RequestBuilder) -> u16 { 401 }
    /// # async fn run(tokens: TokenManager, api: evergrant_reqwest::Client) -> Result<(), evergrant_reqwest::Error> {
    /// loop {
    ///     let (request, generation) = api.get("events").authorize().await?;
    ///     let status = stream(request).await; // a function of another crate
    ///     match generation {
    ///         Some(generation) if status == 401 => drop(tokens.reject(generation)),
    ///         _ => break,
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// See [`Error`]. The URL must be at an allowed origin.
    pub async fn authorize(self) -> Result<(reqwest::RequestBuilder, Option<Generation>), Error> {
        let policy = &self.client.shared.policy;
        let authorized = call::authorize(policy, self.call).await?;
        let http = self.client.shared.http_for(authorized.identity.as_ref());
        let builder = http.and_then(|http| http.builder(authorized.request).map_err(str::to_owned));
        Ok((builder.map_err(Error::Request)?, authorized.generation))
    }

    /// Reads a streaming body into memory, so that it can be sent again.
    #[cfg(feature = "blocking")]
    pub(crate) async fn buffered(mut self) -> Result<Self, Error> {
        let call = self.name();
        if let Ok(request) = &mut self.call.request
            && let Some(body) = request.body_mut()
            && body.as_bytes().is_none()
        {
            // reqwest can read a body only from a response.
            let stream = Response::from(http::Response::new(std::mem::take(body)));
            let buffered = stream.bytes().await;
            let read_error = |error| Error::Request(format!("{call}: {}", innermost(&error)));
            *body = buffered.map_err(read_error)?.into();
        }
        Ok(self)
    }

    /// Returns the name of the call in errors.
    #[cfg(feature = "blocking")]
    pub(crate) fn name(&self) -> Arc<str> {
        match (&self.call.name, &self.call.request) {
            (Some(name), _) => Arc::clone(name),
            (None, Ok(request)) => Call::new(request.method(), request.url()).into(),
            (None, Err(invalid)) => Arc::clone(invalid.call()),
        }
    }
}
