//! A [tower](tower_service) layer that authorizes requests with tokens from [`evergrant`]. It wraps hyper, tonic and
//! any other HTTP client that is a [`Service`](tower_service::Service).
//!
//! The layer has the same rules as `evergrant_reqwest::Client`:
//! - Credentials go only to the origin of [`base_url`](AuthorizeLayerBuilder::base_url) and to allowed origins.
//! - After a 401, the token is renewed once for all calls. The request is sent again once if its body can be sent
//!   again. If the API returns a 401 again, the caller receives it.
//!
//! This example wraps the client of hyper-util:
//! ```no_run
//! use evergrant::ClientCredentials;
//! use evergrant_tower::AuthorizeLayer;
//! use http::{Request, Response};
//! use http_body_util::Empty;
//! use hyper_util::{client::legacy::Client, rt::TokioExecutor};
//! use tower::{ServiceBuilder, ServiceExt as _};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let tokens = ClientCredentials::builder("client-id", "not-a-real-secret")
//!     .token_url("https://auth.example.com/oauth2/token")
//!     .build(evergrant_reqwest::Transport::default())?;
//! let authorize = AuthorizeLayer::builder(tokens).base_url("https://api.example.com").build()?;
//!
//! # let connector = hyper_util::client::legacy::connect::HttpConnector::new();
//! let http = Client::builder(TokioExecutor::new()).build(connector); // a connector with TLS
//! let api = ServiceBuilder::new().layer(authorize).service(http);
//!
//! let request = Request::get("https://api.example.com/books").body(Empty::<bytes::Bytes>::new())?;
//! let response: Response<_> = api.oneshot(request).await?;
//! # Ok(())
//! # }
//! ```
//!
//! This example wraps the channel of a tonic client, generated or not. It requires the feature `tonic`. The token is
//! also renewed after the status `UNAUTHENTICATED`:
#![cfg_attr(feature = "tonic", doc = "```no_run")]
#![cfg_attr(not(feature = "tonic"), doc = "```ignore")]
//! use evergrant_tower::AuthorizeLayer;
//! use tonic::transport::Endpoint;
//!
//! # async fn run(tokens: evergrant::TokenManager) -> Result<(), Box<dyn std::error::Error>> {
//! let channel = Endpoint::from_static("https://rpc.example.com").connect_lazy();
//! let channel = AuthorizeLayer::builder(tokens)
//!     .base_url("https://rpc.example.com")
//!     .grpc_channel(channel)?;
//!
//! let client = tonic::client::Grpc::new(channel); // or a generated `BooksClient::new(channel)`
//! # Ok(())
//! # }
//! ```
//!
//! # Where a request goes
//! The layer checks the origin of the request's URI. A request without scheme and host, as tonic makes them, goes to
//! the origin of [`base_url`](AuthorizeLayerBuilder::base_url), which the layer writes into the URI. Without a base
//! URL, such a request is an error, and nothing is sent. The layer cannot check the following:
//!
//! - **A service with a fixed address** ignores the URI, as tonic's `Channel` and a manual connection do. Set
//!   `base_url` to the origin of that address.
//! - **Proxies.** Plain `http` is allowed to loopback addresses because it stays on the machine. An HTTP client that
//!   sends such requests through a proxy exposes the credentials unencrypted.
//! - **The resolution of `localhost`.** The layer checks once a minute that `localhost` means this machine, but the
//!   HTTP client resolves the name separately. For plain `http`, use `127.0.0.1`.
//!
//! # Order of layers
//! - **Redirects are not followed**: the caller receives a 3xx. Place a layer that follows redirects outside of this
//!   layer. Each hop is then authorized by its origin, and a hop to an origin that is not allowed is an error. Inside,
//!   such a layer would send the credentials to other origins.
//! - **Place logging layers outside** as well: inside, they see credentials in headers and in the URI.
//! - **Place a layer for the time limit of a call outside**, such as tower's `Timeout`. The limit then includes the
//!   wait for a token and a repeated request, until the head of the response. Without such a layer, the wait for a
//!   token has the limit of the token manager. A timeout layer inside applies to each attempt.
//! - **Place a retry layer outside**, so that each attempt has a valid token. `RetryPolicy` (feature `retry`) knows the
//!   errors of this crate.
//!
//! # Bodies
//! The inner service receives a [`Replayable`] body: the request body, whose sent part is buffered until the head of
//! the response arrives. After a 401, the request is sent again with the buffered part, and then the rest of the
//! request body. Once more than [`replay_limit`](AuthorizeLayerBuilder::replay_limit) was sent, the request is not sent
//! again, unless its body is in memory: one frame, whose size is known in advance.
//!
//! # Events
//! The layer emits the events of [`evergrant`]. Events of a call have the fields `method` and `url` (without query).

mod builder;
mod error;
#[cfg(feature = "tonic")]
mod grpc_channel;
mod grpc_trailer_rejection;
mod inner_service_trait;
mod layer;
mod peek_response_body;
mod replayable_body;
mod request_destination;
mod response_body;
#[cfg(feature = "retry")]
mod retry;
mod send;
mod service;
mod settings;

pub use self::builder::AuthorizeLayerBuilder;
pub use self::error::Error;
#[cfg(feature = "tonic")]
pub use self::grpc_channel::GrpcChannel;
pub use self::inner_service_trait::InnerService;
pub use self::layer::AuthorizeLayer;
pub use self::replayable_body::Replayable;
pub use self::response_body::{ResponseBody, ResponseFuture};
#[cfg(feature = "retry")]
pub use self::retry::RetryPolicy;
pub use self::service::Authorize;
pub use self::settings::{NoReplay, Unauthenticated};
