//! Authorizes the requests of a client made with [`reqwest_middleware`], for programs that have a stack of middleware already.
//!
//! ```no_run
//! use evergrant::ClientCredentials;
//! use evergrant_reqwest::Transport;
//! use evergrant_reqwest::middleware::Authorize;
//! use reqwest::redirect::Policy;
//! use reqwest_middleware::ClientBuilder;
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let tokens = ClientCredentials::new("client-id", "not-a-real-secret")
//!     .token_url("https://auth.example.com/oauth2/token")
//!     .build(Transport::default())?;
//! let authorize = Authorize::builder(tokens)
//!     .allow_origin("https://api.example.com")
//!     .follow_redirects()
//!     .build()?;
//! let http = reqwest::Client::builder().redirect(Policy::none()).build()?;
//! let api = ClientBuilder::new(http).with(authorize).build();
//! let books = api.get("https://api.example.com/v1/books").send().await?;
//! # Ok(())
//! # }
//! ```
//!
//! # What to mind
//! - **Attach it last.** Middleware attached before it sees requests without credentials, and each attempt of a retrying one has
//!   a valid token. What comes after it sees the credentials, and may put a key that goes into the query in its own errors.
//! - **Build the client with [`Policy::none()`](reqwest::redirect::Policy::none).** Otherwise reqwest follows redirects beneath
//!   all middleware, and takes along what it does not know to be a credential: a key in a header of its own, and one in the
//!   query, as `Referer`. An answer from another origin is therefore an error, [`Error::RedirectedUnseen`]; but then the
//!   request has been there. With [`follow_redirects`](AuthorizeBuilder::follow_redirects), they are followed safely instead.
//! - **For plain `http` on loopback, build it with [`no_proxy()`](reqwest::ClientBuilder::no_proxy)** too: a proxy would see the
//!   credentials in clear. Write `127.0.0.1`, not `localhost`: that the name is this machine is checked once a minute, and the
//!   client resolves it by itself.
//!
//! Errors of ours are [`reqwest_middleware::Error::Middleware`], and hold an [`Error`]:
//!
//! ```
//! fn is_retryable(error: &reqwest_middleware::Error) -> bool {
//!     match error {
//!         reqwest_middleware::Error::Middleware(error) => error
//!             .downcast_ref::<evergrant_reqwest::Error>()
//!             .is_some_and(|error| error.is_retryable()),
//!         reqwest_middleware::Error::Reqwest(error) => !error.is_builder(),
//!     }
//! }
//! ```

mod builder;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use evergrant::Authorizer;
use http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{Middleware, Next};

use crate::Error;
use crate::call::{self, Carrier, Credentials, Kept, Rules};

pub use self::builder::AuthorizeBuilder;

/// Authorizes each request, by the rules of the [`Client`](crate::Client):
///
/// - A 401 leads to one shared renewal and one replay, if the body can be sent again; a second 401 is returned as it is.
/// - Credentials go only to the origins that were allowed. A request elsewhere is an error, and nothing is sent, unless it is
///   marked as [`Unauthenticated`].
#[derive(Clone)]
pub struct Authorize {
    rules: Arc<Rules>,
}

/// An extension that sends one request without credentials; it may then go to any origin. It is what errors mean by
/// `.unauthenticated()`.
///
/// ```no_run
/// # async fn run(api: reqwest_middleware::ClientWithMiddleware) -> reqwest_middleware::Result<()> {
/// use evergrant_reqwest::middleware::Unauthenticated;
///
/// api.get("https://status.example.org/").with_extension(Unauthenticated).send().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unauthenticated;

impl Authorize {
    /// Starts a middleware that authorizes with the given tokens, or with any [`Authorizer`].
    pub fn builder(authorizer: impl Into<Authorizer>) -> AuthorizeBuilder {
        AuthorizeBuilder::new(authorizer.into())
    }
}

#[async_trait]
impl Middleware for Authorize {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        let credentials = match extensions.get::<Unauthenticated>() {
            Some(Unauthenticated) => Credentials::Withhold,
            None => Credentials::Send,
        };
        call::send(&self.rules, Rest { next, extensions }, request, credentials, None).await
    }
}

impl fmt::Debug for Authorize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorize")
            .field("authorizer", &self.rules.authorizer)
            .field("origins", &self.rules.origins)
            .finish_non_exhaustive()
    }
}

impl From<Error> for reqwest_middleware::Error {
    fn from(error: Error) -> Self {
        Self::middleware(error)
    }
}

/// The middleware attached after ours, and the client at its end.
struct Rest<'a> {
    next: Next<'a>,
    extensions: &'a mut Extensions,
}

impl Carrier for Rest<'_> {
    type Error = reqwest_middleware::Error;

    async fn carry(&mut self, request: Request, kept: &Kept) -> Result<Response, Self::Error> {
        let response = self.next.clone().run(request, self.extensions).await;
        // The URL that was sent may have a key in its query, and messages name none.
        response.map_err(|error| {
            let mut url = kept.url().clone();
            url.set_query(None);
            url.set_fragment(None);
            error.with_url(url)
        })
    }
}
