//! Serializes path parameters.

use super::parameter_value::{pairs, texts};
use super::{Explode, PathStyle, Value, percent_encode};

/// Returns the text that replaces `{name}`. An empty text is an error, because it would change the path.
pub(crate) fn path(name: &str, style: PathStyle, explode: Explode, value: &Value) -> Result<String, String> {
    let text = match value {
        Value::Null => return Err("has no value".to_owned()),
        Value::Text(text) | Value::Literal(text) => scalar(name, style, text),
        Value::List(items) => {
            let items: Vec<_> = texts(items)?.into_iter().map(percent_encode).collect();
            match (style, explode) {
                (PathStyle::Matrix, Explode::Yes) => items.iter().map(|item| format!(";{name}={item}")).collect(),
                (_, Explode::Yes) => join_items(name, style, items, separator(style)),
                (_, Explode::No) => join_items(name, style, items, ","),
            }
        }
        Value::Members(members) => {
            let members = pairs(members)?;
            let members = members
                .into_iter()
                .map(|(key, text)| (percent_encode(key), percent_encode(text)));
            match (style, explode) {
                (PathStyle::Matrix, Explode::Yes) => members.map(|(key, text)| format!(";{key}={text}")).collect(),
                (_, Explode::Yes) => {
                    let items = members.map(|(key, text)| format!("{key}={text}")).collect();
                    join_items(name, style, items, separator(style))
                }
                (_, Explode::No) => join_items(name, style, members.flat_map(|(key, text)| [key, text]).collect(), ","),
            }
        }
    };
    if text.is_empty() {
        return Err("is empty, which would change the path".to_owned());
    }
    Ok(text)
}

fn scalar(name: &str, style: PathStyle, text: &str) -> String {
    let text = percent_encode(text);
    match style {
        PathStyle::Simple => text,
        PathStyle::Label => format!(".{text}"),
        PathStyle::Matrix if text.is_empty() => format!(";{name}"),
        PathStyle::Matrix => format!(";{name}={text}"),
    }
}

fn join_items(name: &str, style: PathStyle, items: Vec<String>, separator: &str) -> String {
    let text = items.join(separator);
    match style {
        PathStyle::Simple => text,
        PathStyle::Label => format!(".{text}"),
        PathStyle::Matrix if items.is_empty() => String::new(),
        PathStyle::Matrix => format!(";{name}={text}"),
    }
}

fn separator(style: PathStyle) -> &'static str {
    match style {
        PathStyle::Simple => ",",
        PathStyle::Label => ".",
        PathStyle::Matrix => ";",
    }
}
