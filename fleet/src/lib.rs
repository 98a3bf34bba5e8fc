//! Real engines in temporary folders, for the tests and benchmarks of token stores.

pub mod engine;
