//! From an OpenAPI description to a Rust SDK.
mod docs;
mod names;
mod problem;
mod schema;
mod source;

pub use self::problem::{Error, Place, Problem};
pub use self::source::Document;
