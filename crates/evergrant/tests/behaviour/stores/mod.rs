//! Shared tokens: store keys, and the rules of the record on the memory store.
mod memory;
mod model_check;
mod store_keys;
