//! Media types of request bodies and responses.

use serde_json::{Map, Value};

use crate::errors_and_warnings::Problem;
use crate::limits::{CopyBudgets, OWN_RESPONSES};
use crate::parsed_description::Node;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Media {
    Json,
    Multipart,
    Form,
    Events,
    Text,
    Bytes,
}

/// A media type with its description.
#[derive(Debug, Clone)]
pub(super) struct Content<'a> {
    pub(super) media: Media,
    /// Without parameters.
    pub(super) name: &'a str,
    pub(super) node: Node<'a>,
}

impl Media {
    fn of(name: &str) -> Self {
        let name = name.to_ascii_lowercase();
        let (kind, subtype) = name.split_once('/').unwrap_or((&name, ""));
        match (kind, subtype) {
            (_, "json") => Self::Json,
            (_, other) if other.ends_with("+json") => Self::Json,
            ("multipart", _) => Self::Multipart,
            ("application", "x-www-form-urlencoded") => Self::Form,
            ("text", "event-stream") => Self::Events,
            ("text", _) | (_, "xml" | "yaml" | "x-yaml" | "graphql" | "x-ndjson" | "jsonl" | "sql") => Self::Text,
            (_, other) if other.ends_with("+xml") && kind != "image" => Self::Text,
            _ => Self::Bytes,
        }
    }
}

/// Returns the media types of a `content`, the preferred one first.
pub(super) fn contents<'a>(node: &Node<'a>, copied: &mut CopyBudgets) -> Result<Vec<Content<'a>>, Problem> {
    let count = node
        .value()
        .get("content")
        .and_then(Value::as_object)
        .map_or(0, Map::len);
    OWN_RESPONSES.check_at(count, node)?;
    copied.responses.spend_at(count, node)?;
    let mut contents = Vec::new();
    for (name, node) in node.map("content")? {
        let node = node.resolved()?;
        let name = name.split(';').next().unwrap_or_default().trim();
        let valid = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&-^_.+/*".contains(&byte);
        if name.is_empty() || !name.bytes().all(valid) {
            return Err(node.problem("this is not a media type"));
        }
        let (media, name) = match name.split_once('/') {
            Some((kind, "*")) if kind != "text" => of_range(name, &node)?,
            _ => (Media::of(name), name),
        };
        contents.push(Content { media, name, node });
    }
    contents.sort_by_key(|content| content.media);
    Ok(contents)
}

/// Returns the media type for a range such as `*/*`: JSON, unless the schema is binary, empty or missing.
fn of_range<'a>(name: &'a str, content: &Node<'a>) -> Result<(Media, &'a str), Problem> {
    let Some(schema) = content.get("schema") else {
        return Ok((Media::Bytes, name));
    };
    let schema = schema.resolved()?;
    let is_binary = schema.value().get("format").is_some_and(|format| format == "binary");
    Ok(match is_binary || schema.value() == &serde_json::json!({}) {
        true => (Media::Bytes, name),
        false => (Media::Json, "application/json"),
    })
}
