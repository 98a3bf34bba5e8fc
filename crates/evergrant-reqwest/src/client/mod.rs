//! The authorized client: reqwest's interface, with credentials added to requests and rejected tokens renewed.

mod builder;
mod request;

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use evergrant::Authorizer;
use evergrant::error::OriginError;
use evergrant::origin;
use reqwest::{Method, Request, Response, Url};

use crate::call::{HttpService, OriginalRequest, Policy};
use crate::client_pair::ClientPair;
use crate::{Error, Transport};

pub use self::builder::ClientBuilder;
pub use self::request::RequestBuilder;

/// An HTTP client that authorizes its requests, and fetches and renews tokens automatically. Cheap to clone.
///
/// - After a 401, the token is renewed once for all calls, and the request is replayed once if its body can be sent
///   again. A second 401 is returned.
/// - Credentials go only to the origin of `base_url` and to allowed origins. A call to another origin is an error. A
///   redirect to another origin is followed without credentials and without any other identifying header.
/// - The [extensions](Response::extensions) of a response contain the [`Generation`](evergrant::Generation) of the
///   request's token, if it had one. Some APIs, such as GraphQL servers, reject a token with status 200 and an error in
///   the body; the application reports that with [`reject`](evergrant::TokenManager::reject):
///
/// ```
/// # use evergrant::TokenManager;
/// # use evergrant_reqwest::Client;
/// # async fn run(tokens: TokenManager, api: Client) -> Result<(), Box<dyn std::error::Error>> {
/// let response = api.post("graphql").json(&serde_json::json!({ "query": "{ books { title } }" })).send_ok().await?;
/// let generation = response.extensions().get::<evergrant::Generation>().copied();
/// let body: serde_json::Value = response.json().await?;
/// if body["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED" && let Some(generation) = generation {
///     tokens.reject(generation); // the next call has a new token
/// }
/// # Ok(())
/// # }
/// ```
pub struct Client {
    shared: Arc<Shared>,
}

pub(crate) struct Shared {
    http: ClientPair,
    base: Url,
    policy: Policy,
}

impl Client {
    /// Returns a builder for a client that authorizes requests with a token manager or any other [`Authorizer`].
    pub fn builder(authorizer: impl Into<Authorizer>) -> ClientBuilder {
        ClientBuilder::new(authorizer.into())
    }

    /// Starts a `GET` request to a path below the base URL, or to a full URL at an allowed origin.
    pub fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    /// Starts a `POST` request to a path below the base URL, or to a full URL at an allowed origin.
    pub fn post(&self, path: &str) -> RequestBuilder {
        self.request(Method::POST, path)
    }

    /// Starts a `PUT` request to a path below the base URL, or to a full URL at an allowed origin.
    pub fn put(&self, path: &str) -> RequestBuilder {
        self.request(Method::PUT, path)
    }

    /// Starts a `PATCH` request to a path below the base URL, or to a full URL at an allowed origin.
    pub fn patch(&self, path: &str) -> RequestBuilder {
        self.request(Method::PATCH, path)
    }

    /// Starts a `DELETE` request to a path below the base URL, or to a full URL at an allowed origin.
    pub fn delete(&self, path: &str) -> RequestBuilder {
        self.request(Method::DELETE, path)
    }

    /// Starts a `HEAD` request to a path below the base URL, or to a full URL at an allowed origin.
    pub fn head(&self, path: &str) -> RequestBuilder {
        self.request(Method::HEAD, path)
    }

    /// Starts a request with any method.
    ///
    /// A `path` that starts with `http://` or `https://` is a full URL; only its origin is checked. Any other `path` is
    /// relative to the base URL, with or without a leading slash. A path that leaves the base URL, directly or after a
    /// server decodes it (`../x`, `..%2Fx`, `%252e%252e/x`, `..;/x`), is an error: see [`evergrant::origin::resolve`].
    /// An empty `path` is the base URL itself, and `?page=2` sets its query. For links that the API provides, use
    /// [`get_link`](Self::get_link). The error of an invalid path or URL is returned by [`send`](RequestBuilder::send).
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = self.shared.resolve(path);
        RequestBuilder::new(self.clone(), method, url)
    }

    /// Starts a `GET` request to a link in a response of the API: in its `Link` header, in a member such as `next`, or
    /// a HAL link. `from` is the URL of the response, to which the link is relative (RFC 3986 section 5).
    ///
    /// Only the origin of the link is checked, as for a full URL, so it may lead out of the base URL:
    /// `/v1/books?page=2` from `https://api.example.com/v1/books` is `https://api.example.com/v1/books?page=2`.
    ///
    /// ```
    /// # #[derive(serde::Deserialize)] struct Page { books: Vec<String>, next: Option<String> }
    /// # async fn run(api: evergrant_reqwest::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut response = api.get("books").send_ok().await?;
    /// loop {
    ///     let from = response.url().clone();
    ///     let page: Page = response.json().await?;
    ///     println!("{:?}", page.books);
    ///     let Some(next) = page.next else { break };
    ///     response = api.get_link(&from, &next).send_ok().await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn get_link(&self, from: &Url, link: &str) -> RequestBuilder {
        self.request_link(Method::GET, from, link)
    }

    /// Starts a request with any method to a link in a response of the API: see [`get_link`](Self::get_link).
    pub fn request_link(&self, method: Method, from: &Url, link: &str) -> RequestBuilder {
        let url = from
            .join(link)
            .map_err(|error| OriginError::invalid_url(error.to_string()));
        RequestBuilder::new(self.clone(), method, url.and_then(without_user_info))
    }

    /// Returns a client with other credentials that shares this client's connections.
    #[must_use]
    pub fn with_authorizer(&self, authorizer: impl Into<Authorizer>) -> Self {
        let shared = &self.shared;
        Self {
            shared: Arc::new(Shared {
                http: shared.http.clone(),
                base: shared.base.clone(),
                policy: Policy {
                    calls: shared.policy.calls.with_authorizer(authorizer),
                    ..shared.policy.clone()
                },
            }),
        }
    }

    /// Returns a transport that sends token requests over this client's connections, with its HTTP options but without
    /// its default headers.
    #[must_use]
    pub fn transport(&self) -> Transport {
        Transport::from_pair(self.shared.http.clone())
    }

    /// Returns the base URL, which request paths are relative to.
    #[must_use]
    pub fn base_url(&self) -> &Url {
        &self.shared.base
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
    ) -> impl Future<Output = Result<Response, Error>> + Send {
        let response = self.shared.http.execute(request);
        async move { response.await.map_err(|error| Self::from_source(error, original)) }
    }
}

/// The policy of a client.
struct SharedPolicy(Arc<Shared>);

impl Deref for SharedPolicy {
    type Target = Policy;

    fn deref(&self) -> &Policy {
        &self.0.policy
    }
}

impl Shared {
    fn resolve(&self, path: &str) -> Result<Url, OriginError> {
        if is_full_url(path) {
            let url = Url::parse(path).map_err(|error| OriginError::invalid_url(error.to_string()))?;
            return without_user_info(url);
        }
        origin::resolve(&self.base, path)
    }
}

fn without_user_info(url: Url) -> Result<Url, OriginError> {
    if !url.username().is_empty() || url.password().is_some() {
        return Err(OriginError::invalid_url("it contains a user name or password"));
    }
    Ok(url)
}

fn is_full_url(path: &str) -> bool {
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
            .field("calls", &self.shared.policy.calls)
            .finish_non_exhaustive()
    }
}
