//! The blocking request builder: an async request builder together with the runtime that sends the request.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Version};
use reqwest::{Body, Request, multipart};
use serde::Serialize;

use super::Response;
use super::runtime::Runtime;
use crate::Error;
use crate::call::ErrorStatus;

/// Builds one request of a blocking [`Client`](super::Client). [`send`](RequestBuilder::send) sends the request.
#[must_use = "a request does nothing until it is sent"]
pub struct RequestBuilder {
    request: crate::RequestBuilder,
    /// Whether the body is read into memory before it is sent.
    buffer_body: bool,
    runtime: Arc<Runtime>,
}

impl RequestBuilder {
    pub(super) fn new(request: crate::RequestBuilder, runtime: Arc<Runtime>) -> Self {
        Self {
            request,
            buffer_body: false,
            runtime,
        }
    }

    /// Sends this request without credentials. An unauthenticated request may go to any origin.
    pub fn unauthenticated(self) -> Self {
        self.map(crate::RequestBuilder::unauthenticated)
    }

    /// Sends this request only once. See [`no_replay`](crate::RequestBuilder::no_replay).
    pub fn no_replay(self) -> Self {
        self.map(crate::RequestBuilder::no_replay)
    }

    /// Adds a header to this request.
    pub fn header<N, V>(self, name: N, value: V) -> Self
    where
        HeaderName: TryFrom<N>,
        <HeaderName as TryFrom<N>>::Error: Into<http::Error>,
        HeaderValue: TryFrom<V>,
        <HeaderValue as TryFrom<V>>::Error: Into<http::Error>,
    {
        self.map(|request| request.header(name, value))
    }

    /// Sets several headers of this request. They replace existing headers of the same names.
    pub fn headers(self, headers: HeaderMap) -> Self {
        self.map(|request| request.headers(headers))
    }

    /// Sets a user name and password, for an unauthenticated request. See
    /// [`basic_auth`](crate::RequestBuilder::basic_auth).
    pub fn basic_auth<U: fmt::Display, P: fmt::Display>(self, username: U, password: Option<P>) -> Self {
        self.map(|request| request.basic_auth(username, password))
    }

    /// Sets a bearer token, for an unauthenticated request. See [`bearer_auth`](crate::RequestBuilder::bearer_auth).
    pub fn bearer_auth<T: fmt::Display>(self, token: T) -> Self {
        self.map(|request| request.bearer_auth(token))
    }

    /// Sets the version of HTTP, such as `HTTP_2` for a server that supports several versions.
    pub fn version(self, version: Version) -> Self {
        self.map(|request| request.version(version))
    }

    /// Appends query parameters to the URL.
    pub fn query<T: Serialize + ?Sized>(self, query: &T) -> Self {
        self.map(|request| request.query(query))
    }

    /// Sets the request body to `json`, serialized as JSON.
    pub fn json<T: Serialize + ?Sized>(self, json: &T) -> Self {
        self.map(|request| request.json(json))
    }

    /// Sets the request body to `form`, serialized as `application/x-www-form-urlencoded`.
    pub fn form<T: Serialize + ?Sized>(self, form: &T) -> Self {
        self.map(|request| request.form(form))
    }

    /// Sets the request body, from text or bytes. To send the content of a reader, read it first. A streaming body
    /// cannot be sent twice: if the API returns a 401, the caller receives the 401, and the event
    /// `evergrant.not_replayed` is emitted.
    pub fn body(self, body: impl Into<Body>) -> Self {
        self.map(|request| request.body(body))
    }

    /// Sets a multipart form as the request body. The form is read into memory before it is sent, so that it can be
    /// sent again after a 401.
    pub fn multipart(mut self, form: multipart::Form) -> Self {
        self.buffer_body = true;
        self.map(|request| request.multipart(form))
    }

    /// Sets the time limit of this call, which includes the wait for a token. See
    /// [`timeout`](crate::RequestBuilder::timeout).
    pub fn timeout(self, limit: Duration) -> Self {
        self.map(|request| request.timeout(limit))
    }

    /// Sets the name of this request in error messages: see
    /// [`RequestBuilder::call_name`](crate::RequestBuilder::call_name).
    pub fn call_name(self, name: impl Into<Arc<str>>) -> Self {
        self.map(|request| request.call_name(name))
    }

    /// Sends the request with valid credentials and blocks until the response head arrives. A response with an error
    /// status is returned as `Ok`, as in reqwest.
    ///
    /// # Errors
    /// See [`Error`]. If called from async code, returns [`Error::Request`] and sends nothing.
    pub fn send(self) -> Result<Response, Error> {
        self.send_with(ErrorStatus::Accept)
    }

    /// Sends the request and returns the response, or an error if its status is 400 or more. Unlike the error of
    /// reqwest's `error_for_status`, this error contains the headers and body of the response, as an
    /// [`ApiError`](evergrant::ApiError).
    ///
    /// # Errors
    /// Returns the errors of [`send`](Self::send), and [`Error::Api`] for a status of 400 or more. [`Error::api`]
    /// returns the error response of the API.
    pub fn send_ok(self) -> Result<Response, Error> {
        self.send_with(ErrorStatus::Reject)
    }

    /// Returns the request without credentials. [`Client::execute`](super::Client::execute) adds the credentials when
    /// it sends the request.
    ///
    /// # Errors
    /// Returns the error of an invalid URL, header or body.
    pub fn build(self) -> Result<Request, Error> {
        self.request.build()
    }

    /// Returns a copy of this builder, or `None` if the body is a stream.
    #[must_use]
    pub fn try_clone(&self) -> Option<Self> {
        Some(Self {
            request: self.request.try_clone()?,
            buffer_body: self.buffer_body,
            runtime: Arc::clone(&self.runtime),
        })
    }

    fn send_with(self, error_status: ErrorStatus) -> Result<Response, Error> {
        let Self {
            request,
            buffer_body,
            runtime,
        } = self;
        let call = request.name();
        let response = runtime.wait(async {
            let request = if buffer_body {
                request.buffered().await?
            } else {
                request
            };
            request.send_with(error_status).await
        });
        let response = response.map_err(|error| error.for_call(call.to_string()))??;
        Ok(Response::new(response, runtime, call))
    }

    fn map(self, change: impl FnOnce(crate::RequestBuilder) -> crate::RequestBuilder) -> Self {
        Self {
            request: change(self.request),
            ..self
        }
    }
}

impl fmt::Debug for RequestBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.request.fmt(f)
    }
}
