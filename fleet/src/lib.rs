//! Real engines in temporary folders, and fleets of real processes that share tokens through them, for the tests and benchmarks of
//! token stores.
//!
//! ```text
//! engine    Redis, Postgres … on free ports, to be paused, killed, flushed
//! member    one process of a fleet: a manager that calls in a loop, reports, and fails where it is told to
//! crew      the members' parent: starts, stops and kills them, and gathers what they report
//! probe     what tests of engines do to a store, in place of a manager
//! proof     what must hold of a run, from the server's log and the members' reports
//! ```

pub mod crew;
pub mod engine;
pub mod member;
pub mod probe;
pub mod proof;
