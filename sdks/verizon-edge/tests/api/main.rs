//! Tests of the SDK against an emulation of its API, which checks all credentials.

mod api_errors;
mod common;
mod global_headers;
mod manual_mode;
mod missing_or_wrong_credentials;
mod operations;
mod path_parameters;
mod scopes;
mod secrets;
mod settings;
mod tokens;
