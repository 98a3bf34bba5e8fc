//! The SDK against an emulation of its API that checks every credential: what calls give, what they fail with, and the life of
//! sessions.

mod common;
mod credentials;
mod environments;
mod failures;
mod logins;
mod operations;
mod paths;
mod requirements;
mod secrets;
mod sessions;
mod tokens;
