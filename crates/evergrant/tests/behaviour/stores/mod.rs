//! Shared tokens: store keys, and the rules of the record on the memory store.
mod keys;
mod memory;
mod model;
