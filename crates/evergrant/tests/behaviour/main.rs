//! The documented behaviour of the library, tested with a test server and a manual clock. Each file covers one topic.

#![expect(clippy::unwrap_used, reason = "a failed expectation fails its test")]

mod allowed_origins;
mod assertions;
mod base_paths;
mod blocked_threads;
mod cached_failures;
mod callbacks;
mod defaults;
mod edge_cases;
mod endpoint_options;
mod errors;
mod events;
mod failed_logins;
mod fleet;
mod grants;
mod issuer;
mod lifecycle;
mod masking;
#[cfg(feature = "metrics")]
mod metrics;
mod origin_parsing;
mod paused_time;
mod polling;
mod proofs;
mod random_schedules;
mod recovery;
mod reference_sdks;
mod requirements;
mod responses;
mod restarts;
mod retries;
mod scopes;
mod scripted_transport;
mod sessions;
#[cfg(unix)]
mod spans;
mod stopped_process;
mod stores;
mod support;
mod token_file;
mod token_json;
mod tokens;
mod user_tokens;
mod validity;
