//! An OAuth 2.0 authorization server and a protected API, in-process and full of faults on request, for testing programs that
//! call protected APIs, with `evergrant` or without.
//!
//! - [`AuthServer`] and [`ApiServer`] listen on free loopback ports within milliseconds, each on a thread of its own, and are
//!   gone with their handles. They record every request.
//! - [`Fault`]s are scripted for the next request or for all: latency, any [`Answer`], a body cut off or too large, a hang, a
//!   dropped connection. [`AuthServer::stop`] is an outage; secrets rotate and tokens are revoked at a word.
//! - [`AuthServer::visit`] stands in for a user's browser, so that a sign-in is tested without one.
//! - [`ApiServer::route`] answers a path as the test says, so that an API with operations and credentials of its own can be
//!   emulated.
//! - [`Hold`] stops requests half-way, so that a test of concurrency needs no sleeping.
//! - [`ManualClock`] is time for the library under test, and for the servers' tokens too.
//! - [`LogCapture`] shows what went to `tracing`.
//! - [`store::Conformance`] checks an implementation of `evergrant::store::TokenStore`.
//!
//! Requests are decoded by code of this crate's own, strictly by the RFCs, so that a mistake in a client is not forgiven by
//! the same mistake here.
//!
//! ```
//! use evergrant_testing::AuthServer;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let auth = AuthServer::builder().client("client-id", "not-a-real-secret").start();
//! let api = auth.api();
//!
//! // The client under test: here, bare reqwest.
//! let http = reqwest::Client::new();
//! let form = [("grant_type", "client_credentials"), ("client_id", "client-id"), ("client_secret", "not-a-real-secret")];
//! let token: serde_json::Value = http.post(auth.token_url()).form(&form).send().await?.json().await?;
//! let books = http.get(api.url("/books")).bearer_auth(token["access_token"].as_str().unwrap()).send().await?;
//! assert_eq!(books.status(), 200);
//!
//! auth.revoke_all();
//! let books = http.get(api.url("/books")).bearer_auth(token["access_token"].as_str().unwrap()).send().await?;
//! assert_eq!(books.status(), 401);
//! assert_eq!(auth.token_requests(), 1);
//! # Ok(())
//! # }
//! ```
//!
//! # Grants
//!
//! | grant | is offered with | refresh token |
//! |---|---|---|
//! | `client_credentials` | nothing more | never |
//! | `authorization_code`, with PKCE | [`AuthServerBuilder::redirect_uri`] | yes |
//! | `password` | [`AuthServerBuilder::user`] | yes |
//! | `refresh_token` | either of these two | as [`AuthServerBuilder::refresh_tokens`] says |
//!
//! A client's sign-in, tested without a browser:
//!
//! ```
//! use evergrant_testing::AuthServer;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let auth = AuthServer::builder()
//!     .client("web", "not-a-real-secret")
//!     .redirect_uri("web", "https://web.example/callback")
//!     .user("jane", "not-a-real-password")
//!     .start();
//!
//! // The client under test sends the user there, and is given the URL that the browser comes back with.
//! let sign_in = [("response_type", "code"), ("client_id", "web"), ("state", "xyz")];
//! let sign_in = reqwest::Url::parse_with_params(&auth.authorization_url(), sign_in)?;
//! let back = reqwest::Url::parse(&auth.visit(sign_in.as_str()))?;
//! let value = |name: &str| back.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
//! assert_eq!(value("state").as_deref(), Some("xyz"));
//!
//! let code = value("code").unwrap();
//! let form = [("grant_type", "authorization_code"), ("code", &code)];
//! let request = reqwest::Client::new().post(auth.token_url()).basic_auth("web", Some("not-a-real-secret"));
//! let tokens: serde_json::Value = request.form(&form).send().await?.json().await?;
//! assert!(tokens["access_token"].is_string() && tokens["refresh_token"].is_string());
//! # Ok(())
//! # }
//! ```

mod api;
mod auth;
mod clock;
mod fault;
mod form;
mod host;
mod logs;
mod patience;
mod record;
mod script;
pub mod store;

pub use self::api::{ApiServer, RouteRequest};
pub use self::auth::{
    AuthServer, AuthServerBuilder, BasicDecoding, ClientAuthMethod, ExpiresIn, IssuedToken, RefreshTokens,
};
pub use self::clock::ManualClock;
pub use self::fault::{Answer, Fault};
pub use self::logs::{LogCapture, LogKind, LogRecord};
pub use self::record::RecordedRequest;
pub use self::script::Hold;
