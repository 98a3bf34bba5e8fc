//! Managers that share a store, each standing for a process, with a manual clock, a test server and a store with fault
//! injection.

mod concurrent_writes;
mod forged_records;
mod record_rollback;
mod refresh_tokens;
mod rejections;
mod revocation;
mod server_failures;
mod store_attacker;
mod store_outage;
mod stored_tokens;
pub(crate) mod support;
mod token_sharing;
pub(crate) mod toy_encryption;
mod unreachable_server;
mod waiting_for_other_process;
mod waiting_limits;
