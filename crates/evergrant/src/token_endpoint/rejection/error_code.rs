//! Finds the error code and description in a JSON error response of any structure. RFC 6749 section 5.2 defines `error`
//! and `error_description`, but many servers use other names and nesting.

use std::borrow::Cow;
use std::collections::VecDeque;

use serde_json::Value;

use super::member_names::{CODE_NAMES, DESCRIPTION_NAMES, REGISTERED_CODES, SECRET_NAMES, SUMMARY_NAMES};

/// Maximum number of members and elements to read.
const MAX_VALUES: usize = 200;

/// Maximum depth: the body, and two levels of objects or arrays of objects in it.
const MAX_DEPTH: usize = 2;

/// Maximum length of a code, in bytes.
const MAX_CODE_LEN: usize = 80;

/// The error that a body describes, before masking.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Reason<'a> {
    pub(super) code: Option<Cow<'a, str>>,
    pub(super) description: Option<&'a str>,
    pub(super) uri: Option<&'a str>,
    /// A member named like a token has a string value.
    pub(super) has_token: bool,
}

/// The best candidate so far: the lowest rank wins; among equal ranks, the first.
struct Best<T>(Option<((usize, usize, usize), T)>);

impl<T> Best<T> {
    /// Offers a candidate. Ranks by `tier`, then by depth, then by position in a list of names.
    fn offer(&mut self, tier: usize, depth: usize, position: usize, value: T) {
        let rank = (tier, depth, position);
        if self.0.as_ref().is_none_or(|(best, _)| rank < *best) {
            self.0 = Some((rank, value));
        }
    }

    fn take(self) -> Option<T> {
        self.0.map(|(_, value)| value)
    }
}

impl<'a> Reason<'a> {
    pub(super) fn of(body: &'a Value) -> Self {
        let (mut registered, mut code, mut description, mut uri) = (Best(None), Best(None), Best(None), Best(None));
        let mut unused = Best(None);
        let mut has_token = false;
        for Text {
            name,
            value,
            depth,
            in_errors,
        } in texts(body)
        {
            let as_code = position(&CODE_NAMES, &name);
            match value {
                Value::Number(number) if as_code.is_some() && number.as_f64() != Some(0.0) => {
                    code.offer(0, depth, as_code.unwrap_or_default(), Cow::Owned(number.to_string()));
                }
                Value::String(text) if !text.trim().is_empty() => {
                    has_token |= name.ends_with("token") || name == "jwt";
                    let (text, trimmed) = (text.as_str(), text.trim());
                    if let Some(known) = as_registered(trimmed) {
                        registered.offer(as_code.unwrap_or(CODE_NAMES.len()), depth, 0, known);
                    }
                    match as_code.filter(|_| is_code(trimmed)) {
                        Some(position) => {
                            code.offer(0, depth, position, Cow::Borrowed(trimmed));
                            if name == "error" {
                                unused.offer(0, depth, 0, trimmed);
                            }
                        }
                        None if name == "erroruri" => uri.offer(0, depth, 0, text),
                        None => match (position(&DESCRIPTION_NAMES, &name), position(&SUMMARY_NAMES, &name)) {
                            (Some(position), _) => description.offer(0, depth, position, text),
                            (_, Some(position)) => description.offer(1, depth, position, text),
                            // As in {"errors": {"scope": ["is unknown"]}}.
                            _ if in_errors && !is_secret(&name) => description.offer(2, depth, 0, text),
                            _ => {}
                        },
                    }
                }
                _ => {}
            }
        }
        let code = registered.take().map(Cow::Borrowed).or(code.take());
        let unused = unused.take().filter(|text| code.as_deref() != Some(*text));
        Self {
            description: description.take().or(unused),
            code,
            uri: uri.take(),
            has_token,
        }
    }

    /// Returns whether the body states a reason.
    pub(super) fn is_some(&self) -> bool {
        self.code.is_some() || self.description.is_some()
    }
}

/// Returns all strings of a body without a reason, except those named like secrets.
pub(super) fn outline(body: &Value) -> String {
    let mut outline = String::new();
    for Text { name, value, .. } in texts(body) {
        if let (Value::String(text), false) = (value, is_secret(&name)) {
            let separator = if outline.is_empty() { "" } else { ", " };
            outline.extend([separator, text.trim()]);
        }
    }
    outline
}

/// A string or a number, with the name of the innermost member that contains it.
struct Text<'a> {
    name: String,
    value: &'a Value,
    depth: usize,
    /// The value is inside a member named like `errors`.
    in_errors: bool,
}

/// Returns the strings and numbers of a body, breadth first.
fn texts(body: &Value) -> impl Iterator<Item = Text<'_>> {
    let mut values = Vec::new();
    let mut queue = VecDeque::from([Text {
        name: String::new(),
        value: body,
        depth: 0,
        in_errors: false,
    }]);
    let mut left = MAX_VALUES;
    while let Some(next) = queue.pop_front() {
        let (value, depth, in_errors) = (next.value, next.depth, next.in_errors);
        match value {
            Value::Array(elements) => {
                let count = elements.len().min(left);
                left -= count;
                queue.extend(elements[..count].iter().map(|value| Text {
                    name: next.name.clone(),
                    value,
                    depth: depth + usize::from(value.is_array()),
                    in_errors,
                }));
            }
            Value::Object(members) if depth <= MAX_DEPTH => {
                let count = members.len().min(left);
                left -= count;
                queue.extend(members.iter().take(count).map(|(name, value)| {
                    let name = normalize(name);
                    Text {
                        in_errors: in_errors || name.contains("error") && value.is_object(),
                        name,
                        value,
                        depth: depth + usize::from(value.is_object() || value.is_array()),
                    }
                }));
            }
            Value::String(_) | Value::Number(_) => values.push(next),
            _ => {}
        }
    }
    values.into_iter()
}

/// Normalizes a name for comparison, and truncates it.
fn normalize(name: &str) -> String {
    let letters = name.chars().filter(|letter| !matches!(letter, '_' | '-' | ' ' | '.'));
    letters.take(40).map(|letter| letter.to_ascii_lowercase()).collect()
}

fn position(names: &[&str], name: &str) -> Option<usize> {
    names.iter().position(|known| *known == name)
}

fn is_secret(name: &str) -> bool {
    SECRET_NAMES.iter().any(|part| name.contains(part))
}

/// Returns the registered code that equals the text, ignoring case and `-` versus `_`.
pub(super) fn as_registered(text: &str) -> Option<&'static str> {
    let same = |known: &&&str| {
        let bytes = text.bytes().map(|byte| if byte == b'-' { b'_' } else { byte });
        text.len() == known.len() && bytes.zip(known.bytes()).all(|(a, b)| a.eq_ignore_ascii_case(&b))
    };
    REGISTERED_CODES.iter().find(same).copied()
}

/// Returns whether a text is a code, not a sentence and not a URI such as RFC 9457's `type`.
fn is_code(text: &str) -> bool {
    text.len() <= MAX_CODE_LEN
        && text.bytes().all(|byte| byte.is_ascii_graphic())
        && !text.contains(":/")
        && text != "about:blank"
}
