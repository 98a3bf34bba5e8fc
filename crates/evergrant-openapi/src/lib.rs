#![doc = include_str!("../README.md")]

mod api;
mod codegen;
mod doc_sanitizer;
mod generator;
mod inspect;
mod limits;
mod names;
mod one_line_docs;
mod package;
mod problem;
mod schema;
mod sdk_docs;
mod source;

pub use self::generator::{Generator, Sdk};
pub use self::inspect::Report;
pub use self::package::{Difference, Runtime, WriteSummary};
pub use self::problem::{Error, Pointer, Problem};
pub use self::source::Document;
