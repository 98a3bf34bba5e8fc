//! How a parameter's value is written: the styles of OpenAPI, after RFC 6570.

mod encode;
mod finite;
mod form;
mod header;
mod path;
mod query;
#[cfg(test)]
mod tests;
mod value;

pub(crate) use self::encode::percent_encode;
pub(crate) use self::form::form;
pub(crate) use self::header::{cookie, header};
pub(crate) use self::path::path;
pub(crate) use self::query::query;
pub(crate) use self::value::{Value, json};

/// The styles of path parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathStyle {
    /// `blue,black`
    Simple,
    /// `.blue.black`
    Label,
    /// `;color=blue;color=black`
    Matrix,
}

/// The styles of query parameters, and of the members of forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryStyle {
    /// `color=blue&color=black`, or `color=blue,black`
    Form,
    /// `color=blue%20black`
    SpaceDelimited,
    /// `color=blue%7Cblack`
    PipeDelimited,
    /// `color%5BR%5D=100&color%5BG%5D=200`
    DeepObject,
}

/// Whether each item of an array, and each member of an object, is written by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Explode {
    /// Yes.
    Yes,
    /// No: they are listed in one.
    No,
}

/// What no style can write.
const NESTED: &str = "has arrays or objects inside of another one, which its style cannot write";
