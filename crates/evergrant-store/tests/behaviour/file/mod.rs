//! The file store: its contract, with threads and with processes that are killed, and the files that it rejects.

#[cfg(unix)]
mod concurrent_writers;
mod encryption;
#[cfg(unix)]
mod file_permissions;
#[cfg(unix)]
mod killed_writers;
mod store_contract;
mod support;
#[cfg(unix)]
mod worker;
