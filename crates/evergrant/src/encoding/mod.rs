//! Encodings of requests: percent-encoding, form and JSON bodies, and header values.

mod form;
mod header;
mod percent;

pub(crate) use self::form::{Form, may_repeat};
pub(crate) use self::header::{basic_header, sensitive};
pub(crate) use self::percent::{percent_encode, percent_encode_name};
