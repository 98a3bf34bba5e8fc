//! The documented behaviour of the library, tested with a test server and a manual clock. Each file covers one topic.

#![expect(clippy::unwrap_used, reason = "a failed expectation fails its test")]

mod allowed_origins;
mod api_session_tokens;
mod application_callbacks;
mod assertions;
mod authorization_details;
mod blocked_threads;
mod cached_failures;
mod client_certificates;
mod default_settings;
mod device_authorization;
mod errors;
mod events;
mod extreme_settings_and_late_polls;
mod failed_session_logins;
mod fetches_without_result;
mod generated_sdk_compatibility;
mod introspection;
mod issuer;
#[cfg(feature = "metrics")]
mod metrics;
mod minimum_token_validity;
mod nonstandard_token_responses;
mod origin_parsing;
mod outage_recovery;
mod password_and_authorization_code_grants;
mod paths_below_base_url;
mod paused_time;
mod polling_for_user_approval;
mod process_fleet;
mod proof_of_possession;
mod pushed_authorization;
mod random_schedules;
mod revocation;
mod scopes_per_operation;
mod scripted_transport;
mod secret_masking;
mod security_requirements;
mod stopped_process;
mod stores;
mod support;
mod token_endpoint_options;
mod token_file;
mod token_json;
mod token_lifecycle;
mod token_request_retries;
mod token_requests_and_responses;
#[cfg(unix)]
mod tracing_spans;
mod user_tokens;
