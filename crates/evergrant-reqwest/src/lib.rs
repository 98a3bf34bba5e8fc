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
//! # Moving from reqwest
//! The set-up of a program changes, and its calls stay the same. The example `examples/moving_from_reqwest` compiles
//! the same calls for both clients.
//!
//! - **Requests**: [`RequestBuilder`] has the methods of reqwest's request builder, and [`Client::execute`] sends a
//!   [`reqwest::Request`]. Paths below the base URL are text; full URLs are text or [`Url`](reqwest::Url).
//! - **Responses** are reqwest's own, so that code and crates for [`reqwest::Response`] work unchanged, such as
//!   `reqwest-sse` for event streams.
//! - **Errors**: [`Error`] is the error of all clients, and `?` converts [`reqwest::Error`].
//!   [`RequestBuilder::send_ok`] combines `send` and `error_for_status`, and its error contains the response body.
//! - **Tests**: code that takes a [`dyn Execute`](Execute) runs without a server. `examples/mock_servers.rs` also shows
//!   `wiremock` and `evergrant-testing`.
//! - **Crates that take a request builder** of reqwest: with the feature `websocket`, the crate `reqwest-websocket`
//!   takes the [`RequestBuilder`] of this crate. For other crates, [`RequestBuilder::authorize`] returns reqwest's own
//!   request builder, with the credentials of one request. A crate for another version of reqwest, such as
//!   `reqwest-eventsource` 0.6, works with neither.
//! - **The HTTP client**: [`ClientBuilder::http`] takes a function that returns reqwest's client builder.
//!   [`ClientBuilder::http_client`] takes a finished reqwest client, which is rejected if it follows redirects by
//!   itself.
//!
//! This crate exports [`reqwest`] in the version of the types above.
//!
//! # TLS
//! | features | TLS |
//! |---|---|
//! | `rustls` (default) | rustls, with the cryptography of aws-lc |
//! | `rustls-no-provider` | rustls, with the provider that the program installs first, for example ring: `rustls::crypto::ring::default_provider().install_default()` |
//! | none, and `native-tls` of the crate reqwest | that of the operating system |
//! | none | none: only plain `http` to this machine works |
//!
//! If the default features are turned off, `Cargo.toml` contains for example:
//!
//! ```toml
//! evergrant-reqwest = { version = "0.1", default-features = false, features = ["rustls-no-provider"] }
//! rustls = { version = "0.23", default-features = false, features = ["ring", "std", "tls12"] }
//! # or
//! evergrant-reqwest = { version = "0.1", default-features = false }
//! reqwest = { version = "0.13", default-features = false, features = ["native-tls"] }
//! ```
//!
//! Without a provider, reqwest panics when the first client is built. All other features of reqwest, such as `gzip`,
//! `socks` and `cookies`, are turned on in the same way, with a dependency on reqwest.
//!
//! # Blocking client and middleware
//! Each of these is a feature of the crate, off by default. The rules for credentials and for repeated requests after a
//! 401 are the same as for [`Client`].
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
//! Feature `websocket`: `websocket` authorizes the handshakes of
//! [`reqwest-websocket`](https://docs.rs/reqwest-websocket).
//!
//! # Events
//! This crate emits the following events in addition to those of [`evergrant`]. Their target is `evergrant`. Each event
//! has the fields `method` and `url` (without query); those of a certificate have the field `file` instead.
//!
//! | name | level | when |
//! |---|---|---|
//! | `evergrant.redirected_without_credentials` | debug | a redirect to an origin that is not allowed (`to`) was followed without credentials and without the headers in `removed` |
//! | `evergrant.redirect_not_followed` | warn | a redirect was returned to the caller (`to`, `reason`) |
//! | `evergrant.certificate_changed` | debug | a certificate file has changed, and the new certificate is in use (`thumbprint`) |
//! | `evergrant.certificate_ignored` | warn | a changed certificate file cannot be used, and the last certificate stays in use (`problem`) |
//! | `evergrant.secret_file_exposed` | warn | other users of this machine can read a key file |
//! | `evergrant.unexpected_redirect` | warn | the application's HTTP client followed a redirect to another origin (`to`) |

#[cfg(feature = "blocking")]
pub mod blocking;
mod call;
mod client;
#[cfg(feature = "rustls-no-provider")]
mod client_certificate;
mod environment_proxy;
mod error;
mod error_cause;
mod execute_trait;
mod http_client_pair;
#[cfg(feature = "middleware")]
pub mod middleware;
mod reqwest_client_settings;
mod response_checks;
#[cfg(feature = "rustls-no-provider")]
mod tls_client_auth;
mod transport;
#[cfg(feature = "websocket")]
pub mod websocket;

pub use self::client::{Client, ClientBuilder, RequestBuilder};
#[cfg(feature = "rustls-no-provider")]
pub use self::client_certificate::ClientCertificate;
pub use self::error::Error;
pub use self::error_cause::transport_cause;
pub use self::execute_trait::Execute;
#[cfg(feature = "rustls-no-provider")]
pub use self::tls_client_auth::TlsClientAuth;
pub use self::transport::Transport;
pub use reqwest;

/// Compiles the example in the README.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
