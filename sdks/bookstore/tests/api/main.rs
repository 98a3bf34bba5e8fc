//! The SDK against an emulation of its API that checks every credential: what calls give, and what they fail with.

mod books;
mod common;
mod covers;
mod credentials;
mod events;
mod failures;
mod operations;
mod orders;
mod scopes;
mod secrets;
mod settings;
mod tokens;
