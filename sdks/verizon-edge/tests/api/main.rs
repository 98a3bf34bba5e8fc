//! The SDK against an emulation of its API that checks every credential: what calls give, and what they fail with.

mod common;
mod credentials;
mod failures;
mod headers;
mod manual;
mod operations;
mod paths;
mod scopes;
mod secrets;
mod settings;
mod tokens;
