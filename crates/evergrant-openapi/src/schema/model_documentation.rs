//! Documentation of models and members: the prose of the description, and constraints that types cannot express.

use std::borrow::Cow;

use serde_json::Value;

use super::merged_schema::Part;
use super::{Schemas, Type};
use crate::doc_sanitizer;
use crate::parsed_description::Node;

/// Maximum number of references that are followed to find a description.
const MAX_REFERENCES: usize = 8;

/// Maximum length of a sentence that is repeated, in bytes.
const MAX_SENTENCE: usize = 160;

/// Longer values are not shown.
const MAX_VALUE_CHARS: usize = 80;

impl<'a> Schemas<'a> {
    pub(super) fn model_docs(&self, parts: &[Part<'a>]) -> String {
        let prose = parts.iter().rev().find_map(|part| self.prose(&part.node));
        let constraints = parts
            .iter()
            .map(|part| constraints(&part.node))
            .collect::<Vec<_>>()
            .join(" ");
        join_docs(prose, &constraints)
    }

    pub(super) fn member_docs(&self, name: &str, nodes: &[Node<'a>]) -> String {
        let prose = nodes.iter().rev().find_map(|node| self.prose(node));
        let prose = prose.unwrap_or_else(|| format!("The member {}.", code(name)));
        let mut sentences: Vec<String> = Vec::new();
        for node in nodes {
            let mut node = node.clone();
            for _ in 0..MAX_REFERENCES {
                sentences.push(constraints(&node));
                match self.equivalent(&node) {
                    Some((other, _)) => node = other,
                    None => break,
                }
            }
        }
        sentences.retain(|constraints| !constraints.is_empty());
        sentences.dedup();
        join_docs(Some(prose), &sentences.join(" "))
    }

    pub(super) fn variant_docs(&self, ty: &Type, tags: &[String]) -> String {
        let shown = match ty {
            Type::Named(name) => format!("the model `{name}`"),
            other => other.describe(),
        };
        let tags: Vec<String> = tags.iter().map(|tag| code(tag)).collect();
        match tags.is_empty() {
            true => format!("{}.", capitalize(&shown)),
            false => format!("{}: {}.", tags.join(", "), shown),
        }
    }

    /// Returns an excerpt of the description or title of a schema or of the schema that it wraps.
    fn prose(&self, node: &Node<'a>) -> Option<String> {
        let known = self.descriptions.borrow().get(&node.id()).copied();
        let prose = known.unwrap_or_else(|| {
            let found = self.find_prose(node).map(doc_sanitizer::excerpt);
            self.descriptions.borrow_mut().insert(node.id(), found);
            found
        });
        prose.map(str::to_owned)
    }

    fn find_prose(&self, node: &Node<'a>) -> Option<&'a str> {
        let mut node = node.clone();
        for _ in 0..MAX_REFERENCES {
            let text = |keyword: &str| {
                node.value()
                    .get(keyword)
                    .and_then(Value::as_str)
                    .filter(|text| text.contains(char::is_alphanumeric))
            };
            if let Some(text) = text("description").or(text("title")) {
                return Some(text);
            }
            // Inline parts of an `allOf` may contain the description of the whole.
            let inline_parts = node
                .list("allOf")
                .unwrap_or_default()
                .into_iter()
                .filter(|element| element.reference().is_none());
            let mut texts = inline_parts
                .filter_map(|element| element.value().get("description")?.as_str())
                .filter(|text| text.contains(char::is_alphanumeric));
            if let Some(text) = texts.next() {
                return Some(text);
            }
            node = self.equivalent(&node)?.0;
        }
        None
    }
}

/// Formats any text as inline code in Markdown.
pub(crate) fn code(text: &str) -> String {
    let clean: String = text
        .chars()
        .take(MAX_VALUE_CHARS + 1)
        .map(|letter| {
            if letter.is_whitespace() || letter.is_control() {
                ' '
            } else {
                letter
            }
        })
        .collect();
    let truncated: String = match clean.chars().count() > MAX_VALUE_CHARS {
        true => clean.chars().take(MAX_VALUE_CHARS - 1).chain(['…']).collect(),
        false => clean,
    };
    let longest = truncated.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    match truncated.trim().is_empty() {
        true => "the empty string".to_owned(),
        false if truncated.starts_with('`') || truncated.ends_with('`') => format!("{fence} {truncated} {fence}"),
        false => format!("{fence}{truncated}{fence}"),
    }
}

/// Joins the optional prose and the constraints.
/// Returns the first sentence of a member's documentation, for its setter. Empty if the documentation starts with a
/// longer one.
pub(super) fn first_sentence(docs: &str) -> &str {
    let line = docs.lines().next().unwrap_or_default().trim();
    let starts_sentence = |end: usize| line[end..].chars().nth(2).is_some_and(char::is_uppercase);
    let mut ends = line.match_indices(". ").map(|(end, _)| end);
    let end = ends.find(|end| starts_sentence(*end)).map_or(line.len(), |end| end + 1);
    match end <= MAX_SENTENCE {
        true => &line[..end],
        false => "",
    }
}

fn join_docs(prose: Option<String>, constraints: &str) -> String {
    match prose {
        None => constraints.to_owned(),
        Some(prose) if constraints.is_empty() => prose,
        Some(prose) => format!("{}\n\n{constraints}", prose.trim_end()),
    }
}

/// Returns the constraints and other annotations of a schema as sentences.
fn constraints(node: &Node<'_>) -> String {
    let get = |keyword: &str| node.value().get(keyword);
    let number = |keyword: &str| get(keyword).filter(|value| value.is_number()).map(Value::to_string);
    let is_set = |keyword: &str| get(keyword) == Some(&Value::Bool(true));
    let mut sentences: Vec<String> = Vec::new();
    if let Some(format) = get("format")
        .and_then(Value::as_str)
        .filter(|format| !has_own_type(format))
    {
        sentences.push(format!("Format: {}.", code(format)));
    }
    if let Some(pattern) = get("pattern").and_then(Value::as_str) {
        sentences.push(format!("Pattern: {}.", code(pattern)));
    }
    for (min, max, unit) in [
        ("minLength", "maxLength", " characters"),
        ("minItems", "maxItems", " items"),
        ("minimum", "maximum", ""),
    ] {
        sentences.extend(range(
            number(min).filter(|min| unit.is_empty() || min != "0"),
            number(max),
            unit,
        ));
    }
    let exclusive = |keyword: &str, limit: &str| match get(keyword) {
        Some(Value::Bool(true)) => number(limit),
        Some(value) if value.is_number() => Some(value.to_string()),
        _ => None,
    };
    sentences.extend(exclusive("exclusiveMinimum", "minimum").map(|min| format!("More than {min}.")));
    sentences.extend(exclusive("exclusiveMaximum", "maximum").map(|max| format!("Less than {max}.")));
    sentences.extend(number("multipleOf").map(|step| format!("A multiple of {step}.")));
    if is_set("uniqueItems") {
        sentences.push("Items are unique.".to_owned());
    }
    if is_set("readOnly") {
        sentences.push("Only in responses.".to_owned());
    }
    if is_set("writeOnly") {
        sentences.push("Only in requests.".to_owned());
    }
    if get("format").is_none_or(|format| format != "password") {
        let example = get("example").or_else(|| get("examples").and_then(|examples| examples.get(0)));
        sentences.extend(
            get("default")
                .and_then(inline_value)
                .map(|value| format!("Default: {value}.")),
        );
        sentences.extend(example.and_then(inline_value).map(|value| format!("Example: {value}.")));
    }
    if is_set("deprecated") {
        sentences.push("Deprecated.".to_owned());
    }
    sentences.join(" ")
}

fn range(min: Option<String>, max: Option<String>, unit: &str) -> Option<String> {
    let of = |limit: &str| {
        if limit == "1" {
            unit.strip_suffix('s').unwrap_or(unit)
        } else {
            unit
        }
        .to_owned()
    };
    Some(match (min, max) {
        (None, None) => return None,
        (Some(min), None) => format!("At least {min}{}.", of(&min)),
        (None, Some(max)) => format!("At most {max}{}.", of(&max)),
        (Some(min), Some(max)) if min == max => format!("Exactly {min}{}.", of(&min)),
        (Some(min), Some(max)) => format!("From {min} to {max}{unit}."),
    })
}

/// Formats a value, if it is short enough.
fn inline_value(value: &Value) -> Option<String> {
    let text = match value {
        Value::Null => return None,
        Value::String(text) => Cow::Borrowed(text.as_str()),
        other => Cow::Owned(json(other)?),
    };
    (text.chars().nth(MAX_VALUE_CHARS).is_none() && !text.trim().is_empty()).then(|| code(&text))
}

/// Serializes a value as JSON, unless it exceeds the buffer. Most of a long value is not visited.
fn json(value: &Value) -> Option<String> {
    let mut text = [0; 4 * MAX_VALUE_CHARS];
    let mut rest = text.as_mut_slice();
    serde_json::to_writer(&mut rest, value).ok()?;
    let left = rest.len();
    let written = text.len() - left;
    String::from_utf8(text[..written].to_vec()).ok()
}

/// Returns whether the type already expresses a format.
fn has_own_type(format: &str) -> bool {
    matches!(
        format,
        "int32"
            | "int64"
            | "uint32"
            | "uint64"
            | "float"
            | "double"
            | "date-time"
            | "date"
            | "password"
            | "binary"
            | "string"
    )
}

fn capitalize(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}
