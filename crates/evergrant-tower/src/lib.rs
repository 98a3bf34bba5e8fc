//! [`evergrant`] for [tower](tower_service): a layer that authorizes the requests of hyper, tonic and any other HTTP client
//! that is a [`Service`](tower_service::Service).
//!
//! Its rules are those of `evergrant_reqwest::Client`: credentials go only to the origin of `base_url` and to those allowed by
//! name; a 401 leads to one shared renewal and one replay, if the body can be sent again; a second 401 is returned as it is.
//!
//! With hyper-util's client:
//! ```no_run
//! use evergrant::ClientCredentials;
//! use evergrant_tower::AuthorizeLayer;
//! use http::{Request, Response};
//! use http_body_util::Empty;
//! use hyper_util::{client::legacy::Client, rt::TokioExecutor};
//! use tower::{ServiceBuilder, ServiceExt as _};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let tokens = ClientCredentials::new("client-id", "not-a-real-secret")
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
//! With a tonic client, generated or not. A channel takes tonic's own body, so the request's is put into one below the layer;
//! [`grpc`](AuthorizeLayerBuilder::grpc) takes the status `UNAUTHENTICATED` for a refusal as well:
//! ```no_run
//! use evergrant_tower::{AuthorizeLayer, Replayable};
//! use tonic::{body::Body, transport::Endpoint};
//! use tower::ServiceBuilder;
//!
//! # async fn run(tokens: evergrant::TokenManager) -> Result<(), Box<dyn std::error::Error>> {
//! let authorize = AuthorizeLayer::builder(tokens).base_url("https://rpc.example.com").grpc().build()?;
//! let channel = Endpoint::from_static("https://rpc.example.com").connect_lazy();
//! let api = ServiceBuilder::new()
//!     .layer(authorize)
//!     .map_request(|request: http::Request<Replayable<Body>>| request.map(Body::new))
//!     .service(channel);
//!
//! let client = tonic::client::Grpc::new(api); // or a generated `BooksClient::new(api)`
//! # Ok(())
//! # }
//! ```
//!
//! # Where a request goes
//! The origin of its URI is what is checked, and what it is sent to. A request without scheme and host, as tonic makes them,
//! counts as one to the origin of [`base_url`](AuthorizeLayerBuilder::base_url), and that origin is written into its URI; if no
//! base URL is set, it is an error, and nothing is sent. Three things are out of the layer's sight:
//!
//! - **A service with an address of its own goes where that says**, whatever the URI: tonic's `Channel`, or a connection made by
//!   hand. `base_url` must name the same origin.
//! - **Proxies.** Plain `http` is allowed to loopback addresses because it stays on the machine; a client below that hands such
//!   requests to a proxy takes the credentials elsewhere in clear.
//! - **What `localhost` resolves to below.** That the name is this machine is checked once a minute, and the client below resolves
//!   it by itself; plain `http` is better written to `127.0.0.1`.
//!
//! # What goes outside and what goes inside
//! - **Redirects are not followed**: a 3xx is returned as it is. A layer that follows them belongs outside of this one, where
//!   each hop is authorized by its origin, and one to an origin that is not allowed is an error. Inside, it would carry the
//!   credentials elsewhere.
//! - **What logs requests** belongs outside too: inside, it sees credentials, in headers and in the URI.
//! - A time limit outside covers the wait for a token and the replay; one inside covers each time that the request is sent.
//!
//! # Bodies
//! The inner service is given a [`Replayable`] body: the request's own, remembered as far as it has been sent, until the
//! response's head is there. A replay sends what is remembered, and goes on with the rest. Once more has been sent than
//! [`replay_limit`](AuthorizeLayerBuilder::replay_limit) nothing is replayed, be the body streamed or in one piece.
//!
//! # Events
//! Besides those of [`evergrant`], with the target `evergrant_tower` and the fields `method` and `url` (without query):
//!
//! | name | level | when |
//! |---|---|---|
//! | `evergrant.replayed` | debug | a refused request was repeated with a new token (`status`: the second answer) |
//! | `evergrant.not_replayed` | warn | a refused request is not repeated (`reason`); the refusal is returned |

mod body;
mod builder;
mod destination;
mod error;
mod layer;
mod send;
mod service;

pub use self::body::Replayable;
pub use self::builder::AuthorizeLayerBuilder;
pub use self::error::Error;
pub use self::layer::{AuthorizeLayer, Unauthenticated};
pub use self::service::Authorize;
