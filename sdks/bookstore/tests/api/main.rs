//! The SDK against an emulation of its API that checks every credential: what calls give, and what they fail with.

mod books;
mod callbacks;
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
mod stored;
mod tokens;
