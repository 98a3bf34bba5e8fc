//! Real engines in temporary folders, and fleets of real processes that share tokens through them, for the tests and
//! benchmarks of token stores.
//!
//! ```text
//! engine         Redis, Postgres and others on free ports; tests pause, kill and flush them
//! worker         the program of each process in a fleet: calls a manager in a loop, reports, injects faults
//! processes      the parent: starts, stops and kills the processes of a fleet and collects their reports
//! store_helpers  store operations for tests of engines
//! invariants     checks on a run, from the server's request log and the reports of the processes
//! ```

pub mod engine;
pub mod invariants;
pub mod processes;
pub mod store_helpers;
pub mod worker;
