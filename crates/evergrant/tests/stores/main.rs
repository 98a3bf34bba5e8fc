//! One token for many processes: its key, and its record's rules on the store in memory.
#![expect(clippy::unwrap_used, reason = "a failed expectation fails its test")]

mod keys;
mod memory;
mod model;
