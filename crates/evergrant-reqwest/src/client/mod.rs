//! The authorized client: reqwest's interface, with credentials on the way out and a decision on every 401.

mod builder;
mod request;

use std::fmt;
use std::sync::Arc;

use evergrant::Authorizer;
use evergrant::error::OriginError;
use evergrant::origin;
use reqwest::{Method, Request, Response, Url};

use crate::call::{self, Carrier, Credentials, Kept, Rules};
use crate::http::Http;
use crate::{Error, Transport};

pub use self::builder::ClientBuilder;
pub use self::request::RequestBuilder;
#[cfg(feature = "blocking")]
pub(crate) use self::request::accepted;

/// Calls an API with credentials that look after themselves. A cheap clone.
///
/// - A 401 leads to one shared renewal and one replay, if the body can be sent again; a second 401 is returned as it is.
/// - Credentials go only to the origin of `base_url` and to those allowed by name. A direct call elsewhere is an error; a
///   redirect elsewhere is followed without them, and without any other header of the request that could identify it.
pub struct Client {
    shared: Arc<Shared>,
}

pub(crate) struct Shared {
    http: Http,
    base: Url,
    rules: Rules,
}

impl Client {
    /// Starts a client that authorizes with the given tokens, or with any [`Authorizer`].
    pub fn builder(authorizer: impl Into<Authorizer>) -> ClientBuilder {
        ClientBuilder::new(authorizer.into())
    }

    /// A `GET` of a path below `base_url`, or of a full URL at an allowed origin.
    pub fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    /// A `POST`.
    pub fn post(&self, path: &str) -> RequestBuilder {
        self.request(Method::POST, path)
    }

    /// A `PUT`.
    pub fn put(&self, path: &str) -> RequestBuilder {
        self.request(Method::PUT, path)
    }

    /// A `PATCH`.
    pub fn patch(&self, path: &str) -> RequestBuilder {
        self.request(Method::PATCH, path)
    }

    /// A `DELETE`.
    pub fn delete(&self, path: &str) -> RequestBuilder {
        self.request(Method::DELETE, path)
    }

    /// A `HEAD`.
    pub fn head(&self, path: &str) -> RequestBuilder {
        self.request(Method::HEAD, path)
    }

    /// Any method. What starts with `http://` or `https://` is a full URL, of which the origin alone is checked; anything else is a
    /// path below `base_url`, with or without a slash before it, and an error where it leads out of it, or would where a server
    /// decodes it first (`../x`, `..%2Fx`, `%252e%252e/x`, `..;/x`): see [`evergrant::origin::resolve`]. What is wrong with the URL
    /// is said by `send`.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = self.shared.resolve(path);
        RequestBuilder::new(self.clone(), method, url)
    }

    /// A client like this one with other credentials; this one is unchanged, and connections are shared.
    #[must_use]
    pub fn with_authorizer(&self, authorizer: impl Into<Authorizer>) -> Self {
        let shared = &self.shared;
        Self {
            shared: Arc::new(Shared {
                http: shared.http.clone(),
                base: shared.base.clone(),
                rules: Rules {
                    authorizer: authorizer.into(),
                    ..shared.rules.clone()
                },
            }),
        }
    }

    /// Carries token requests over this client's connections, with its HTTP settings, and without its headers.
    #[must_use]
    pub fn transport(&self) -> Transport {
        Transport::over(self.shared.http.clone())
    }

    /// The URL below which paths are resolved.
    #[must_use]
    pub fn base_url(&self) -> &Url {
        &self.shared.base
    }

    fn send(
        &self,
        request: Request,
        credentials: Credentials,
        name: Option<Arc<str>>,
    ) -> impl Future<Output = Result<Response, Error>> + Send {
        call::send(&self.shared.rules, &self.shared.http, request, credentials, name)
    }
}

impl Carrier for &Http {
    type Error = Error;

    fn carry(&mut self, request: Request, kept: &Kept) -> impl Future<Output = Result<Response, Error>> + Send {
        let response = self.execute(request);
        async move { response.await.map_err(|error| Error::http(kept.call(), error)) }
    }
}

impl Shared {
    fn resolve(&self, path: &str) -> Result<Url, OriginError> {
        let invalid = |problem: &str| OriginError::invalid_url(problem);
        if is_full(path) {
            let url = Url::parse(path).map_err(|error| invalid(&error.to_string()))?;
            if !url.username().is_empty() || url.password().is_some() {
                return Err(invalid("it contains a user name or password"));
            }
            return Ok(url);
        }
        origin::resolve(&self.base, path)
    }
}

fn is_full(path: &str) -> bool {
    ["http://", "https://"].into_iter().any(|scheme| {
        path.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    })
}

impl Clone for Client {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &origin::shown(&self.shared.base))
            .field("authorizer", &self.shared.rules.authorizer)
            .field("origins", &self.shared.rules.origins)
            .finish_non_exhaustive()
    }
}
