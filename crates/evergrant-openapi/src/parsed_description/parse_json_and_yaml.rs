//! Parses a description from JSON or YAML, within the budgets.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::thread;

use serde::de::DeserializeSeed as _;
use serde_json::Value;
use serde_json::error::Category;

use super::duplicate_keys::Reader;
use super::quoted_text;
use crate::errors_and_warnings::Error;
use crate::limits::{ALIASES, DEPTH, NODES, SOURCE, SOURCE_TEXT};

const YAML_STACK_BYTES: usize = 64 * 1024 * 1024;

pub(super) fn file(path: &Path) -> Result<String, Error> {
    let file = File::open(path).map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })?;
    text(path, file)
}

/// Reads a stream up to the budget of the source.
pub(super) fn text(path: &Path, from: impl std::io::Read) -> Result<String, Error> {
    let parse_error = |problem: String| Error::Parse {
        name: path.display().to_string(),
        problem,
    };
    let mut bytes = Vec::new();
    let read = from.take(SOURCE.max as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })?;
    SOURCE.check(bytes.len()).map_err(parse_error)?;
    String::from_utf8(bytes).map_err(|_| parse_error("the file is not valid UTF-8".to_owned()))
}

/// A parsed value.
pub(super) struct Parsed {
    pub(super) value: Value,
    /// What other parsers may read differently.
    pub(super) warning: Option<String>,
}

impl From<Value> for Parsed {
    fn from(value: Value) -> Self {
        Self { value, warning: None }
    }
}

pub(super) fn value(name: &str, text: &str) -> Result<Parsed, Error> {
    let parse_error = |problem| Error::Parse {
        name: name.to_owned(),
        problem,
    };
    SOURCE.check(text.len()).map_err(parse_error)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let read = match text.trim_start().starts_with(['{', '[']) {
        true => json_or_flow_yaml(text).map(Parsed::from),
        false => lenient_yaml(text),
    };
    read.map_err(parse_error)
}

/// Parses JSON, or YAML in flow style, which may start like JSON. If both fail, the error of the JSON parser is
/// clearer.
fn json_or_flow_yaml(text: &str) -> Result<Value, String> {
    let error = match json(text) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    let problem = error.to_string();
    match error.classify() {
        Category::Syntax | Category::Eof => yaml(text).map_err(|_| problem),
        // The syntax is JSON, but a budget is exceeded or a key is duplicated.
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

/// Parses YAML. If it is invalid, quoted text whose lines are not indented as YAML requires is read as other parsers
/// do.
fn lenient_yaml(text: &str) -> Result<Parsed, String> {
    let problem = match yaml(text) {
        Ok(value) => return Ok(value.into()),
        Err(problem) => problem,
    };
    let Some((indented, line)) = quoted_text::indented(text) else {
        return Err(problem);
    };
    let value = yaml(&indented).map_err(|_| problem)?;
    Ok(Parsed {
        value,
        warning: Some(format!(
            "the quoted text in line {line} continues in lines that YAML does not allow, because of tabs or too little indentation; it is read as if they were indented"
        )),
    })
}

fn yaml(text: &str) -> Result<Value, String> {
    // Within the limits, the parser may still need more than the default stack of a spawned thread.
    thread::scope(|scope| {
        let reader = thread::Builder::new()
            .stack_size(YAML_STACK_BYTES)
            .spawn_scoped(scope, || limited_yaml(text));
        let reader = reader.map_err(|error| error.to_string())?;
        reader.join().unwrap_or_else(|_| Err("the parser failed".to_owned()))
    })
}

fn limited_yaml(text: &str) -> Result<Value, String> {
    // The reader enforces the budgets on the result; these limits stop the parser earlier. In YAML, keys are nodes as
    // well.
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: DEPTH.max + 8,
            max_nodes: 2 * NODES.max,
            max_events: 6 * NODES.max,
            max_total_scalar_bytes: 2 * SOURCE_TEXT.max,
            max_documents: 1,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: ALIASES.max,
        },
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
    };
    let read = |deserializer: serde_saphyr::Deserializer<'_, '_>| Reader::new().deserialize(deserializer);
    let value = serde_saphyr::with_deserializer_from_str_with_options(text, options, read);
    value.map_err(|error| parser_message(&error.to_string()))
}

/// Returns the parser's message, or the message of the corresponding budget for one of the parser's limits.
fn parser_message(error: &str) -> String {
    let first = error.lines().next().unwrap_or_default();
    let parser_limits = [
        ("recursion limit exceeded", &DEPTH),
        ("alias replay limit exceeded", &ALIASES),
        ("budget breached", &ALIASES),
    ];
    let found = parser_limits
        .iter()
        .find_map(|(part, limit)| Some((first.split_once(part)?.0, limit)));
    match found {
        Some((position, limit)) if !first.contains("Documents") => format!("{position}{}", limit.exceeded()),
        _ => {
            let text = error.strip_prefix("error: ").unwrap_or(error);
            text.replace('\t', "    ").trim_end().to_owned()
        }
    }
}
