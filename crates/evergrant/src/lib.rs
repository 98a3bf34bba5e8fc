//! Fetches, caches, renews and shares OAuth 2.0 access tokens.
//!
//! A [`TokenManager`] holds one client's token. All calls share it: it is fetched once, renewed in the background
//! before it expires, replaced when an API rejects it, and never written to a log or an error.
//!
//! This crate has no HTTP client, no TLS and no `unsafe` code. Use it with `evergrant-reqwest` or `evergrant-tower`, or
//! implement [`Transport`] for another HTTP client.
//!
//! ```
//! use evergrant::{ClientCredentials, SharedTransport};
//!
//! # async fn run(transport: SharedTransport) -> Result<(), Box<dyn std::error::Error>> {
//! let tokens = ClientCredentials::builder("client-id", "not-a-real-secret")
//!     .token_url("https://auth.example.com/oauth2/token")
//!     .scopes(["orders.read"])
//!     .build(transport)?;
//!
//! let mut request = http::Request::get("https://api.example.com/orders").body(())?;
//! // Fetches a token on the first call; later calls read it from the cache.
//! tokens.authorize(request.headers_mut()).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Types
//! ```text
//! API request ─▶ Authorizer ─▶ Requirement ─▶ Scheme ─▶ TokenManager ─▶ cached token (one lock-free read)
//!                                                            │ missing, expired, or renewal due
//!                                                            ▼
//!                                                          fetch (one at a time, in its own task, for all callers)
//!                                                            │
//!                                                 TokenEndpoint, or a custom TokenProvider
//!                                                            │
//!                                      grant + client authentication ─▶ Transport ─▶ token endpoint
//! ```
//!
//! - A grant creates a [`TokenManagerBuilder`]: [`ClientCredentials`], [`Password`], [`AuthorizationCode`],
//!   [`DeviceAuthorization`], [`JwtBearer`] or [`TokenExchange`]. The builder's documentation lists all settings with
//!   their defaults.
//! - [`TokenManager`] provides tokens: with [`token`](TokenManager::token), or with the synchronous
//!   [`authorize_now`](TokenManager::authorize_now) on a hot path. When an API rejects a token, pass the token's
//!   [generation](Generation) to [`reject`](TokenManager::reject).
//! - HTTP clients build on [`Authorizer`], [`CallPolicy`] and [`Replay`]. These types write the credentials of a
//!   [`Requirement`] (one of several alternatives, each with one or more [authentication schemes](scheme)), check the
//!   allowed origins, and decide whether a rejected call is repeated.
//! - [`discovery`] requests the metadata of authorization servers and APIs. A manager that is built with an
//!   [`issuer`](TokenManagerBuilder::issuer) finds the URLs of its endpoints itself.
//! - [`UserTokens`] has one manager for each user of a web application, and saves the users' tokens in a store.
//! - [`store`] lets many processes share one token: the [`TokenStore`](store::TokenStore) trait for storage engines, a
//!   store in memory, and the rules that hold for every engine.
//! - [`Error`] is a failure at run time, [`BuildError`] an invalid configuration.
//! - Applications can implement [`TokenProvider`], [`ClientAuth`](client_auth::ClientAuth), [`Grant`],
//!   [`AssertionSource`](assertion::AssertionSource), [`Transport`], [`Proof`](proof::Proof),
//!   [`Scheme`](scheme::Scheme), [`TokenStore`](store::TokenStore) and [`Runtime`](runtime::Runtime).
//!
//! # The life of a token
//! ```text
//! requested        soft deadline (75%)        hard deadline (expiry - skew)     expiry
//! ├────────────────────┼──────────────────────────────┼───────────────────────────┤
//! │ served             │ served, and renewed in the   │ not served: calls wait    │
//! │                    │ background                   │ for the fetch in progress │
//! ```
//! Deadlines are checked on the wall clock and on the clock since boot. A deadline has passed as soon as either clock
//! has reached it. An expired token is therefore recognized after the machine was suspended and after the wall clock
//! was set back.
//!
//! # Events
//! Events are reported through `tracing` with the target `evergrant` and the fields `client_id` and `endpoint` (without
//! query). They contain no secrets. Each fetch runs in the span `evergrant.fetch` with the field `reason`: `missing`,
//! `expired`, `renewal` or `rejected`. When a call waits for a fetch, the call's current span gets the relation
//! `follows_from` to this span.
//!
//! Events about a call (¹) have the fields `method` and `url` (without query) in place of `client_id` and `endpoint`.
//! Events marked with ² have neither when they do not belong to a manager.
//!
//! | name | level | meaning | further fields |
//! |---|---|---|---|
//! | `evergrant.fetch_started` | debug | a fetch starts | `reason` |
//! | `evergrant.fetch_retried` | debug | a transient failure; another attempt follows | `error`, `retry`, `pause_ms` |
//! | `evergrant.fetched` | debug | [`fetch_token`](TokenManager::fetch_token) fetched a token (its `fetch_started` event has the reason `requested`) | `elapsed_ms` |
//! | `evergrant.renewed` | debug | a new token is in use | `generation`, `elapsed_ms`, `lifetime_s` |
//! | `evergrant.metadata_fetched` | debug | the metadata of the [issuer](TokenManagerBuilder::issuer) was fetched, for the first time or again | `url` where it was found, `lifetime_s` until its renewal |
//! | `evergrant.metadata_renewal_failed` | warn | the metadata of the issuer could not be renewed, and the current metadata stays in use | `error`, `pause_ms` |
//! | `evergrant.adopted` | debug | a token of another process is in use | `generation`, `elapsed_ms` |
//! | `evergrant.fetch_failed` | warn | a fetch failed | `error`, `elapsed_ms`, `backoff_ms` |
//! | `evergrant.served_stale` | warn | a renewal failed, and the current token is served while it is valid | `generation`, `error` |
//! | `evergrant.refresh_token_rejected` | warn | the server rejected a refresh token (`invalid_grant`) | |
//! | `evergrant.lease_acquired` | debug | this process fetches the token for all processes | |
//! | `evergrant.lease_held` | debug | another process is fetching the token | `remaining_ms` |
//! | `evergrant.lease_lost` | warn | another process took over during the fetch, so this process's token is not shared | |
//! | `evergrant.store_failed` | warn | the token store failed and is not used for a while | `operation`, `error`, `pause_ms` |
//! | `evergrant.store_recovered` | debug | the token store responds again | |
//! | `evergrant.store_record_ignored` | warn | a record in the store cannot be used and is treated as missing ² | `key`, `problem` |
//! | `evergrant.signed_in` | debug | a user has signed in, and the token is in use | `generation` |
//! | `evergrant.signed_out` | debug | a user has signed out, in this process or in another one, and the token is no longer in use | `generation` |
//! | `evergrant.revoked` | debug | the authorization server has revoked the token, after [`revoke`](TokenManager::revoke) | |
//! | `evergrant.rejected` | warn | an API rejected the current token, in this process or in another one that shares it | `generation` |
//! | `evergrant.renewal_suppressed` | warn | an API rejected a fresh token too, or many tokens in a row, so further rejections start no renewal for a while | `generation` |
//! | `evergrant.scope_narrowed` | warn | the server granted fewer scopes than requested | `missing` |
//! | `evergrant.member_ignored` | warn | a member of a token response or of a stored token cannot be read, such as a lifetime in words, and is ignored ² | `member`, `problem` |
//! | `evergrant.relaxed` | warn | something was built with a `danger_*` setting ²; see [`Relaxation`] | `setting`, `effect` |
//! | `evergrant.fallback` | warn | fetching a token failed, and the requirement's next alternative is used | `from`, `to`, `error` |
//! | `evergrant.replayed` | debug | a client repeated a rejected request with a new token ¹ | `status` of the second response |
//! | `evergrant.not_replayed` | warn | a client returns a rejection without repeating the request ¹ | `reason` |
//! | `evergrant.proof_repeated` | debug | a client repeats a request with another proof, because the API requires one ¹ | |
//! | `evergrant.interrupted` | debug | a connection broke while a client sent the body of a request ¹ | `persistent`: with a new token too |
//! | `evergrant.initial_token_expired` | debug | the initial token has expired | |
//! | `evergrant.update_callback_panicked` | warn | the update callback panicked | `panic` |
//! | `evergrant.update_dropped` | warn | the update callback is more than 256 tokens behind | |
//!
//! # Metrics
//! With the feature `metrics`, counters and histograms are sent to the recorder of the
//! [`metrics`](https://docs.rs/metrics) facade that the program installs, such as a Prometheus exporter. Call
//! `describe_metrics` afterwards to register their units and descriptions. Each label has one of a few values,
//! contains no client ids, addresses or keys, and does not tell managers apart. Times are measured on the manager's
//! clock, which has a resolution of 4 ms on Linux.
//!
//! | name | kind | labels | meaning |
//! |---|---|---|---|
//! | `evergrant_fetches_total` | counter | `outcome`, `reason` | completed fetches |
//! | `evergrant_fetch_seconds` | histogram | `outcome` | duration of fetches, including retries |
//! | `evergrant_fetch_retries_total` | counter | | retries within a fetch after transient failures |
//! | `evergrant_wait_seconds` | histogram | `outcome`: `ok`, `failed`, `abandoned` | time that calls waited for a token; `abandoned` if the call's future was dropped |
//! | `evergrant_token_remaining_seconds` | histogram | | remaining lifetime of a token when used: measured at the first use of each token and at every 61st use on each thread; not for tokens without an expiry |
//! | `evergrant_served_stale_total` | counter | | failed renewals while the current token was still valid and served |
//! | `evergrant_rejections_total` | counter | `outcome`: `accepted`, `superseded`, `suppressed` | tokens that APIs rejected, by [outcome](Rejection) |
//! | `evergrant_replays_total` | counter | `outcome`: `accepted`, `rejected` | requests repeated with a new token, by the API's response |
//! | `evergrant_leases_total` | counter | `outcome`: `acquired`, `held`, `lost` | see the events `lease_acquired`, `lease_held` and `lease_lost` |
//! | `evergrant_store_errors_total` | counter | `operation`: `load`, `lease`, `save`, `release`, `replay_rejected`; `kind`: see [`StoreErrorKind`](store::StoreErrorKind) | failed operations on the token store, including those without an event because a retry follows |
//! | `evergrant_store_recoveries_total` | counter | | recoveries of the token store after failures |
//! | `evergrant_store_records_ignored_total` | counter | | records of the store that could not be used |
//!
//! The `reason` of a fetch is `missing`, `expired`, `renewal`, `rejected`, or `requested` (by
//! [`fetch_token`](TokenManager::fetch_token) and [`renew_token`](TokenManager::renew_token)). Its `outcome` is one of
//! these:
//!
//! | outcome | meaning |
//! |---|---|
//! | `ok` | this process fetched a token |
//! | `adopted` | a token of another process is in use; no request was sent |
//! | `shared_failure` | another process failed recently; no request was sent |
//! | `rejected` | the server rejected the request and gave no sign that a retry could succeed |
//! | `rate_limited` | the server responded with 429 or `slow_down` |
//! | `server_error` | the server responded with 5xx, `server_error` or `temporarily_unavailable` |
//! | `invalid_response` | the response was not a usable token response |
//! | `unreachable` | no complete response was received |
//! | `timeout` | no complete response was received in time |
//! | `other` | any other failure, such as one of a custom provider |
//!
//! Fetches that end because their runtime or manager is dropped, and sign-ins of users, are not counted.

pub mod assertion;
mod authorization;
mod authorization_details;
mod authorizer;
mod call_policy;
mod call_replay;
mod call_retry;
mod challenge;
pub mod client_auth;
mod danger_settings;
mod device_sign_in;
pub mod discovery;
mod encoding;
pub mod error;
mod events;
mod grant;
mod introspection;
mod jitter;
mod least_recently_used;
mod localhost;
mod manager;
mod metrics;
pub mod origin;
pub mod presets;
pub mod proof;
mod redact;
mod response_decoding;
mod response_head;
mod retry_after;
mod root_certificates;
pub mod runtime;
pub mod scheme;
mod scope;
mod secret;
mod secret_file;
mod security_requirement;
mod sign_in;
mod std_or_loom_sync;
pub mod store;
mod store_circuit_breaker;
mod token;
mod token_endpoint;
mod token_file;
mod token_generation;
mod token_rejection;
mod token_request_context;
pub mod transport;

pub use self::authorization::{AuthorizationRequest, AuthorizationRequestJsonError, DeviceRequest};
pub use self::authorizer::{Authorization, Authorizer, ReplayDecision};
pub use self::call_policy::{CallPolicy, CallPolicyBuilder};
pub use self::call_replay::{Replay, Step};
pub use self::call_retry::{CallRetry, RetryableFailure};
pub use self::challenge::{lacks_scope, rejects_token};
pub use self::danger_settings::Relaxation;
pub use self::error::api::ApiError;
pub use self::error::error_enum::Error;
pub use self::error::invalid_configuration::BuildError;
pub use self::error::oauth_provider::OAuthProviderError;
pub use self::error::token_json::TokenJsonError;
pub use self::grant::{
    AuthorizationCode, ClientCredentials, DeviceAuthorization, Grant, GrantKind, GrantRequest, JwtBearer, Password,
    Repeatable, TokenExchange, TokenTypeIdentifier,
};
pub use self::introspection::{IntrospectedToken, Introspection, IntrospectionBuilder};
pub use self::manager::{
    FailureBackoff, KeepWarm, ScopedTokens, Sharing, Status, SubjectTokens, TimeLimits, TokenManager,
    TokenManagerBuilder, TokenProvider, TokenState, TokenUpdates, UserTokens, UserTokensBuilder,
};
#[cfg(feature = "metrics")]
pub use self::metrics::describe_metrics;
pub use self::response_head::ResponseHead;
pub use self::scope::{Scope, Scopes};
pub use self::secret::Secret;
pub use self::secret_file::SecretFile;
pub use self::security_requirement::{Requirement, RequirementBuilder};
pub use self::sign_in::SignIn;
pub use self::token::Token;
pub use self::token_endpoint::{RetryPolicy, TokenEndpoint, TokenEndpointOptions};
pub use self::token_file::TokenFile;
pub use self::token_generation::Generation;
pub use self::token_rejection::{Interruption, Rejection, ReplayOutcome};
pub use self::token_request_context::TokenRequestContext;
pub use self::transport::transport_trait::{SharedTransport, Transport};
