//! The authorized client for programs without async.
//!
//! It drives the async [`Client`](crate::Client) on a runtime of its own: one worker thread, shared by all clones, which carries
//! connections and background renewals between calls too. The thread ends with the last clone, request and response.
//!
//! ```no_run
//! use evergrant::ClientCredentials;
//! use evergrant_reqwest::{Transport, blocking};
//!
//! # #[derive(serde::Deserialize)] struct Book;
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let tokens = ClientCredentials::new("client-id", "not-a-real-secret")
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
//! # Threads that must not be held up
//! Called from async code, every method that would wait gives [`Error::Request`] at once, which names the remedy: a wait there
//! would hold up other tasks, and might be for one of them. A thread that merely entered a runtime (`Handle::enter`) counts as
//! async code too. `tokio::task::spawn_blocking` and threads of the program's own are the places for this client.

mod builder;
mod request;
mod response;
mod runtime;

use std::fmt;
use std::sync::Arc;

use evergrant::{Authorizer, BuildError};
use reqwest::{Method, Url};

use self::runtime::Runtime;
use crate::Error;

pub use self::builder::ClientBuilder;
pub use self::request::RequestBuilder;
pub use self::response::Response;

/// Calls an API with credentials that look after themselves, and waits for its answers. A cheap clone.
///
/// All rules are those of the async [`Client`](crate::Client).
#[derive(Clone)]
pub struct Client {
    client: crate::Client,
    runtime: Arc<Runtime>,
}

impl Client {
    /// Starts a client that authorizes with the given tokens, or with any [`Authorizer`].
    pub fn builder(authorizer: impl Into<Authorizer>) -> ClientBuilder {
        ClientBuilder::new(crate::Client::builder(authorizer))
    }

    /// Drives an async client that exists already; the two share connections. Starts the worker thread.
    ///
    /// # Errors
    /// [`BuildError::HttpClient`] when the system grants no thread.
    pub fn new(client: crate::Client) -> Result<Self, BuildError> {
        Ok(Self {
            client,
            runtime: Arc::new(Runtime::start()?),
        })
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

    /// Any method, with a path or URL as at [`Client::request`](crate::Client::request).
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        RequestBuilder::new(self.client.request(method, path), Arc::clone(&self.runtime))
    }

    /// Runs a future to its end on this client's runtime, such as a call of a [`TokenManager`](evergrant::TokenManager). What it
    /// spawns goes on afterwards.
    ///
    /// # Errors
    /// [`Error::Request`] when called from async code; the future is not run then.
    pub fn wait<F: Future>(&self, future: F) -> Result<F::Output, Error> {
        self.runtime.wait(future)
    }

    /// A client like this one with other credentials; this one is unchanged, and connections and worker thread are shared.
    #[must_use]
    pub fn with_authorizer(&self, authorizer: impl Into<Authorizer>) -> Self {
        Self {
            client: self.client.with_authorizer(authorizer),
            runtime: Arc::clone(&self.runtime),
        }
    }

    /// The URL below which paths are resolved.
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
