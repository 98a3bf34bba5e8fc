//! The SDK against an emulation of its API that checks every credential: each operation, each way in, and each way to fail.

mod answers;
mod callbacks;
mod common;
mod credentials;
mod environments;
mod lifetimes;
mod manual;
mod missing;
mod requirements;
mod schemes;
mod secrets;
mod settings;
mod sign_in;
mod stored;
mod tokens;
mod values;
mod wrong;
