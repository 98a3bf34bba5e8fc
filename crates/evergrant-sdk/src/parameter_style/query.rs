//! Serializes query parameters.

use super::parameter_value::{pairs, texts};
use super::{Explode, QueryStyle, Value, percent_encode};

/// Returns encoded `name=value` pairs; none for `null` and empty lists. Nested lists and objects, which most styles do
/// not support, have brackets, as in `deepObject`.
pub(crate) fn query(name: &str, style: QueryStyle, explode: Explode, value: &Value) -> Result<Vec<String>, String> {
    let encoded = percent_encode(name);
    let separator = match style {
        QueryStyle::SpaceDelimited => "%20",
        QueryStyle::PipeDelimited => "%7C",
        _ => ",",
    };
    let joined = |items: Vec<String>| match items.is_empty() {
        true => Vec::new(),
        false => vec![format!("{encoded}={}", items.join(separator))],
    };
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Text(text) | Value::Literal(text) => Ok(vec![pair(&encoded, text)]),
        value if is_deep(style) => Ok(bracketed(name, style, value)),
        Value::Members(members) if explode == Explode::Yes && is_nested(value) => {
            let members = members
                .iter()
                .flat_map(|(key, value)| bracketed(key, QueryStyle::DeepObject, value));
            Ok(members.collect())
        }
        value if is_nested(value) => Ok(bracketed(name, QueryStyle::DeepObject, value)),
        Value::List(items) => {
            let items = texts(items)?;
            Ok(match explode {
                Explode::Yes => items.into_iter().map(|item| pair(&encoded, item)).collect(),
                Explode::No => joined(items.into_iter().map(percent_encode).collect()),
            })
        }
        Value::Members(members) => {
            let members = pairs(members)?.into_iter();
            Ok(match explode {
                Explode::Yes => members.map(|(key, text)| pair(&percent_encode(key), text)).collect(),
                Explode::No => joined(
                    members
                        .flat_map(|(key, text)| [key, text])
                        .map(percent_encode)
                        .collect(),
                ),
            })
        }
    }
}

fn is_deep(style: QueryStyle) -> bool {
    matches!(
        style,
        QueryStyle::DeepObject | QueryStyle::DeepObjectBrackets | QueryStyle::DeepObjectRepeat
    )
}

/// Whether a list or object contains another one.
fn is_nested(value: &Value) -> bool {
    let is_container = |value: &Value| matches!(value, Value::List(_) | Value::Members(_));
    match value {
        Value::List(items) => items.iter().any(is_container),
        Value::Members(members) => members.iter().any(|(_, value)| is_container(value)),
        _ => false,
    }
}

/// Returns the pairs of a value, with the names of members and the indices of items in brackets.
fn bracketed(name: &str, style: QueryStyle, value: &Value) -> Vec<String> {
    let mut out = Vec::new();
    add_bracketed(name, style, value, &mut out);
    out
}

fn add_bracketed(name: &str, style: QueryStyle, value: &Value, out: &mut Vec<String>) {
    match value {
        Value::Null => {}
        Value::Text(text) | Value::Literal(text) => out.push(pair(&percent_encode(name), text)),
        Value::Members(members) => {
            for (key, value) in members {
                add_bracketed(&format!("{name}[{key}]"), style, value, out);
            }
        }
        Value::List(items) => {
            let items = items.iter().filter(|item| **item != Value::Null);
            for (index, item) in items.enumerate() {
                let name = match style {
                    QueryStyle::DeepObjectBrackets => format!("{name}[]"),
                    QueryStyle::DeepObjectRepeat => name.to_owned(),
                    _ => format!("{name}[{index}]"),
                };
                add_bracketed(&name, style, item, out);
            }
        }
    }
}

fn pair(encoded_name: &str, text: &str) -> String {
    format!("{encoded_name}={}", percent_encode(text))
}
