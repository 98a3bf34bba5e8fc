//! The rules for authorized calls, for each HTTP client, and checks of documents and errors of all crates.
#![expect(clippy::unwrap_used, reason = "what a test sets up is known to work")]

mod blocking_client;
mod error_debug;
mod execute_trait;
mod manager_with_proof;
mod middleware;
mod reqwest_client;
mod security_md_names_existing_tests;
mod tower_layer;
