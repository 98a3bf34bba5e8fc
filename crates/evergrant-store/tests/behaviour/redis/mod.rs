//! The Redis and Valkey store on real servers: the contract, access control, and faults.

mod access;
mod cluster;
mod contract;
mod faults;
mod hostile;
mod records;
mod sentinel;
mod support;
