//! An OAuth 2.0 authorization server and a protected API, in-process and full of faults on request, for testing programs that
//! call protected APIs, with `evergrant` or without.
//!
//! - [`AuthServer`] and [`ApiServer`] listen on free loopback ports within milliseconds, each on a thread of its own, and are
//!   gone with their handles. They record every request.
//! - [`Fault`]s are scripted for the next request or for all: latency, any [`Answer`], a body cut off or too large, a hang, a
//!   dropped connection. [`AuthServer::stop`] is an outage; secrets rotate and tokens are revoked at a word.
//! - [`Hold`] stops requests half-way, so that a test of concurrency needs no sleeping.
//! - [`ManualClock`] is time for the library under test, and for the servers' tokens too.
//! - [`LogCapture`] shows what went to `tracing`.
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

pub use self::api::ApiServer;
pub use self::auth::{AuthServer, AuthServerBuilder, BasicDecoding, ClientAuthMethod, ExpiresIn};
pub use self::clock::ManualClock;
pub use self::fault::{Answer, Fault};
pub use self::logs::{LogCapture, LogKind, LogRecord};
pub use self::record::RecordedRequest;
pub use self::script::Hold;
