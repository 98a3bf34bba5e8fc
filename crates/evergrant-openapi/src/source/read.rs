//! Files become values: JSON or YAML, within limits that no honest description comes near.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::thread;

use serde_json::Value;

use super::strict::Strict;
use crate::problem::Error;

const LARGEST_FILE: u64 = 64 * 1024 * 1024;
const STACK: usize = 64 * 1024 * 1024;

pub(super) fn file(path: &Path) -> Result<String, Error> {
    let unread = |source| Error::Read {
        path: path.to_owned(),
        source,
    };
    let refused = |problem: &str| Error::Parse {
        name: path.display().to_string(),
        problem: problem.to_owned(),
    };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unread)?;
    file.take(LARGEST_FILE + 1).read_to_end(&mut bytes).map_err(unread)?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(refused("it is larger than 64 MiB"));
    }
    String::from_utf8(bytes).map_err(|_| refused("it is not UTF-8 text"))
}

pub(super) fn value(name: &str, text: &str) -> Result<Value, Error> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let read = match text.trim_start().starts_with(['{', '[']) {
        // What starts like JSON may still be YAML in flow style; what JSON's own parser says is clearer then.
        true => json(text).or_else(|problem| yaml(text).map_err(|_| problem)),
        false => yaml(text),
    };
    read.map_err(|problem| Error::Parse {
        name: name.to_owned(),
        problem,
    })
}

fn json(text: &str) -> Result<Value, String> {
    let Strict(value) = serde_json::from_str(text).map_err(|error| error.to_string())?;
    Ok(value)
}

fn yaml(text: &str) -> Result<Value, String> {
    // Within the limits the parser may still need more than the stack of a thread that is not the first.
    thread::scope(|scope| {
        let reader = thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, || limited_yaml(text));
        let reader = reader.map_err(|error| error.to_string())?;
        reader.join().unwrap_or_else(|_| Err("the parser failed".to_owned()))
    })
}

fn limited_yaml(text: &str) -> Result<Value, String> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: 128,
            max_nodes: 4_000_000,
            max_events: 12_000_000,
            max_total_scalar_bytes: 128 * 1024 * 1024,
            max_documents: 1,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: 200_000,
        },
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| error.to_string())
}
