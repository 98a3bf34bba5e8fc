//! The authorized client: reqwest's interface, with credentials added to requests and rejected tokens renewed.

mod builder;
mod built_request;
mod execute;
mod request;
mod request_url;
mod send;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use evergrant::Authorizer;
use evergrant::error::OriginError;
use evergrant::transport::TransportIdentity;
use reqwest::{Method, Url};

use crate::Transport;
use crate::call::Policy;
use crate::http_client_pair::{CertifiedClients, ClientPair};

pub use self::builder::ClientBuilder;
pub use self::request::RequestBuilder;

/// An HTTP client that authorizes its requests, and fetches and renews tokens automatically. Cloning is cheap.
///
/// - After a 401, the token is renewed once for all calls. The request is sent again once if its body can be sent
///   again. If the API returns a 401 again, the caller receives it.
/// - Credentials go only to the origin of the base URL and to allowed origins. A call to another origin is an error. A
///   redirect to another origin is followed without credentials and without other headers that identify the user.
/// - If a request was sent with a token, the [extensions](reqwest::Response::extensions) of its response contain the
///   [`Generation`](evergrant::Generation) of the token: a number that identifies it. Some APIs, such as GraphQL
///   servers, reject a token with status 200 and an error in the body. The application reports such a rejection by
///   passing the generation to [`reject`](evergrant::TokenManager::reject).
/// - Responses, bodies, headers and requests are reqwest's own types, so that functions and crates for them work with
///   this client: see [the crate's page](crate#moving-from-reqwest).
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
    /// For tokens that are bound to a certificate.
    certified: CertifiedClients,
    base: Url,
    policy: Policy,
}

impl Client {
    /// Returns a builder for a client that authorizes requests with `authorizer`: a token manager or any other
    /// [`Authorizer`].
    pub fn builder(authorizer: impl Into<Authorizer>) -> ClientBuilder {
        ClientBuilder::new(authorizer.into())
    }

    /// Starts a `GET` request to a path below the base URL, or to a full URL at an allowed origin.
    pub fn get(&self, path: impl AsRef<str>) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    /// Starts a `POST` request to a path below the base URL, or to a full URL at an allowed origin.
    pub fn post(&self, path: impl AsRef<str>) -> RequestBuilder {
        self.request(Method::POST, path)
    }

    /// Starts a `PUT` request to a path below the base URL, or to a full URL at an allowed origin.
    pub fn put(&self, path: impl AsRef<str>) -> RequestBuilder {
        self.request(Method::PUT, path)
    }

    /// Starts a `PATCH` request to a path below the base URL, or to a full URL at an allowed origin.
    pub fn patch(&self, path: impl AsRef<str>) -> RequestBuilder {
        self.request(Method::PATCH, path)
    }

    /// Starts a `DELETE` request to a path below the base URL, or to a full URL at an allowed origin.
    pub fn delete(&self, path: impl AsRef<str>) -> RequestBuilder {
        self.request(Method::DELETE, path)
    }

    /// Starts a `HEAD` request to a path below the base URL, or to a full URL at an allowed origin.
    pub fn head(&self, path: impl AsRef<str>) -> RequestBuilder {
        self.request(Method::HEAD, path)
    }

    /// Starts a request with any method. `path` is text or a [`Url`].
    ///
    /// A `path` that starts with `http://` or `https://` is a full URL; only its origin is checked. `ws://` and
    /// `wss://` are read as `http://` and `https://`, because a WebSocket starts with an HTTP request (RFC 6455 section
    /// 1.3). Any other `path` is relative to the base URL, with or without a leading slash. A path that leaves the base
    /// URL, directly or after a server decodes it (`../x`, `..%2Fx`, `%252e%252e/x`, `..;/x`), is an error: see
    /// [`evergrant::origin::resolve`]. An empty `path` is the base URL itself, and `?page=2` sets its query. For links
    /// that the API provides, use [`get_link`](Self::get_link). [`send`](RequestBuilder::send) returns the error of an
    /// invalid path or URL.
    pub fn request(&self, method: Method, path: impl AsRef<str>) -> RequestBuilder {
        let url = request_url::resolve(&self.shared.base, path.as_ref());
        RequestBuilder::new(self.clone(), method, url)
    }

    /// Starts a `GET` request to a link in a response of the API. The link can be from the `Link` header, from a JSON
    /// member such as `next`, or a HAL link. `from` is the URL of the response; a relative link is resolved against it
    /// (RFC 3986 section 5).
    ///
    /// The origin of the link must be the origin of the base URL or another allowed origin. The path of the link is not
    /// checked, and may lie outside of the base URL. For example, with the base URL `https://api.example.com/v1/shop/`,
    /// a response from `https://api.example.com/v1/shop/books` may have the link `/v2/books?page=2`, which leads to
    /// `https://api.example.com/v2/books?page=2`. A link to `https://other.example.com` is an error.
    ///
    /// ```
    /// # #[derive(serde::Deserialize)] struct Page { books: Vec<String>, next: Option<String> }
    /// # async fn run(tokens: evergrant::TokenManager) -> Result<(), Box<dyn std::error::Error>> {
    /// let api = evergrant_reqwest::Client::builder(tokens).base_url("https://api.example.com/v1/shop/").build()?;
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
        RequestBuilder::new(self.clone(), method, url.and_then(request_url::without_user_info))
    }

    /// Returns a client that authorizes its requests with `authorizer`, and shares this client's connections.
    #[must_use]
    pub fn with_authorizer(&self, authorizer: impl Into<Authorizer>) -> Self {
        let shared = &self.shared;
        Self {
            shared: Arc::new(Shared {
                http: shared.http.clone(),
                certified: CertifiedClients::default(),
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

    /// Returns the base URL of the API. Request paths are relative to this URL.
    #[must_use]
    pub fn base_url(&self) -> &Url {
        &self.shared.base
    }
}

impl Shared {
    /// Returns the clients for a request that presents this certificate.
    fn http_for(&self, identity: Option<&TransportIdentity>) -> Result<Cow<'_, ClientPair>, String> {
        match identity {
            None => Ok(Cow::Borrowed(&self.http)),
            Some(identity) => self.certified.get(&self.http, identity).map(Cow::Owned),
        }
    }
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
