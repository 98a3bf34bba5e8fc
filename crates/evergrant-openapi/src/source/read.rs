//! Text becomes a value: JSON or YAML, within budgets that no honest description comes near.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::thread;

use serde::de::DeserializeSeed as _;
use serde_json::Value;
use serde_json::error::Category;

use super::strict::Reader;
use crate::limits::{ALIASES, DEPTH, NODES, SOURCE, SOURCE_TEXT};
use crate::problem::Error;

const STACK: usize = 64 * 1024 * 1024;

pub(super) fn file(path: &Path) -> Result<String, Error> {
    let file = File::open(path).map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })?;
    text(path, file)
}

/// All that a reader brings, as far as the budget of the source goes.
pub(super) fn text(path: &Path, from: impl std::io::Read) -> Result<String, Error> {
    let refused = |problem: String| Error::Parse {
        name: path.display().to_string(),
        problem,
    };
    let mut bytes = Vec::new();
    let read = from.take(SOURCE.most as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })?;
    SOURCE.check(bytes.len()).map_err(refused)?;
    String::from_utf8(bytes).map_err(|_| refused("it is not UTF-8 text".to_owned()))
}

pub(super) fn value(name: &str, text: &str) -> Result<Value, Error> {
    let refused = |problem| Error::Parse {
        name: name.to_owned(),
        problem,
    };
    SOURCE.check(text.len()).map_err(refused)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let read = match text.trim_start().starts_with(['{', '[']) {
        true => json_or_flow(text),
        false => yaml(text),
    };
    read.map_err(refused)
}

/// What starts like JSON may still be YAML in flow style; if it is neither, what JSON's own parser says is clearer.
fn json_or_flow(text: &str) -> Result<Value, String> {
    let error = match json(text) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    let problem = error.to_string();
    match error.classify() {
        Category::Syntax | Category::Eof => yaml(text).map_err(|_| problem),
        // It is JSON, and more than there may be or the same member twice.
        Category::Data | Category::Io => {
            let position = format!("line {} column {}", error.line(), error.column());
            let problem = problem.strip_suffix(&format!(" at {position}")).unwrap_or(&problem);
            Err(format!("{position}: {problem}"))
        }
    }
}

fn json(text: &str) -> Result<Value, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Reader::new().deserialize(&mut deserializer)?;
    deserializer.end()?;
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
    // The reader counts what becomes of the text; the parser stops what would not get as far. Keys are nodes of YAML's own.
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: DEPTH.most + 8,
            max_nodes: 2 * NODES.most,
            max_events: 6 * NODES.most,
            max_total_scalar_bytes: 2 * SOURCE_TEXT.most,
            max_documents: 1,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: ALIASES.most,
        },
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
    };
    let read = |deserializer: serde_saphyr::Deserializer<'_, '_>| Reader::new().deserialize(deserializer);
    let value = serde_saphyr::with_deserializer_from_str_with_options(text, options, read);
    value.map_err(|error| told(&error.to_string()))
}

/// What the parser says; of limits of its own, which budget they stand for.
fn told(error: &str) -> String {
    let first = error.lines().next().unwrap_or_default();
    let marks = [
        ("recursion limit exceeded", &DEPTH),
        ("alias replay limit exceeded", &ALIASES),
        ("budget breached", &ALIASES),
    ];
    let found = marks
        .iter()
        .find_map(|(mark, limit)| Some((first.split_once(mark)?.0, limit)));
    match found {
        Some((position, limit)) if !first.contains("Documents") => format!("{position}{}", limit.exceeded()),
        _ => error.to_owned(),
    }
}
