//! What the documentation of models and members says: the description's prose, and what types cannot keep, in plain words.

use std::borrow::Cow;

use serde_json::Value;

use super::facts::Part;
use super::{Schemas, Type};
use crate::docs;
use crate::source::Node;

/// A description's texts are followed through so many references.
const HOPS: usize = 8;

/// Values longer than this are not shown.
const LONGEST_VALUE: usize = 80;

impl<'a> Schemas<'a> {
    pub(super) fn model_docs(&self, parts: &[Part<'a>], name: &str) -> String {
        let prose = parts.iter().rev().find_map(|part| self.prose(&part.node));
        let fallback = || match self.components.get(&parts[0].node.id()) {
            Some(component) => format!("The schema {}.", code(component.original)),
            None => format!("The model {}.", code(name)),
        };
        let limits = parts
            .iter()
            .map(|part| limits(&part.node))
            .collect::<Vec<_>>()
            .join(" ");
        joined(prose.unwrap_or_else(fallback), &limits)
    }

    pub(super) fn member_docs(&self, nodes: &[Node<'a>], name: &str) -> String {
        let prose = nodes.iter().rev().find_map(|node| self.prose(node));
        let prose = prose.unwrap_or_else(|| format!("The member {}.", code(name)));
        let mut said: Vec<String> = Vec::new();
        for node in nodes {
            let mut node = node.clone();
            for _ in 0..HOPS {
                said.push(limits(&node));
                match self.only_other(&node) {
                    Some((other, _)) => node = other,
                    None => break,
                }
            }
        }
        said.retain(|limits| !limits.is_empty());
        said.dedup();
        joined(prose, &said.join(" "))
    }

    pub(super) fn variant_docs(&self, ty: &Type, tags: &[String]) -> String {
        let shown = match ty {
            Type::Named(name) => format!("`{name}`"),
            other => other.shown(),
        };
        let tags: Vec<String> = tags.iter().map(|tag| code(tag)).collect();
        match tags.is_empty() {
            true => format!("{}.", capitalised(&shown)),
            false => format!("{}: {}.", tags.join(", "), shown),
        }
    }

    /// The description or title of a schema, or of what it is nothing but: as much of it as documentation shows.
    fn prose(&self, node: &Node<'a>) -> Option<String> {
        let known = self.told.borrow().get(&node.id()).copied();
        let prose = known.unwrap_or_else(|| {
            let found = self.find_prose(node).map(docs::shown);
            self.told.borrow_mut().insert(node.id(), found);
            found
        });
        prose.map(str::to_owned)
    }

    fn find_prose(&self, node: &Node<'a>) -> Option<&'a str> {
        let mut node = node.clone();
        for _ in 0..HOPS {
            let text = |keyword: &str| {
                node.value()
                    .get(keyword)
                    .and_then(Value::as_str)
                    .filter(|text| text.contains(char::is_alphanumeric))
            };
            if let Some(text) = text("description").or(text("title")) {
                return Some(text);
            }
            // Parts of an `allOf` that have no name of their own speak for the whole.
            let own = node
                .list("allOf")
                .unwrap_or_default()
                .into_iter()
                .filter(|element| element.reference().is_none());
            let mut texts = own
                .filter_map(|element| element.value().get("description")?.as_str())
                .filter(|text| text.contains(char::is_alphanumeric));
            if let Some(text) = texts.next() {
                return Some(text);
            }
            node = self.only_other(&node)?.0;
        }
        None
    }
}

/// A text as code, whatever it has in it.
pub(crate) fn code(text: &str) -> String {
    let clean: String = text
        .chars()
        .take(LONGEST_VALUE + 1)
        .map(|letter| {
            if letter.is_whitespace() || letter.is_control() {
                ' '
            } else {
                letter
            }
        })
        .collect();
    let cut: String = match clean.chars().count() > LONGEST_VALUE {
        true => clean.chars().take(LONGEST_VALUE - 1).chain(['…']).collect(),
        false => clean,
    };
    let longest = cut.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    match cut.trim().is_empty() {
        true => "the empty text".to_owned(),
        false if cut.starts_with('`') || cut.ends_with('`') => format!("{fence} {cut} {fence}"),
        false => format!("{fence}{cut}{fence}"),
    }
}

fn joined(prose: String, limits: &str) -> String {
    match limits.is_empty() {
        true => prose,
        false => format!("{}\n\n{limits}", prose.trim_end()),
    }
}

/// What is said of a value besides its type.
fn limits(node: &Node<'_>) -> String {
    let get = |keyword: &str| node.value().get(keyword);
    let number = |keyword: &str| get(keyword).filter(|value| value.is_number()).map(Value::to_string);
    let says = |keyword: &str| get(keyword) == Some(&Value::Bool(true));
    let mut said: Vec<String> = Vec::new();
    if let Some(format) = get("format")
        .and_then(Value::as_str)
        .filter(|format| !is_in_type(format))
    {
        said.push(format!("Format: {}.", code(format)));
    }
    if let Some(pattern) = get("pattern").and_then(Value::as_str) {
        said.push(format!("Pattern: {}.", code(pattern)));
    }
    for (least, most, what) in [
        ("minLength", "maxLength", " characters"),
        ("minItems", "maxItems", " items"),
        ("minimum", "maximum", ""),
    ] {
        said.extend(range(
            number(least).filter(|least| what.is_empty() || least != "0"),
            number(most),
            what,
        ));
    }
    let exclusive = |keyword: &str, limit: &str| match get(keyword) {
        Some(Value::Bool(true)) => number(limit),
        Some(value) if value.is_number() => Some(value.to_string()),
        _ => None,
    };
    said.extend(exclusive("exclusiveMinimum", "minimum").map(|least| format!("More than {least}.")));
    said.extend(exclusive("exclusiveMaximum", "maximum").map(|most| format!("Less than {most}.")));
    said.extend(number("multipleOf").map(|step| format!("A multiple of {step}.")));
    if says("uniqueItems") {
        said.push("No item comes twice.".to_owned());
    }
    if says("readOnly") {
        said.push("Only in answers.".to_owned());
    }
    if says("writeOnly") {
        said.push("Only in requests.".to_owned());
    }
    if get("format").is_none_or(|format| format != "password") {
        let example = get("example").or_else(|| get("examples").and_then(|examples| examples.get(0)));
        said.extend(get("default").and_then(shown).map(|value| format!("Default: {value}.")));
        said.extend(example.and_then(shown).map(|value| format!("Example: {value}.")));
    }
    if says("deprecated") {
        said.push("Deprecated.".to_owned());
    }
    said.join(" ")
}

fn range(least: Option<String>, most: Option<String>, what: &str) -> Option<String> {
    let of = |limit: &str| {
        if limit == "1" {
            what.strip_suffix('s').unwrap_or(what)
        } else {
            what
        }
        .to_owned()
    };
    Some(match (least, most) {
        (None, None) => return None,
        (Some(least), None) => format!("At least {least}{}.", of(&least)),
        (None, Some(most)) => format!("At most {most}{}.", of(&most)),
        (Some(least), Some(most)) if least == most => format!("Exactly {least}{}.", of(&least)),
        (Some(least), Some(most)) => format!("From {least} to {most}{what}."),
    })
}

/// A value that is short enough.
fn shown(value: &Value) -> Option<String> {
    let text = match value {
        Value::Null => return None,
        Value::String(text) => Cow::Borrowed(text.as_str()),
        other => Cow::Owned(json(other)?),
    };
    (text.chars().nth(LONGEST_VALUE).is_none() && !text.trim().is_empty()).then(|| code(&text))
}

/// A value as JSON, unless that is longer than any that is shown: most of a long one is not even looked at.
fn json(value: &Value) -> Option<String> {
    let mut text = [0; 4 * LONGEST_VALUE];
    let mut rest = text.as_mut_slice();
    serde_json::to_writer(&mut rest, value).ok()?;
    let left = rest.len();
    let written = text.len() - left;
    String::from_utf8(text[..written].to_vec()).ok()
}

/// Formats that have a type.
fn is_in_type(format: &str) -> bool {
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

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}
