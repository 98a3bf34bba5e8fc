//! Tests of the SDK against an emulation of its API, which checks all credentials.

mod api_errors;
mod books;
mod common;
mod covers;
mod events;
mod manual_mode;
mod missing_or_wrong_credentials;
mod operations;
mod orders;
mod scopes;
mod secrets;
mod settings;
mod token_callbacks;
mod tokens;
