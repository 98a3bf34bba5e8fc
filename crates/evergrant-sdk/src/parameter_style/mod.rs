//! Serialization of parameters in the styles of OpenAPI, which are based on RFC 6570.

mod finite_numbers;
mod form;
mod header;
mod parameter_value;
mod path;
mod percent_encoding;
mod query;
#[cfg(test)]
mod tests;

pub(crate) use self::form::form;
pub(crate) use self::header::{cookie, header};
pub(crate) use self::parameter_value::{Value, json};
pub(crate) use self::path::path;
pub(crate) use self::percent_encoding::percent_encode;
pub(crate) use self::query::query;

/// The OpenAPI style of a path parameter. The examples show an array with two items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathStyle {
    /// The items separated by commas: `blue,black`. This is the style `simple`.
    Simple,
    /// A dot, followed by the items: `.blue.black` if exploded, or else `.blue,black`. This is the style `label`.
    Label,
    /// A semicolon and the parameter name, followed by the value: `;color=blue;color=black` if exploded, or else
    /// `;color=blue,black`. This is the style `matrix`.
    Matrix,
}

/// The OpenAPI style of a query parameter or of a form member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryStyle {
    /// Pairs of name and value: `color=blue&color=black` if exploded, or else `color=blue,black`. This is the style
    /// `form`.
    Form,
    /// The items separated by spaces, if not exploded: `color=blue%20black`. This is the style `spaceDelimited`.
    SpaceDelimited,
    /// The items separated by vertical bars, if not exploded: `color=blue%7Cblack`. This is the style `pipeDelimited`.
    PipeDelimited,
    /// The members of an object with their names in brackets: `color%5BR%5D=100&color%5BG%5D=200`. This is the style
    /// `deepObject`. The items of an array have their index in brackets: `color%5B0%5D=blue&color%5B1%5D=black`.
    /// OpenAPI does not define this, but the servers that use the style expect it.
    DeepObject,
    /// Like [`DeepObject`](Self::DeepObject), but the items of an array have empty brackets:
    /// `color%5B%5D=blue&color%5B%5D=black`. Rack, Rails and PHP expect this.
    DeepObjectBrackets,
    /// Like [`DeepObject`](Self::DeepObject), but the items of an array repeat the name without brackets:
    /// `color=blue&color=black`.
    DeepObjectRepeat,
}

/// Whether the items of an array or the members of an object are serialized separately (OpenAPI's `explode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Explode {
    /// Each array item or object member is serialized separately.
    Yes,
    /// The array items or object members are joined into one value.
    No,
}

/// The problem of a value that no style supports.
const NESTING_ERROR: &str = "contains nested arrays or objects, which its style does not support";
