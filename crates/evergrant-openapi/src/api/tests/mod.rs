//! Rules of the API model. Each test compares fragments of descriptions with a short text form of the API.

mod bodies;
mod names;
mod open_id_connect;
mod parameters;
mod paths;
mod responses;
mod security_requirements;
mod servers;
mod session_logins;

use super::{Api, Operation, Unsupported};
use crate::errors_and_warnings::Error;
use crate::parsed_description::Document;
use crate::schema::Type;

/// Reads a description without its version and title.
fn read(rest: &str, unsupported: Unsupported) -> Result<Api, Error> {
    let text = format!("openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\n{rest}");
    Api::read(&Document::parse("test", &text)?, None, unsupported)
}

#[track_caller]
fn api(rest: &str) -> Api {
    read(rest, Unsupported::Reject).unwrap_or_else(|error| panic!("{error}\n{rest}"))
}

#[track_caller]
fn rejection(rest: &str) -> String {
    match read(rest, Unsupported::Reject) {
        Ok(_) => panic!("the description is accepted:\n{rest}"),
        Err(error) => error.to_string(),
    }
}

/// The first operation.
#[track_caller]
fn first(api: &Api) -> &Operation {
    api.operations().next().unwrap()
}

/// The warnings, one per line.
fn warnings(api: &Api) -> String {
    let lines: Vec<String> = api.warnings.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

fn short_type(ty: &Type) -> String {
    let text = ty
        .tokens()
        .to_string()
        .replace(' ', "")
        .replace("crate::models::", "m::");
    text.replace("evergrant_sdk::", "").replace("serde_json::", "")
}

/// Joins the strings of an iterator.
fn joined(parts: impl IntoIterator<Item = String>, separator: &str) -> String {
    parts.into_iter().collect::<Vec<_>>().join(separator)
}
