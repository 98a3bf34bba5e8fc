//! The Postgres store on real servers: the contract, access control, the table, and faults.

mod connection;
mod connection_pooler;
mod dropped_packets;
mod malicious_server;
mod schema;
mod server_faults;
mod store_contract;
mod support;
