//! From an OpenAPI description to a Rust SDK.
mod names;
mod problem;
mod source;

pub use self::problem::{Error, Place, Problem};
pub use self::source::Document;
