//! Calls to protected APIs without a thought for tokens: fetched once however many ask, renewed before anyone waits,
//! recovered when an API refuses one, never leaked.
//!
//! This crate is the pure part: no HTTP client, no TLS, no `unsafe`. Take it with `evergrant-reqwest`, or write a
//! [`Transport`] for another HTTP client.
//!
//! ```text
//! API request ─▶ Authorizer ─▶ Requirement ─▶ Scheme ─▶ TokenManager ─▶ slot (one lock-free read)
//!                                                            │ missing, expired, or renewal due
//!                                                            ▼
//!                                                          flight (one, detached, outcome shared by all who wait)
//!                                                            │
//!                                                 TokenProvider (yours) or Exchange
//!                                                            │
//!                                      grant + client authentication ─▶ Transport ─▶ token endpoint
//! ```
//!
//! # Which type does what
//! - A grant starts a [`TokenManagerBuilder`]: [`ClientCredentials`], [`Password`] or [`AuthorizationCode`]. The builder's page
//!   has the table of all settings and their defaults.
//! - [`TokenManager`] hands out tokens: [`token`](TokenManager::token), or the synchronous
//!   [`authorize_now`](TokenManager::authorize_now) on a hot path. When an API refuses one,
//!   [`reject`](TokenManager::reject) its generation.
//! - [`Authorizer`] is what HTTP clients build on: credentials by [`Requirement`] (any of, all of) over the [schemes](scheme), and
//!   what a 401 means.
//! - [`Error`] is what can go wrong in use, [`BuildError`] what can be wrong with a configuration.
//! - [`TokenProvider`], [`CredentialProvider`], [`Transport`] and [`Runtime`](runtime::Runtime) are yours to implement.
//!
//! # The life of a token
//! ```text
//! requested        soft deadline (75%)        hard deadline (expiry - skew)     expiry
//! ├────────────────────┼──────────────────────────────┼───────────────────────────┤
//! │ served             │ served, and renewed in the    │ not served: callers wait   │
//! │                    │ background                    │ for the one flight         │
//! ```
//! Deadlines are kept on the wall clock and on the clock since boot, and have passed when either says so: neither a
//! suspended machine nor a stepped clock makes a dead token look alive.
//!
//! # Events
//! Through `tracing`, with the target `evergrant` and the fields `client_id` and `endpoint` (without query); never a secret.
//! A flight runs in the span `evergrant.flight` (`reason`: `missing`, `expired`, `renewal` or `rejected`).
//!
//! | name | level | when | further fields |
//! |---|---|---|---|
//! | `evergrant.fetch_started` | debug | a flight asks for a token | `reason` |
//! | `evergrant.fetch_retried` | debug | an attempt failed in passing, another follows | `error`, `retry`, `pause_ms` |
//! | `evergrant.fetched` | debug | `fetch_token` has given the application a token (`reason` of its start: `asked`) | `elapsed_ms` |
//! | `evergrant.renewed` | debug | a new token is in use | `generation`, `elapsed_ms`, `lifetime_s` |
//! | `evergrant.fetch_failed` | warn | a flight failed | `error`, `elapsed_ms`, `quiet_ms` |
//! | `evergrant.served_stale` | warn | a renewal failed while the current token is still valid, and is served | `generation`, `error` |
//! | `evergrant.refresh_token_refused` | warn | the server no longer takes a refresh token (`invalid_grant`) | |
//! | `evergrant.signed_in` | debug | a user has signed in, and the token is in use | `generation` |
//! | `evergrant.rejected` | warn | an API refused the current token | `generation` |
//! | `evergrant.renewal_suppressed` | warn | an API refused a fresh token too | `generation` |
//! | `evergrant.scope_narrowed` | warn | fewer scopes granted than asked for | `missing` |
//! | `evergrant.fallback` | warn | a token cannot be had, and the requirement's next alternative is used | `from`, `to`, `error` |
//! | `evergrant.preset_expired` | debug | the preset token has expired | |
//! | `evergrant.update_callback_panicked` | warn | the update callback panicked | `panic` |
//! | `evergrant.update_dropped` | warn | the update callback is more than 256 tokens behind | |

mod authorizer;
mod client_auth;
pub mod error;
mod exchange;
mod grant;
mod jitter;
mod loopback;
mod manager;
mod metrics;
pub mod origin;
mod redact;
mod requirement;
mod retry_after;
pub mod runtime;
pub mod scheme;
mod scope;
mod secret;
#[cfg(feature = "sign-in")]
mod sign_in;
pub mod store;
mod sync;
mod token;
pub mod transport;

pub use self::authorizer::{Authorization, Authorizer, Verdict};
pub use self::client_auth::ClientAuth;
pub use self::error::{ApiError, BuildError, Error, OAuthProviderError};
pub use self::exchange::{ClientSecrets, CredentialProvider, Exchange};
pub use self::grant::{AuthorizationCode, ClientCredentials, Password};
pub use self::manager::{
    KeepWarm, Rejection, ReplayOutcome, ScopedTokens, Status, TokenManager, TokenManagerBuilder, TokenProvider,
    TokenState, TokenUpdates,
};
#[cfg(feature = "metrics")]
pub use self::metrics::describe_metrics;
pub use self::requirement::{Requirement, RequirementBuilder};
pub use self::scope::{Scope, Scopes};
pub use self::secret::Secret;
#[cfg(feature = "sign-in")]
pub use self::sign_in::{AuthorizationRequest, AuthorizationRequestJsonError, SignIn};
pub use self::token::{Generation, Token, TokenJsonError};
pub use self::transport::{SharedTransport, Transport};
