//! [`evergrant`] over [`reqwest`]: a [`Transport`] for its token requests, and a [`Client`] whose calls are authorized.
//!
//! ```no_run
//! use evergrant::ClientCredentials;
//!
//! # #[derive(serde::Deserialize)] struct Book;
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let tokens = ClientCredentials::new("client-id", "not-a-real-secret")
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
//! # Other ways in
//! Each is a feature that is off by default, and keeps to the same rules.
//!
//! `blocking`, for programs without async: `blocking::Client`.
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
//! `middleware`, for programs with a stack of [`reqwest-middleware`](https://docs.rs/reqwest-middleware):
//! `middleware::Authorize`.
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
//! # Events
//! Besides those of [`evergrant`], with the target `evergrant_reqwest` and the fields `method` and `url` (without query):
//!
//! | name | level | when |
//! |---|---|---|
//! | `evergrant.replayed` | debug | a refused request was repeated with a new token (`status`: the second answer) |
//! | `evergrant.not_replayed` | warn | a refused request is not repeated (`reason`); its 401 is returned |
//! | `evergrant.redirected_without_credentials` | debug | a redirect led to an origin that is not allowed (`to`) |
//! | `evergrant.redirect_not_followed` | warn | a redirect was returned as it is (`to`, `reason`) |
//! | `evergrant.redirected_unseen` | warn | the client under the middleware followed a redirect to another origin (`to`) |

#[cfg(feature = "blocking")]
pub mod blocking;
mod call;
mod cause;
mod client;
mod error;
mod http;
#[cfg(feature = "middleware")]
pub mod middleware;
mod proxy;
mod response;
mod transport;

pub use self::cause::transport_cause;
pub use self::client::{Client, ClientBuilder, RequestBuilder};
pub use self::error::Error;
pub use self::transport::Transport;

/// The README's example compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
