//! Finds a server's reason in JSON of any shape. RFC 6749 section 5.2 names `error` and `error_description`; many servers have
//! names and places of their own.

use std::borrow::Cow;
use std::collections::VecDeque;

use serde_json::Value;

use super::names::{CODES, HEADLINES, REGISTERED, SECRETS, SENTENCES};

/// How many members and elements are looked at.
const MOST: usize = 200;

/// How deep: the body, and two objects or lists of objects in it.
const DEEPEST: usize = 2;

/// Longest code.
const LONGEST_CODE: usize = 80;

/// What a body says, in the server's own words: nothing is masked yet.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Reason<'a> {
    pub(super) code: Option<Cow<'a, str>>,
    pub(super) sentence: Option<&'a str>,
    pub(super) uri: Option<&'a str>,
    /// A member that is named as a token has a text.
    pub(super) has_token: bool,
}

/// The best text for one purpose so far: the lowest rank wins, and the first of equals.
struct Best<T>(Option<((usize, usize, usize), T)>);

impl<T> Best<T> {
    /// `tier` counts before the depth, and the depth before the place in a list of names.
    fn offer(&mut self, tier: usize, depth: usize, place: usize, value: T) {
        let rank = (tier, depth, place);
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
        let (mut registered, mut code, mut sentence, mut uri) = (Best(None), Best(None), Best(None), Best(None));
        let mut unused = Best(None);
        let mut has_token = false;
        for Text {
            name,
            value,
            depth,
            among_errors,
        } in texts(body)
        {
            let as_code = place(&CODES, &name);
            match value {
                Value::Number(number) if as_code.is_some() && number.as_f64() != Some(0.0) => {
                    code.offer(0, depth, as_code.unwrap_or_default(), Cow::Owned(number.to_string()));
                }
                Value::String(text) if !text.trim().is_empty() => {
                    has_token |= name.ends_with("token") || name == "jwt";
                    let (text, trimmed) = (text.as_str(), text.trim());
                    if let Some(known) = as_registered(trimmed) {
                        registered.offer(as_code.unwrap_or(CODES.len()), depth, 0, known);
                    }
                    match as_code.filter(|_| is_code(trimmed)) {
                        Some(place) => {
                            code.offer(0, depth, place, Cow::Borrowed(trimmed));
                            if name == "error" {
                                unused.offer(0, depth, 0, trimmed);
                            }
                        }
                        None if name == "erroruri" => uri.offer(0, depth, 0, text),
                        None => match (place(&SENTENCES, &name), place(&HEADLINES, &name)) {
                            (Some(place), _) => sentence.offer(0, depth, place, text),
                            (_, Some(place)) => sentence.offer(1, depth, place, text),
                            // As in {"errors": {"scope": ["is unknown"]}}.
                            _ if among_errors && !is_secret(&name) => sentence.offer(2, depth, 0, text),
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
            sentence: sentence.take().or(unused),
            code,
            uri: uri.take(),
            has_token,
        }
    }

    /// Whether the body says why there is no token.
    pub(super) fn is_some(&self) -> bool {
        self.code.is_some() || self.sentence.is_some()
    }
}

/// All texts of a body that names no reason, but for those whose names say that they are secrets.
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

/// A text or a number, with the name of the nearest member that it is in.
struct Text<'a> {
    name: String,
    value: &'a Value,
    depth: usize,
    /// It is in a member that is named `errors` or the like.
    among_errors: bool,
}

/// The nearest to the top first.
fn texts(body: &Value) -> impl Iterator<Item = Text<'_>> {
    let mut found = Vec::new();
    let mut queue = VecDeque::from([Text {
        name: String::new(),
        value: body,
        depth: 0,
        among_errors: false,
    }]);
    let mut left = MOST;
    while let Some(next) = queue.pop_front() {
        let (value, depth, among_errors) = (next.value, next.depth, next.among_errors);
        match value {
            Value::Array(elements) => {
                let count = elements.len().min(left);
                left -= count;
                queue.extend(elements[..count].iter().map(|value| Text {
                    name: next.name.clone(),
                    value,
                    depth: depth + usize::from(value.is_array()),
                    among_errors,
                }));
            }
            Value::Object(members) if depth <= DEEPEST => {
                let count = members.len().min(left);
                left -= count;
                queue.extend(members.iter().take(count).map(|(name, value)| {
                    let name = plain(name);
                    Text {
                        among_errors: among_errors || name.contains("error") && value.is_object(),
                        name,
                        value,
                        depth: depth + usize::from(value.is_object() || value.is_array()),
                    }
                }));
            }
            Value::String(_) | Value::Number(_) => found.push(next),
            _ => {}
        }
    }
    found.into_iter()
}

/// The first letters of a name, as names are compared.
fn plain(name: &str) -> String {
    let letters = name.chars().filter(|letter| !matches!(letter, '_' | '-' | ' ' | '.'));
    letters.take(40).map(|letter| letter.to_ascii_lowercase()).collect()
}

fn place(names: &[&str], name: &str) -> Option<usize> {
    names.iter().position(|known| *known == name)
}

fn is_secret(name: &str) -> bool {
    SECRETS.iter().any(|part| name.contains(part))
}

/// A registered code, however it is spelled.
pub(super) fn as_registered(text: &str) -> Option<&'static str> {
    let same = |known: &&&str| {
        let bytes = text.bytes().map(|byte| if byte == b'-' { b'_' } else { byte });
        text.len() == known.len() && bytes.zip(known.bytes()).all(|(a, b)| a.eq_ignore_ascii_case(&b))
    };
    REGISTERED.iter().find(same).copied()
}

/// Not a sentence, and not a URI such as RFC 9457's `type`.
fn is_code(text: &str) -> bool {
    text.len() <= LONGEST_CODE
        && text.bytes().all(|byte| byte.is_ascii_graphic())
        && !text.contains(":/")
        && text != "about:blank"
}
