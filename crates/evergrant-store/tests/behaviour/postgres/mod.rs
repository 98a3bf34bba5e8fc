//! The Postgres store on real servers: the contract, access control, the table, and faults.

mod connection;
mod contract;
mod faults;
mod hostile;
mod network;
mod pooler;
mod schema;
mod support;
