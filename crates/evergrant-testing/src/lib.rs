//! An in-process OAuth 2.0 authorization server and a protected API with fault injection, for testing programs that
//! call protected APIs, with or without `evergrant`.
//!
//! - [`AuthServer`] and [`ApiServer`] start on free loopback ports within milliseconds, each on its own thread, and
//!   stop when the last handle is dropped. They record every request.
//! - A [`Fault`] applies to the next request or to all requests: latency, any [`MockResponse`], a truncated or
//!   oversized body, a hang, a dropped connection. [`AuthServer::stop`] simulates an outage. Tests can rotate secrets
//!   and revoke tokens.
//! - With the feature `assertions`, the server verifies client assertions (`private_key_jwt`, `client_secret_jwt`,
//!   tokens of a platform) and records why it rejects one. Both servers verify DPoP proofs and their nonces
//!   ([`AuthServerBuilder::require_dpop`]).
//! - [`AuthServer::visit`] stands in for a user's browser, so that a sign-in can be tested without one.
//! - [`ApiServer::route`] handles a path with a closure, to emulate an API with its own operations and credentials.
//! - The metadata of the server can be changed, moved or delayed ([`AuthServer::metadata_with`],
//!   [`AuthServer::serve_metadata_at`]), and an API can publish its own ([`ApiServer::publish_metadata`]).
//! - [`HoldGuard`] holds requests before the server responds, so that tests of concurrency need no sleeps.
//! - [`ManualClock`] provides the time for the library under test, and for token lifetimes on the servers.
//! - [`LogCapture`] collects `tracing` events and spans.
//! - [`store::Conformance`] checks an implementation of `evergrant::store::TokenStore`.
//!
//! The servers decode requests strictly by the RFCs and share no code with `evergrant`, so that a mistake in the client
//! is not hidden by the same mistake in the server.
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
//! let client = [("client_id", "client-id"), ("client_secret", "not-a-real-secret")];
//! let form = [client[0], client[1], ("grant_type", "client_credentials")];
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
//! | grant | enabled by | refresh token |
//! |---|---|---|
//! | `client_credentials` | always enabled | never |
//! | `authorization_code`, with PKCE | [`AuthServerBuilder::redirect_uri`] | yes |
//! | `password` | [`AuthServerBuilder::user`] | yes |
//! | `refresh_token` | either of the previous two | see [`AuthServerBuilder::refresh_tokens`] |
//! | JWT bearer | [`AuthServerBuilder::jwt_bearer`] | never |
//! | token exchange | [`AuthServerBuilder::token_exchange`] | never |
//!
//! Testing a sign-in without a browser:
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
//! // The client under test sends the user to this URL, and receives the redirect of the browser.
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
mod http_host;
mod logs;
mod recorded_request;
mod response_body;
mod scheduled_faults;
pub mod store;
mod strict_form_decoding;
mod timeouts;

pub use self::api::{ApiServer, RouteRequest};
pub use self::auth::{
    AuthServer, AuthServerBuilder, BasicDecoding, ClientAuthMethod, ExpiresIn, IssuedToken, MetadataLocation,
    RefreshTokens,
};
pub use self::clock::ManualClock;
pub use self::fault::{Fault, MockResponse};
pub use self::logs::{LogCapture, LogKind, LogRecord};
pub use self::recorded_request::RecordedRequest;
pub use self::scheduled_faults::HoldGuard;
