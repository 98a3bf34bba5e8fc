//! What the library promises, case by case, against a real server and on a clock that stands still. Each file is a table of
//! promises, each test a row.

#![expect(clippy::unwrap_used, reason = "a failed expectation fails its test")]

mod callbacks;
mod defaults;
mod edges;
mod endpoint;
mod errors;
mod events;
#[cfg(feature = "sign-in")]
mod grants;
mod lifecycle;
mod masking;
mod origins;
mod paths;
mod recovery;
mod responses;
mod scopes;
mod stalls;
#[cfg(unix)]
mod stops;
mod stored_tokens;
mod support;
mod tokens;
