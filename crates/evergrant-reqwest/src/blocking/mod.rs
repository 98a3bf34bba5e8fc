//! The authorized client for programs without async code.
//!
//! The blocking client runs the async [`Client`](crate::Client) on a separate runtime with one worker thread, which all
//! clones share. The thread also drives connections and background renewals between calls, and ends when the last
//! clone, request and response are dropped.
//!
//! ```no_run
//! use evergrant::ClientCredentials;
//! use evergrant_reqwest::{Transport, blocking};
//!
//! # #[derive(serde::Deserialize)] struct Book;
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let tokens = ClientCredentials::builder("client-id", "not-a-real-secret")
//!     .token_url("https://auth.example.com/oauth2/token")
//!     .build(Transport::default())?;
//! let api = blocking::Client::builder(tokens.clone())
//!     .base_url("https://api.example.com/v1/")
//!     .build()?;
//! let books: Vec<Book> = api.get("books").send()?.json()?;
//!
//! // The manager's methods are async; `wait` runs them.
//! let token = api.wait(tokens.token())??;
//! let _warm = api.wait(async { tokens.keep_warm() })??;
//! # Ok(())
//! # }
//! ```
//!
//! # Calls from async code
//! In async code, every method that would block returns [`Error::Request`] immediately. Blocking there would stop other
//! tasks, and may deadlock. A thread that has entered a runtime (`Handle::enter`) counts as async code. Use this client
//! in `tokio::task::spawn_blocking` or on a separate thread.

mod builder;
mod request;
mod response;
mod runtime;

use std::fmt;
use std::sync::Arc;

use evergrant::error::Call;
use evergrant::{Authorizer, BuildError};
use reqwest::{Method, Url};

use self::runtime::Runtime;
use crate::Error;

pub use self::builder::ClientBuilder;
pub use self::request::RequestBuilder;
pub use self::response::Response;

/// A blocking HTTP client that authorizes its requests, and fetches and renews tokens automatically. Cloning is cheap.
///
/// The rules for credentials, redirects and repeated requests after a 401 are those of the async
/// [`Client`](crate::Client).
#[derive(Clone)]
pub struct Client {
    client: crate::Client,
    runtime: Arc<Runtime>,
}

impl Client {
    /// Returns a builder for a client that authorizes requests with `authorizer`: a token manager or any other
    /// [`Authorizer`].
    pub fn builder(authorizer: impl Into<Authorizer>) -> ClientBuilder {
        ClientBuilder::new(crate::Client::builder(authorizer))
    }

    /// Creates a blocking client from an async client, and starts a worker thread. Both clients share connections.
    ///
    /// # Errors
    /// Returns [`BuildError::HttpClient`] if the thread cannot be started.
    pub fn new(client: crate::Client) -> Result<Self, BuildError> {
        Ok(Self {
            client,
            runtime: Arc::new(Runtime::start()?),
        })
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

    /// Starts a request with any method. See [`Client::request`](crate::Client::request) for paths and URLs.
    pub fn request(&self, method: Method, path: impl AsRef<str>) -> RequestBuilder {
        RequestBuilder::new(self.client.request(method, path), Arc::clone(&self.runtime))
    }

    /// Starts a `GET` request to a link in a response of the API. See [`Client::get_link`](crate::Client::get_link).
    pub fn get_link(&self, from: &Url, link: &str) -> RequestBuilder {
        self.request_link(Method::GET, from, link)
    }

    /// Starts a request with any method to a link in a response of the API. See
    /// [`Client::get_link`](crate::Client::get_link).
    pub fn request_link(&self, method: Method, from: &Url, link: &str) -> RequestBuilder {
        RequestBuilder::new(self.client.request_link(method, from, link), Arc::clone(&self.runtime))
    }

    /// Sends a request with valid credentials and blocks until the response head arrives. See
    /// [`Client::execute`](crate::Client::execute).
    ///
    /// # Errors
    /// See [`Error`]. If called from async code, returns [`Error::Request`] and sends nothing.
    pub fn execute(&self, request: reqwest::Request) -> Result<Response, Error> {
        let call: Arc<str> = Call::new(request.method(), request.url()).into();
        let response = self.runtime.wait(self.client.execute(request));
        let response = response.map_err(|error| error.for_call(call.to_string()))??;
        Ok(Response::new(response, Arc::clone(&self.runtime), call))
    }

    /// Runs a future to completion on this client's runtime, such as a call to a
    /// [`TokenManager`](evergrant::TokenManager). Tasks that the future spawns continue to run on that runtime.
    ///
    /// # Errors
    /// Returns [`Error::Request`] without running the future if called from async code.
    pub fn wait<F: Future>(&self, future: F) -> Result<F::Output, Error> {
        self.runtime.wait(future)
    }

    /// Returns a client that authorizes its requests with `authorizer`, and shares this client's connections and worker
    /// thread.
    #[must_use]
    pub fn with_authorizer(&self, authorizer: impl Into<Authorizer>) -> Self {
        Self {
            client: self.client.with_authorizer(authorizer),
            runtime: Arc::clone(&self.runtime),
        }
    }

    /// Returns the base URL of the API. Request paths are relative to this URL.
    #[must_use]
    pub fn base_url(&self) -> &Url {
        self.client.base_url()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.client.fmt(f)
    }
}
