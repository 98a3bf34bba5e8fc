//! Managers that share a store, each standing for a process, with a manual clock, a test server and a store with fault
//! injection.

mod failures;
mod forged_records;
mod interference;
mod limits;
mod network;
mod refresh;
mod rejections;
mod rollback;
mod sharing;
mod store_attacker;
mod store_outage;
mod stored_tokens;
pub(crate) mod support;
pub(crate) mod toy_encryption;
mod waiting;
