#![doc = include_str!("../README.md")]

mod api;
mod docs;
mod generator;
mod inspect;
mod limits;
mod names;
mod package;
mod pages;
mod problem;
mod prose;
mod rust;
mod schema;
mod source;

pub use self::generator::{Generator, Sdk};
pub use self::inspect::Report;
pub use self::package::{Difference, Runtime, Written};
pub use self::problem::{Error, Place, Problem};
pub use self::source::Document;
