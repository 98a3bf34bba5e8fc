//! Tests of the SDK against an emulation of its API, which checks all credentials.

mod common;
mod credential_encoding;
mod credential_settings;
mod environments;
mod expiry;
mod manual_mode;
mod missing_credentials;
mod rejected_credentials;
mod requirements;
mod responses;
mod schemes;
mod secrets;
mod settings;
mod sign_in;
mod stored_tokens;
mod token_callbacks;
mod tokens;
