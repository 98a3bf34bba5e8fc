//! The documented behaviour of the library, tested with a test server and a manual clock. Each file covers one topic.

#![expect(clippy::unwrap_used, reason = "a failed expectation fails its test")]

mod allowed_origins;
mod api_sessions;
mod approval_polling;
mod assertions;
mod base_paths;
mod blocked_threads;
mod cached_failures;
mod callbacks;
mod default_settings;
mod edge_cases;
mod endpoint_options;
mod errors;
mod events;
mod failed_logins;
mod generated_sdk_compatibility;
mod grants;
mod issuer;
mod lifecycle;
mod lost_fetches;
#[cfg(feature = "metrics")]
mod metrics;
mod minimum_token_validity;
mod nonstandard_token_responses;
mod origin_parsing;
mod outage_recovery;
mod paused_time;
mod process_fleet;
mod proof_of_possession;
mod random_schedules;
mod retries;
mod scopes;
mod scripted_transport;
mod secret_masking;
mod security_requirements;
mod stopped_process;
mod stores;
mod support;
mod token_file;
mod token_json;
mod tokens;
#[cfg(unix)]
mod tracing_spans;
mod user_tokens;
