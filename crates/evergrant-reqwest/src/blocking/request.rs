//! One request in the making: the async one, and the runtime to send it on.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Body, multipart};
use serde::Serialize;

use super::Response;
use super::runtime::Runtime;
use crate::Error;
use crate::client::accepted;

/// A request to be sent by [`send`](RequestBuilder::send).
#[must_use = "a request does nothing until it is sent"]
pub struct RequestBuilder {
    request: crate::RequestBuilder,
    /// Whether the body is to be read into memory before it is sent.
    hold: bool,
    runtime: Arc<Runtime>,
}

impl RequestBuilder {
    pub(super) fn new(request: crate::RequestBuilder, runtime: Arc<Runtime>) -> Self {
        Self {
            request,
            hold: false,
            runtime,
        }
    }

    /// Sends this one request without credentials; it may then go to any origin.
    pub fn unauthenticated(self) -> Self {
        self.map(crate::RequestBuilder::unauthenticated)
    }

    /// Adds a header.
    pub fn header<N, V>(self, name: N, value: V) -> Self
    where
        HeaderName: TryFrom<N>,
        <HeaderName as TryFrom<N>>::Error: Into<http::Error>,
        HeaderValue: TryFrom<V>,
        <HeaderValue as TryFrom<V>>::Error: Into<http::Error>,
    {
        self.map(|request| request.header(name, value))
    }

    /// Sets several headers.
    pub fn headers(self, headers: HeaderMap) -> Self {
        self.map(|request| request.headers(headers))
    }

    /// Appends to the URL's query.
    pub fn query<T: Serialize + ?Sized>(self, query: &T) -> Self {
        self.map(|request| request.query(query))
    }

    /// Sends a JSON body.
    pub fn json<T: Serialize + ?Sized>(self, json: &T) -> Self {
        self.map(|request| request.json(json))
    }

    /// Sends a form body.
    pub fn form<T: Serialize + ?Sized>(self, form: &T) -> Self {
        self.map(|request| request.form(form))
    }

    /// Sends any body: text, or bytes; what is in a reader has to be read first. A body that streams cannot be sent twice:
    /// should it be answered with a 401, that 401 is returned, with the event `evergrant.not_replayed`.
    pub fn body(self, body: impl Into<Body>) -> Self {
        self.map(|request| request.body(body))
    }

    /// Sends a multipart form, which is read into memory first, so that it can be sent again.
    pub fn multipart(mut self, form: multipart::Form) -> Self {
        self.hold = true;
        self.map(|request| request.multipart(form))
    }

    /// Limits each time that the request is sent; a wait for a token has its own limit.
    pub fn timeout(self, limit: Duration) -> Self {
        self.map(|request| request.timeout(limit))
    }

    /// What errors call this request, as at [`RequestBuilder::call_name`](crate::RequestBuilder::call_name).
    pub fn call_name(self, name: impl Into<Arc<str>>) -> Self {
        self.map(|request| request.call_name(name))
    }

    /// Sends the request with valid credentials, and waits for the answer's head. Any status is a success here, as with
    /// reqwest.
    ///
    /// # Errors
    /// As described at [`Error`]. [`Error::Request`] when called from async code; nothing is sent then.
    pub fn send(self) -> Result<Response, Error> {
        let Self { request, hold, runtime } = self;
        let call = request.call();
        let response = runtime.wait(answer(request, hold));
        let response = response.map_err(|error| error.for_call(call.to_string()))??;
        Ok(Response::new(response, runtime, call))
    }

    /// Sends the request, and turns a failure status into an [`ApiError`](evergrant::ApiError) with its headers and body.
    ///
    /// # Errors
    /// As [`send`](Self::send); [`Error::api`] gives the API's own.
    pub fn send_ok(self) -> Result<Response, Error> {
        let Self { request, hold, runtime } = self;
        let call = request.call();
        let named = Arc::clone(&call);
        let response = runtime.wait(async { accepted(answer(request, hold).await?, named).await });
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

async fn answer(request: crate::RequestBuilder, hold: bool) -> Result<reqwest::Response, Error> {
    if hold {
        request.send_held().await
    } else {
        request.send().await
    }
}

impl fmt::Debug for RequestBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.request.fmt(f)
    }
}
