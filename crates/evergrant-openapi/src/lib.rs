#![doc = include_str!("../README.md")]

mod api;
mod codegen;
mod docs;
mod generator;
mod inspect;
mod limits;
mod names;
mod package;
mod problem;
mod prose;
mod schema;
mod sdk_docs;
mod source;

pub use self::generator::{Generator, Sdk};
pub use self::inspect::Report;
pub use self::package::{Difference, Runtime, WriteSummary};
pub use self::problem::{Error, Pointer, Problem};
pub use self::source::Document;
