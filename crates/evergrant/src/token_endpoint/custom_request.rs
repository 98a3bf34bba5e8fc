//! Token requests with a format of their own, in place of the form of RFC 6749. They have the limits, the retries, the
//! headers and the transport of other token requests.

use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Request, Response};
use url::Url;

use super::{Server, Settings};
use crate::Secret;
use crate::error::{Error, TransportError, UnreachableError};
use crate::origin::Origin;
use crate::redact::Redactor;
use crate::runtime::BoxFuture;
use crate::scope::Scopes;
use crate::token::Token;
use crate::transport::DEFAULT_USER_AGENT;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// A token request with a format of its own.
pub(crate) trait CustomRequest: Send + Sync {
    /// Sends one request for a token.
    fn fetch<'a>(&'a self, attempt: CustomAttempt<'a>) -> BoxFuture<'a, Result<Token, Error>>;
}

/// A handle to any [`CustomRequest`].
pub(crate) type SharedCustomRequest = Arc<dyn CustomRequest>;

/// One attempt of a [`CustomRequest`].
#[derive(Clone, Copy)]
pub(crate) struct CustomAttempt<'a> {
    settings: &'a Settings,
    server: &'a Server,
}

impl<'a> CustomAttempt<'a> {
    pub(super) fn new(settings: &'a Settings, server: &'a Server) -> Self {
        Self { settings, server }
    }

    pub(crate) fn scopes(&self) -> &'a Scopes {
        &self.settings.scopes
    }

    pub(crate) fn now(&self) -> SystemTime {
        self.settings.runtime.now().wall()
    }

    /// Returns what masks the secret headers of the request, and its token, in text of the server.
    pub(crate) fn redactor(&self, authorization: &HeaderMap) -> Redactor {
        let header = authorization.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = header.and_then(|value| value.split_once(' '));
        let token = token.map(|(_, token)| Secret::new(token));
        Redactor::new(self.settings.options.secrets().chain(&token))
    }

    /// Posts JSON to the URL of the manager, with the manager's headers and those of `authorization`.
    pub(crate) async fn post(&self, json: String, authorization: HeaderMap) -> Result<Response<Bytes>, Error> {
        let settings = self.settings;
        let url = &self.server.token_endpoint;
        settings.check_encryption(url)?;
        let (transport, _) = settings.transport().map_err(Error::client_auth)?;
        let mut request = Request::new(Bytes::from(json));
        *request.method_mut() = Method::POST;
        // A parsed URL without a query is a valid URI.
        *request.uri_mut() = url.as_str().parse().unwrap_or_default();
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, JSON);
        headers.insert(ACCEPT, JSON);
        headers.insert(USER_AGENT, DEFAULT_USER_AGENT);
        for (name, value) in settings.headers.iter().chain(&authorization) {
            headers.insert(name, value.clone());
        }
        let response = transport.send(request).await;
        response.map_err(|error| settings.unreachable(error))
    }
}

impl Settings {
    /// Checks that the URL may still receive credentials: the address of `localhost` may have changed since the manager
    /// was built.
    pub(super) fn check_encryption(&self, url: &Url) -> Result<(), Error> {
        let checked = Origin::of(url).map_or(Ok(()), |origin| self.plaintext.check(&origin));
        checked.map_err(|error| Error::Origin(Arc::new(error)))
    }

    /// Returns the error for a token request without a complete response.
    pub(super) fn unreachable(&self, error: TransportError) -> Error {
        Error::Unreachable(Arc::new(UnreachableError::new(Arc::clone(&self.client), error)))
    }
}
