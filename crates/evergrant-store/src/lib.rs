//! Token stores for [evergrant](https://docs.rs/evergrant): files, Redis and Postgres, each from a URL and behind a feature of its
//! own.

mod blocking;
mod builder;
mod engine;
mod error;
mod key_ring;
mod private;
#[cfg(feature = "file")]
pub mod private_file;
mod url;

pub use self::builder::{StoreBuilder, store};
pub use self::error::StoreBuildError;
pub use self::key_ring::KeyRing;
