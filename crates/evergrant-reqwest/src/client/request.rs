//! One request in the making; reqwest's builder, with a word on credentials.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use evergrant::ApiError;
use evergrant::error::{OriginError, innermost};
use evergrant::origin::shown;
use http::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Body, Method, Request, Response, Url, multipart};
use serde::Serialize;

use super::Client;
use crate::Error;
use crate::call::Credentials;

/// A request to be sent by [`send`](RequestBuilder::send).
#[must_use = "a request does nothing until it is sent"]
pub struct RequestBuilder {
    client: Client,
    request: Result<reqwest::RequestBuilder, OriginError>,
    credentials: Credentials,
    /// What errors call it.
    call: Arc<str>,
    /// Whether that is a name that it was given, which holds for redirects too.
    is_named: bool,
}

/// What is sent, by which client, and the name that it was given.
type Built = (Client, Request, Credentials, Option<Arc<str>>);

/// The largest failure body that is kept.
const LARGEST_ERROR_BODY: usize = 1024 * 1024;

impl RequestBuilder {
    pub(super) fn new(client: Client, method: Method, url: Result<Url, OriginError>) -> Self {
        // Where the URL cannot be used, nothing of it is repeated.
        let call = match &url {
            Ok(url) => format!("{method} {}", shown(url)),
            Err(_) => format!("{method} below {}", shown(client.base_url())),
        };
        let request = url.map(|url| client.shared.http.request(method, url));
        Self {
            client,
            request,
            credentials: Credentials::Send,
            call: call.into(),
            is_named: false,
        }
    }

    /// What errors call this request in place of its method and URL, for a URL whose path has something in it that nobody may see.
    ///
    /// ```
    /// # async fn run(api: evergrant_reqwest::Client, patient: &str) -> Result<(), evergrant_reqwest::Error> {
    /// let path = format!("patients/{patient}");
    /// api.get(&path).call_name("GET /patients/{patient}").send_ok().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn call_name(mut self, name: impl Into<Arc<str>>) -> Self {
        (self.call, self.is_named) = (name.into(), true);
        self
    }

    /// Sends this one request without credentials; it may then go to any origin.
    pub fn unauthenticated(mut self) -> Self {
        self.credentials = Credentials::Withhold;
        self
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

    /// Sends any body. One that streams cannot be sent twice: should it be answered with a 401, that 401 is returned, with
    /// the event `evergrant.not_replayed`.
    pub fn body(self, body: impl Into<Body>) -> Self {
        self.map(|request| request.body(body))
    }

    /// Sends a multipart form.
    pub fn multipart(self, form: multipart::Form) -> Self {
        self.map(|request| request.multipart(form))
    }

    /// Limits each time that the request is sent; a wait for a token has its own limit.
    pub fn timeout(self, limit: Duration) -> Self {
        self.map(|request| request.timeout(limit))
    }

    /// Sends the request with valid credentials. Any status is a success here, as with reqwest.
    ///
    /// # Errors
    /// As described at [`Error`].
    pub fn send(self) -> impl Future<Output = Result<Response, Error>> + Send + 'static {
        let built = self.build();
        async move {
            let (client, request, credentials, name) = built?;
            client.send(request, credentials, name).await
        }
    }

    /// Sends the request, and turns a failure status into an [`ApiError`] with its headers and body.
    ///
    /// # Errors
    /// As described at [`Error`]; [`Error::api`] gives the API's own.
    pub async fn send_ok(self) -> Result<Response, Error> {
        let call = self.call();
        accepted(self.send().await?, call).await
    }

    /// Reads a body that streams into memory first, so that it can be sent again.
    #[cfg(feature = "blocking")]
    pub(crate) async fn send_held(self) -> Result<Response, Error> {
        let call = self.call();
        let (client, mut request, credentials, name) = self.build()?;
        if let Some(body) = request.body_mut()
            && body.as_bytes().is_none()
        {
            // As a response, it can be read by reqwest.
            let stream = Response::from(http::Response::new(std::mem::take(body)));
            let whole = stream.bytes().await;
            let unread = |error| Error::Request(format!("{call}: {}", innermost(&error)));
            *body = whole.map_err(unread)?.into();
        }
        client.send(request, credentials, name).await
    }

    /// What errors call it.
    pub(crate) fn call(&self) -> Arc<str> {
        Arc::clone(&self.call)
    }

    fn build(self) -> Result<Built, Error> {
        let call = self.call;
        let request = self
            .request
            .map_err(|error| evergrant::Error::Origin(Arc::new(error)).for_call(Arc::clone(&call)))?;
        let request = request.build();
        let request = request.map_err(|error| Error::Request(format!("{call}: {}", innermost(&error))))?;
        Ok((self.client, request, self.credentials, self.is_named.then_some(call)))
    }

    fn map(mut self, change: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder) -> Self {
        self.request = self.request.map(change);
        self
    }
}

/// A response whose status is a success.
pub(crate) async fn accepted(response: Response, call: Arc<str>) -> Result<Response, Error> {
    if response.status().is_success() {
        return Ok(response);
    }
    let error = api_error(response).await.for_call(call);
    Err(Error::Authorization(evergrant::Error::Api(Arc::new(error))))
}

/// A body that breaks off is kept as far as it came: the status says more than the rest of it would.
async fn api_error(mut response: Response) -> ApiError {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > LARGEST_ERROR_BODY {
            body.truncate(LARGEST_ERROR_BODY);
            break;
        }
    }
    let headers = std::mem::take(response.headers_mut());
    ApiError::new(response.status(), headers, Bytes::from(body))
}

impl fmt::Debug for RequestBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestBuilder")
            .field("client", &self.client)
            .field("credentials", &self.credentials)
            .finish_non_exhaustive()
    }
}
