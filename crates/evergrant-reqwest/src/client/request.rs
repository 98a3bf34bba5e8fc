//! The request builder: reqwest's builder, with additional settings for credentials.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use evergrant::error::{Call, OriginError, innermost};
use http::{HeaderMap, HeaderName, HeaderValue, Version};
use reqwest::{Body, Method, Request, Url, multipart};
use serde::Serialize;

use super::Client;
use crate::call::{Credentials, InvalidRequest, OutgoingCall, Replays};

/// Builds one request of a [`Client`]. [`send`](RequestBuilder::send) sends the request.
#[must_use = "a request does nothing until it is sent"]
pub struct RequestBuilder {
    pub(super) client: Client,
    pub(super) call: OutgoingCall,
}

impl RequestBuilder {
    pub(super) fn new(client: Client, method: Method, url: Result<Url, OriginError>) -> Self {
        let request = match url {
            Ok(url) => Ok(Request::new(method, url)),
            // An invalid URL may contain secrets, so no part of it is shown.
            Err(error) => Err(InvalidRequest::url(
                format!("{method} below {}", client.base_url()),
                error,
            )),
        };
        let call = OutgoingCall {
            request,
            credentials: Credentials::Send,
            replays: Replays::Allow,
            name: None,
        };
        Self { client, call }
    }

    /// Sets the name of this request in error messages, in place of its method and URL. Use this if the URL's path
    /// contains sensitive data.
    ///
    /// ```
    /// # async fn run(api: evergrant_reqwest::Client, patient: &str) -> Result<(), evergrant_reqwest::Error> {
    /// let path = format!("patients/{patient}");
    /// api.get(&path).call_name("GET /patients/{patient}").send_ok().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn call_name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.call.name = Some(name.into());
        self
    }

    /// Sends this request without credentials. An unauthenticated request may go to any origin.
    pub fn unauthenticated(mut self) -> Self {
        self.call.credentials = Credentials::Withhold;
        self
    }

    /// Sends this request only once, for example because a 401 may be about a password in the request body. If the API
    /// returns a 401, the caller receives it, and the event `evergrant.not_replayed` is emitted. The next call then
    /// fetches a new token. To keep the token, use [`keep_token_when`](super::ClientBuilder::keep_token_when).
    pub fn no_replay(mut self) -> Self {
        self.call.replays = Replays::Forbid;
        self
    }

    /// Adds a header to this request.
    pub fn header<N, V>(mut self, name: N, value: V) -> Self
    where
        HeaderName: TryFrom<N>,
        <HeaderName as TryFrom<N>>::Error: Into<http::Error>,
        HeaderValue: TryFrom<V>,
        <HeaderValue as TryFrom<V>>::Error: Into<http::Error>,
    {
        if let Ok(request) = &mut self.call.request {
            match parse_header(name, value) {
                Ok((name, value)) => drop(request.headers_mut().append(name, value)),
                Err(error) => {
                    let invalid = InvalidRequest::part(Call::new(request.method(), request.url()), innermost(&error));
                    self.call.request = Err(invalid);
                }
            }
        }
        self
    }

    /// Sets several headers of this request. They replace existing headers of the same names.
    pub fn headers(self, headers: HeaderMap) -> Self {
        self.map(|request| request.headers(headers))
    }

    /// Sets a user name and password (RFC 7617). Use this only for an [`unauthenticated`](Self::unauthenticated)
    /// request. For any other request, the client sets the same header, and the call fails.
    pub fn basic_auth<U: fmt::Display, P: fmt::Display>(self, username: U, password: Option<P>) -> Self {
        self.map(|request| request.basic_auth(username, password))
    }

    /// Sets a bearer token (RFC 6750). Use this only for an [`unauthenticated`](Self::unauthenticated) request. For any
    /// other request, the client sets the same header, and the call fails.
    pub fn bearer_auth<T: fmt::Display>(self, token: T) -> Self {
        self.map(|request| request.bearer_auth(token))
    }

    /// Sets the version of HTTP, such as `HTTP_2` for a server that supports several versions.
    pub fn version(mut self, version: Version) -> Self {
        if let Ok(request) = &mut self.call.request {
            *request.version_mut() = version;
        }
        self
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

    /// Sets the request body. A streaming body cannot be sent twice: if the API returns a 401, the caller receives the
    /// 401, and the event `evergrant.not_replayed` is emitted.
    pub fn body(mut self, body: impl Into<Body>) -> Self {
        if let Ok(request) = &mut self.call.request {
            *request.body_mut() = Some(body.into());
        }
        self
    }

    /// Sets a multipart form as the request body. A form that consists of text and bytes, up to 8 MiB, can be sent
    /// again after a 401. A larger form, or one with a stream such as a file, cannot be sent again: see
    /// [`body`](Self::body).
    pub fn multipart(self, form: multipart::Form) -> Self {
        self.map(|request| request.multipart(form))
    }

    /// Sets the time limit of this call, from [`send`](Self::send) to the end of the response body. The limit includes
    /// the wait for a token, a repeated request after a 401, and redirects. By default, the token manager limits the
    /// wait for a token, and the HTTP client limits each attempt.
    pub fn timeout(mut self, limit: Duration) -> Self {
        if let Ok(request) = &mut self.call.request {
            *request.timeout_mut() = Some(limit);
        }
        self
    }

    /// Changes the request with a method of reqwest's builder.
    fn map(mut self, change: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder) -> Self {
        self.call.request = self.call.request.and_then(|request| {
            // reqwest drops a request that becomes invalid.
            let (method, url) = (request.method().clone(), request.url().clone());
            let request = change(self.client.shared.http.change(request)).build();
            request.map_err(|error| InvalidRequest::part(Call::new(&method, &url), innermost(&error)))
        });
        self
    }
}

fn parse_header<N, V>(name: N, value: V) -> Result<(HeaderName, HeaderValue), http::Error>
where
    HeaderName: TryFrom<N>,
    <HeaderName as TryFrom<N>>::Error: Into<http::Error>,
    HeaderValue: TryFrom<V>,
    <HeaderValue as TryFrom<V>>::Error: Into<http::Error>,
{
    let name = HeaderName::try_from(name).map_err(Into::into)?;
    let value = HeaderValue::try_from(value).map_err(Into::into)?;
    Ok((name, value))
}

impl fmt::Debug for RequestBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestBuilder")
            .field("client", &self.client)
            .field("credentials", &self.call.credentials)
            .finish_non_exhaustive()
    }
}
