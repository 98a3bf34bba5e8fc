//! A [`reqwest`]-based [`Client`] that authorizes API calls with tokens from [`evergrant`], and a [`Transport`] that
//! sends token requests.
//!
//! ```no_run
//! use evergrant::ClientCredentials;
//!
//! # #[derive(serde::Deserialize)] struct Book;
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let tokens = ClientCredentials::builder("client-id", "not-a-real-secret")
//!     .token_url("https://auth.example.com/oauth2/token")
//!     .scopes(["books.read", "orders.read"])
//!     .build(evergrant_reqwest::Transport::default())?;
//! let api = evergrant_reqwest::Client::builder(tokens)
//!     .base_url("https://api.example.com/v1/")
//!     .build()?;
//! let books: Vec<Book> = api.get("books").send().await?.json().await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Blocking client and middleware
//! Each is a feature, off by default. The rules for credentials and replays are the same.
//!
//! Feature `blocking`: `blocking::Client`, for programs without async.
//!
#![cfg_attr(feature = "blocking", doc = "```no_run")]
#![cfg_attr(not(feature = "blocking"), doc = "```ignore")]
//! # #[derive(serde::Deserialize)] struct Book;
//! # fn run(tokens: evergrant::TokenManager) -> Result<(), Box<dyn std::error::Error>> {
//! let api = evergrant_reqwest::blocking::Client::builder(tokens)
//!     .base_url("https://api.example.com/v1/")
//!     .build()?;
//! let books: Vec<Book> = api.get("books").send()?.json()?;
//! # Ok(())
//! # }
//! ```
//!
//! Feature `middleware`: `middleware::Authorize`, for programs that use
//! [`reqwest-middleware`](https://docs.rs/reqwest-middleware).
//!
#![cfg_attr(feature = "middleware", doc = "```no_run")]
#![cfg_attr(not(feature = "middleware"), doc = "```ignore")]
//! # async fn run(tokens: evergrant::TokenManager) -> Result<(), Box<dyn std::error::Error>> {
//! let authorize = evergrant_reqwest::middleware::Authorize::builder(tokens)
//!     .allow_origin("https://api.example.com")
//!     .follow_redirects()
//!     .build()?;
//! let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
//! let api = reqwest_middleware::ClientBuilder::new(http).with(authorize).build();
//! let books = api.get("https://api.example.com/v1/books").send().await?;
//! # Ok(())
//! # }
//! ```
//!
//! Feature `retry`: `middleware::Retry`, a strategy and policy for [`reqwest-retry`](https://docs.rs/reqwest-retry)
//! that outlast a short outage of the authorization server.
//!
//! # Events
//! In addition to the events of [`evergrant`]. The target is `evergrant`; each event has the fields `method` and `url`
//! (without query).
//!
//! | name | level | when |
//! |---|---|---|
//! | `evergrant.redirected_without_credentials` | debug | a redirect to an origin that is not allowed (`to`) was followed without credentials and without the headers in `removed` |
//! | `evergrant.redirect_not_followed` | warn | a redirect was returned to the caller (`to`, `reason`) |
//! | `evergrant.unexpected_redirect` | warn | the application's HTTP client followed a redirect to another origin (`to`) |

#[cfg(feature = "blocking")]
pub mod blocking;
mod call;
mod cause;
mod client;
mod client_pair;
mod error;
#[cfg(feature = "middleware")]
pub mod middleware;
mod proxy;
mod response;
mod transport;

pub use self::cause::transport_cause;
pub use self::client::{Client, ClientBuilder, RequestBuilder};
pub use self::error::Error;
pub use self::transport::Transport;

/// Compiles the example in the README.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
