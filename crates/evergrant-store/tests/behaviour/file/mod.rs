//! The file store: its contract, with threads and with processes that are killed, and the files that it rejects.

mod contract;
#[cfg(unix)]
mod crash;
mod encryption;
#[cfg(unix)]
mod processes;
#[cfg(unix)]
mod safety;
mod support;
#[cfg(unix)]
mod worker;
