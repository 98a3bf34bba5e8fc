//! Calls, credentials, streams and errors of generated clients. Each file covers one topic.
#![expect(clippy::unwrap_used, reason = "a failed setup fails the test")]

mod calls;
mod debug_hides_secrets;
mod decoding;
mod derived_clients;
mod environments;
mod environments_of_endpoints;
mod errors;
mod generated_code;
mod initial_tokens;
mod issuers_and_assertions;
mod path_parameters;
mod redirects;
mod rejected_tokens;
mod security_schemes;
mod session_logins;
mod streams;
mod support;
