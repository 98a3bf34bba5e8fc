//! What many managers do that share a store, each standing for a process: on a clock that stands still, against a real server
//! and a store that can be made to fail.

#![expect(clippy::unwrap_used, reason = "a failed expectation fails its test")]

mod failures;
mod hostile;
mod keys;
mod limits;
mod loss;
mod network;
mod refresh;
mod refusals;
mod rollback;
mod sharing;
mod support;
mod writer;
