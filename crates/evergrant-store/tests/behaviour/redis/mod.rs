//! The Redis and Valkey store on real servers: the contract, access control, and faults.

mod authentication_and_tls;
mod cluster;
mod malicious_server;
mod records;
mod sentinel;
mod server_faults;
mod store_contract;
mod support;
