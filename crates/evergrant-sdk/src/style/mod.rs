//! How a parameter's value is written: the styles of OpenAPI, after RFC 6570.

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
    /// `color[R]=100&color[G]=200`
    DeepObject,
}

/// Whether each item of an array, and each member of an object, is a parameter of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Explode {
    /// Yes.
    Yes,
    /// No: they are listed in one.
    No,
}
