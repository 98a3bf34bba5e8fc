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
//! - [`store`] lets many processes share one token: the seam to engines, an in-memory one, and the rules that hold on any of them.
//! - [`Error`] is what can go wrong in use, [`BuildError`] what can be wrong with a configuration.
//! - [`TokenProvider`], [`CredentialProvider`], [`Transport`], [`TokenStore`](store::TokenStore) and [`Runtime`](runtime::Runtime) are
//!   yours to implement.
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
//! | `evergrant.adopted` | debug | another process's token is in use | `generation`, `elapsed_ms` |
//! | `evergrant.fetch_failed` | warn | a flight failed | `error`, `elapsed_ms`, `quiet_ms` |
//! | `evergrant.served_stale` | warn | a renewal failed while the current token is still valid, and is served | `generation`, `error` |
//! | `evergrant.refresh_token_refused` | warn | the server no longer takes a refresh token (`invalid_grant`) | |
//! | `evergrant.lease_acquired` | debug | this process fetches the token for the fleet | |
//! | `evergrant.lease_held` | debug | a flight finds that another process fetches the token | `left_ms` |
//! | `evergrant.lease_lost` | warn | another process took over while this one was fetching, so this one's token is not shared | |
//! | `evergrant.store_failed` | warn | the token store failed, and is left alone for a while | `operation`, `error`, `pause_ms` |
//! | `evergrant.store_recovered` | debug | the token store answers again | |
//! | `evergrant.store_entry_refused` | warn | the store's entry cannot be used, and counts as missing (told by a [`Ledger`](store::Ledger) of its own without `client_id` and `endpoint`) | `key`, `problem` |
//! | `evergrant.signed_in` | debug | a user has signed in, and the token is in use | `generation` |
//! | `evergrant.rejected` | warn | an API refused the current token, be it in another process that shares it | `generation` |
//! | `evergrant.renewal_suppressed` | warn | an API refused a fresh token too, or too many one after the other, so that its refusals start no renewal for a while | `generation` |
//! | `evergrant.scope_narrowed` | warn | fewer scopes granted than asked for | `missing` |
//! | `evergrant.member_ignored` | warn | a member of a token response cannot be read, such as a lifetime in words, and the token is used without it (of a stored token: without `client_id` and `endpoint`) | `member`, `problem` |
//! | `evergrant.relaxed` | warn | something is built with a `danger_*` setting (without `client_id` and `endpoint`); see [`Relaxation`] | `setting`, `effect` |
//! | `evergrant.fallback` | warn | a token cannot be had, and the requirement's next alternative is used | `from`, `to`, `error` |
//! | `evergrant.preset_expired` | debug | the preset token has expired | |
//! | `evergrant.update_callback_panicked` | warn | the update callback panicked | `panic` |
//! | `evergrant.update_dropped` | warn | the update callback is more than 256 tokens behind | |
//!
//! # Metrics
//! With the feature `metrics`, for the recorder of the [`metrics`](https://docs.rs/metrics) facade that the program installs, such as a
//! Prometheus exporter; `describe_metrics`, called after that, tells it units and meanings. Each label has one of a few values: no client
//! ids, addresses or keys. Managers are not told apart. Times are read off the manager's own clock, on Linux to 4 ms.
//!
//! | name | kind | labels | what |
//! |---|---|---|---|
//! | `evergrant_fetches_total` | counter | `outcome`, `reason` | fetches that have come to an end |
//! | `evergrant_fetch_seconds` | histogram | `outcome` | how long they took, repeated attempts included |
//! | `evergrant_fetch_retries_total` | counter | | attempts that failed in passing, and were repeated within their fetch |
//! | `evergrant_wait_seconds` | histogram | `outcome`: `ok`, `failed`, `abandoned` | how long callers waited who had to, be it that they gave up (their future was dropped) |
//! | `evergrant_token_remaining_seconds` | histogram | | what a token had left until its expiry when it was used: at the first use of each token, and at one of 61 on each thread; not of tokens without an expiry |
//! | `evergrant_served_stale_total` | counter | | renewals that failed while the current token was still valid, and was served |
//! | `evergrant_rejections_total` | counter | `outcome`: `accepted`, `superseded`, `suppressed` | tokens that APIs refused, by [what that led to](Rejection) |
//! | `evergrant_replays_total` | counter | `outcome`: `accepted`, `refused` | requests repeated with a new token, by how the API answered |
//! | `evergrant_leases_total` | counter | `outcome`: `acquired`, `held`, `lost` | as the events `lease_acquired`, `lease_held` and `lease_lost` |
//! | `evergrant_store_errors_total` | counter | `operation`: `load`, `lease`, `save`, `release`, `replay_refused`; `kind`: those of [`StoreErrorKind`](store::StoreErrorKind) | failed operations on the token store, those included that are no event because another try follows |
//! | `evergrant_store_recoveries_total` | counter | | times that the store has answered again |
//! | `evergrant_store_entries_refused_total` | counter | | entries of the store that could not be used |
//!
//! A fetch's `reason` is `missing`, `expired`, `renewal`, `rejected`, or `asked` (by [`fetch_token`](TokenManager::fetch_token) and
//! [`renew_token`](TokenManager::renew_token)). Its `outcome` is one of these:
//!
//! | outcome | |
//! |---|---|
//! | `ok` | this process has fetched a token |
//! | `adopted` | another process's token is in use; nothing was asked of the server |
//! | `remembered` | another process's failure is remembered; nothing was asked of the server |
//! | `refused` | the server refused, for good as far as it says |
//! | `rate_limited` | it answered 429 or `slow_down` |
//! | `server_error` | it answered 5xx, `server_error` or `temporarily_unavailable` |
//! | `invalid_response` | its answer was no usable token response |
//! | `unreachable` | there was no whole answer |
//! | `timeout` | there was none in time |
//! | `other` | anything else, such as a failure of the application's own provider |
//!
//! A fetch that ends with its runtime or its manager is not counted, nor is a user's sign-in.

mod authorizer;
mod challenge;
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
mod relaxation;
mod requirement;
mod retry_after;
mod root_certificates;
pub mod runtime;
pub mod scheme;
mod scope;
mod secret;
#[cfg(feature = "sign-in")]
mod sign_in;
pub mod store;
mod sync;
mod token;
mod token_file;
pub mod transport;

pub use self::authorizer::{Authorization, Authorizer, Verdict};
pub use self::challenge::{lacks_scope, rejects_token};
pub use self::client_auth::ClientAuth;
pub use self::error::{ApiError, BuildError, Error, OAuthProviderError};
pub use self::exchange::{ClientSecrets, CredentialProvider, Exchange, TokenEndpointOptions};
pub use self::grant::{AuthorizationCode, ClientCredentials, Password};
pub use self::manager::{
    KeepWarm, Rejection, ReplayOutcome, ScopedTokens, Status, TokenManager, TokenManagerBuilder, TokenProvider,
    TokenState, TokenUpdates,
};
#[cfg(feature = "metrics")]
pub use self::metrics::describe_metrics;
pub use self::relaxation::Relaxation;
pub use self::requirement::{Requirement, RequirementBuilder};
pub use self::scope::{Scope, Scopes};
pub use self::secret::Secret;
#[cfg(feature = "sign-in")]
pub use self::sign_in::{AuthorizationRequest, AuthorizationRequestJsonError, SignIn};
pub use self::token::{Generation, Token, TokenJsonError};
pub use self::token_file::TokenFile;
pub use self::transport::{SharedTransport, Transport};
