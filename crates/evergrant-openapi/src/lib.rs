#![doc = include_str!("../README.md")]

mod api;
mod codegen;
mod doc_sanitizer;
mod errors_and_warnings;
mod generator;
mod inspect;
mod limits;
mod names;
mod one_line_docs;
mod overlay_action;
mod package;
mod parsed_description;
mod problem_list;
mod schema;
mod sdk_docs;

pub use self::errors_and_warnings::{Error, Pointer, Problem};
pub use self::generator::{Generator, Sdk};
pub use self::inspect::Report;
pub use self::package::{Difference, Runtime, WriteSummary};
pub use self::parsed_description::Document;
