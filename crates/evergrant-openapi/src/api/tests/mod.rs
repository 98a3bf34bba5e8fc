//! What fragments of descriptions say, rule by rule: a fragment, and the API that is read off it, as a line of text.

mod answers;
mod bodies;
mod logins;
mod names;
mod parameters;
mod paths;
mod requirements;
mod servers;

use super::{Api, Operation, Unsupported};
use crate::problem::Error;
use crate::schema::Type;
use crate::source::Document;

/// Reads a description of which all but the version and the title is given.
fn read(rest: &str, unsupported: Unsupported) -> Result<Api, Error> {
    let text = format!("openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\n{rest}");
    Api::read(&Document::parse("test", &text)?, None, unsupported)
}

#[track_caller]
fn api(rest: &str) -> Api {
    read(rest, Unsupported::Refuse).unwrap_or_else(|error| panic!("{error}\n{rest}"))
}

#[track_caller]
fn refused(rest: &str) -> String {
    match read(rest, Unsupported::Refuse) {
        Ok(_) => panic!("this was not refused:\n{rest}"),
        Err(error) => error.to_string(),
    }
}

/// The first operation.
#[track_caller]
fn first(api: &Api) -> &Operation {
    api.operations().next().unwrap()
}

/// Its warnings, one a line.
fn warnings(api: &Api) -> String {
    let lines: Vec<String> = api.warnings.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

fn shown(ty: &Type) -> String {
    let text = ty.tokens(&quote::quote!(m)).to_string().replace(' ', "");
    text.replace("evergrant_sdk::", "").replace("serde_json::", "")
}

/// Joins what an iterator gives.
fn joined(parts: impl IntoIterator<Item = String>, separator: &str) -> String {
    parts.into_iter().collect::<Vec<_>>().join(separator)
}
