//! Tests of the SDK against an emulation of its API, which checks all credentials.

mod api_errors;
mod common;
mod environments;
mod logins;
mod missing_or_wrong_credentials;
mod operations;
mod path_parameters;
mod requirements;
mod secrets;
mod sessions;
mod tokens;
