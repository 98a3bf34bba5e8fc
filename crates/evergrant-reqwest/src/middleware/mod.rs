//! A middleware for [`reqwest_middleware`] that authorizes requests.
//!
//! ```no_run
//! use evergrant::ClientCredentials;
//! use evergrant_reqwest::Transport;
//! use evergrant_reqwest::middleware::Authorize;
//! use reqwest::redirect::Policy;
//! use reqwest_middleware::ClientBuilder;
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let tokens = ClientCredentials::builder("client-id", "not-a-real-secret")
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
//! # Setup
//! - **Attach it last.** Middleware attached before it sees requests without credentials. A retry middleware attached
//!   before it gets a valid token for each attempt. Middleware attached after it sees the credentials, and may show a
//!   key that is sent in the query in its errors.
//! - **Build the client with [`Policy::none()`](reqwest::redirect::Policy::none).** Otherwise reqwest follows redirects
//!   below all middleware, and sends credentials that it does not recognize to other origins: a key in a custom header,
//!   and a key in the query, as `Referer`. A response from another origin is [`Error::UnexpectedRedirect`], but the
//!   credentials were already sent. Use [`follow_redirects`](AuthorizeBuilder::follow_redirects) to follow redirects
//!   safely.
//! - **The time limit of a request** ([`timeout`](reqwest_middleware::RequestBuilder::timeout)) starts when the request
//!   reaches the middleware. It includes the wait for a token, a repeated request after a 401, and redirects that the
//!   middleware follows.
//! - **A retry middleware needs a strategy that knows the errors of this crate**: `Retry` (feature `retry`).
//! - **For plain `http` on loopback, also call [`no_proxy()`](reqwest::ClientBuilder::no_proxy):** a proxy would see
//!   the credentials unencrypted. Use `127.0.0.1`, not `localhost`: this crate checks once a minute that `localhost`
//!   means this machine, but the client resolves the name separately.
//!
//! Errors of this crate are [`reqwest_middleware::Error::Middleware`], which contains an [`Error`]:
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
#[cfg(feature = "retry")]
mod retry;

use std::fmt;
use std::sync::Arc;

use evergrant::Authorizer;
use evergrant::runtime::BoxFuture;
use evergrant::transport::TransportIdentity;
use http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{Middleware, Next};

use crate::Error;
use crate::call::{self, Credentials, ErrorStatus, HttpService, OriginalRequest, OutgoingCall, Policy, Replays};

pub use self::builder::AuthorizeBuilder;
#[cfg(feature = "retry")]
pub use self::retry::Retry;

/// A middleware that authorizes each request by the same rules as the [`Client`](crate::Client).
///
/// - After a 401, the token is renewed once for all calls. The request is sent again once if its body can be sent
///   again. If the API returns a 401 again, the caller receives it.
/// - Credentials go only to allowed origins. A request to another origin is an error, and nothing is sent, unless it
///   has the extension [`Unauthenticated`].
#[derive(Clone)]
pub struct Authorize {
    policy: Arc<Policy>,
}

/// An extension of a request that makes the middleware send the request without credentials, to any origin. Error
/// messages refer to this extension as `.unauthenticated()`.
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

/// An extension of a request that makes the middleware send the request only once. After a 401, the caller receives the
/// 401, and the next call fetches a new token.
///
/// ```no_run
/// # async fn run(api: reqwest_middleware::ClientWithMiddleware) -> reqwest_middleware::Result<()> {
/// use evergrant_reqwest::middleware::NoReplay;
///
/// api.post("https://api.example.com/logins").body("...").with_extension(NoReplay).send().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NoReplay;

impl Authorize {
    /// Returns a builder for a middleware that authorizes requests with a token manager or any other [`Authorizer`].
    pub fn builder(authorizer: impl Into<Authorizer>) -> AuthorizeBuilder {
        AuthorizeBuilder::new(authorizer.into())
    }
}

impl Middleware for Authorize {
    /// What `#[async_trait]` expands to, without its future around the one of the call: that would store the request
    /// twice.
    fn handle<'life0, 'life1, 'life2, 'async_trait>(
        &'life0 self,
        request: Request,
        extensions: &'life1 mut Extensions,
        next: Next<'life2>,
    ) -> BoxFuture<'async_trait, reqwest_middleware::Result<Response>>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        'life2: 'async_trait,
        Self: 'async_trait,
    {
        #[cfg(feature = "retry")]
        if let Err(error) = retry::check_repeated(&request, extensions) {
            return Box::pin(std::future::ready(Err(error.into())));
        }
        let credentials = match extensions.get::<Unauthenticated>() {
            Some(Unauthenticated) => Credentials::Withhold,
            None => Credentials::Send,
        };
        let replays = match extensions.get::<NoReplay>() {
            Some(NoReplay) => Replays::Forbid,
            None => Replays::Allow,
        };
        let service = NextService {
            #[cfg(feature = "retry")]
            first: retry::FirstRequest::new(&request),
            next,
            extensions,
        };
        let call = OutgoingCall {
            request: Ok(request),
            credentials,
            replays,
            name: None,
        };
        Box::pin(call::send(&*self.policy, service, call, ErrorStatus::Accept))
    }
}

impl fmt::Debug for Authorize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorize")
            .field("calls", &self.policy.calls)
            .finish_non_exhaustive()
    }
}

impl From<Error> for reqwest_middleware::Error {
    fn from(error: Error) -> Self {
        Self::middleware(error)
    }
}

/// The middleware attached after this one, and the client.
struct NextService<'a> {
    #[cfg(feature = "retry")]
    first: retry::FirstRequest,
    next: Next<'a>,
    extensions: &'a mut Extensions,
}

impl HttpService for NextService<'_> {
    type Error = reqwest_middleware::Error;

    const HAS_EXTENSIONS: bool = true;

    fn into_source(error: Self::Error) -> Result<reqwest::Error, Self::Error> {
        match error {
            reqwest_middleware::Error::Reqwest(source) => Ok(source),
            other => Err(other),
        }
    }

    fn from_source(source: reqwest::Error, _: &OriginalRequest<'_>) -> Self::Error {
        source.into()
    }

    async fn send(
        &mut self,
        request: Request,
        original: &OriginalRequest<'_>,
        _: Option<&TransportIdentity>,
    ) -> Result<Response, Self::Error> {
        #[cfg(feature = "retry")]
        self.first.note_attempt(original, self.extensions);
        let response = self.next.clone().run(request, self.extensions).await;
        #[cfg(feature = "retry")]
        let response = response.map(|response| self.first.with_method(response));
        // The URL that was sent may have a key in its query; error messages must not show it.
        response.map_err(|error| {
            let mut url = original.url().clone();
            url.set_query(None);
            url.set_fragment(None);
            error.with_url(url)
        })
    }
}
