//! Where in a response the access token is, and what there is instead.

use serde_json::Value;

use crate::redact::Redactor;
use crate::token::{JsonObject, names_access_token};

/// The member that holds the access token in responses as RFC 6749 describes them.
pub(super) const ACCESS_TOKEN: &str = "access_token";

/// How many members an error lists.
const MOST: usize = 12;

/// How deep it looks for them.
const DEEPEST: usize = 4;

/// Longest name of a member that it repeats, in characters.
const LONGEST: usize = 40;

/// The object with the access token, and the token's name in it.
pub(super) fn locate<'a>(response: &'a Value, path: Option<&'a str>) -> Option<(&'a JsonObject, &'a str)> {
    let path = path.unwrap_or(ACCESS_TOKEN);
    let (parent, name) = path.rsplit_once('.').unwrap_or(("", path));
    let mut names = parent.split('.').filter(|name| !name.is_empty());
    let parent = names.try_fold(response, |value, name| match value {
        Value::Array(values) => values.get(name.parse::<usize>().ok()?),
        value => value.get(name),
    })?;
    let parent = parent.as_object()?;
    parent.get(name).filter(|value| !value.is_null())?;
    Some((parent, name))
}

/// What a response has in place of an access token: the names of its members, with those of the objects that they lie
/// in.
pub(super) struct Found {
    names: Vec<String>,
    more: bool,
    likely: Option<String>,
}

impl Found {
    pub(super) fn of(response: &Value, redactor: &Redactor) -> Self {
        let mut found = Self {
            names: Vec::new(),
            more: false,
            likely: None,
        };
        found.look(response, "", 1, redactor);
        found
    }

    fn look(&mut self, value: &Value, path: &str, depth: usize, redactor: &Redactor) {
        let members: Vec<(String, &Value)> = match value {
            Value::Object(object) => object
                .iter()
                .take(MOST + 1)
                .map(|(name, value)| (shown(name, redactor), value))
                .collect(),
            // The elements of a list are mostly alike.
            Value::Array(values) => values.iter().take(1).map(|value| ("0".to_owned(), value)).collect(),
            _ => return,
        };
        for (name, value) in members {
            if self.names.len() >= MOST {
                self.more = true;
                return;
            }
            let path = match path {
                "" => name.clone(),
                path => format!("{path}.{name}"),
            };
            let has_more = matches!(value, Value::Object(object) if !object.is_empty())
                || matches!(value, Value::Array(values) if values.iter().any(Value::is_object));
            if has_more && depth < DEEPEST {
                self.look(value, &path, depth + 1, redactor);
                continue;
            }
            // It is repeated as an argument of a command.
            let is_plain = path
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
            if self.likely.is_none() && value.is_string() && is_plain && names_access_token(&name) {
                self.likely = Some(path.clone());
            }
            self.names.push(path);
        }
    }

    /// The problem, to stand behind "the token".
    pub(super) fn problem(&self, path: Option<&str>) -> String {
        let wanted = path.unwrap_or(ACCESS_TOKEN).escape_debug();
        let names: Vec<String> = self.names.iter().map(|name| format!("`{name}`")).collect();
        let more = if self.more { " and more" } else { "" };
        match names.as_slice() {
            [] => format!("has no `{wanted}`, and no other member"),
            names => format!("has no `{wanted}`; the response has {}{more}", names.join(", ")),
        }
    }

    /// The path that seems to be the right one.
    pub(super) fn likely(self) -> Option<String> {
        self.likely
    }
}

/// A name for a message, unless it may be a secret itself.
fn shown(name: &str, redactor: &Redactor) -> String {
    let line = redactor.line(name, LONGEST);
    let length = line.chars().count();
    match length > 24 && line.contains(|character: char| character.is_ascii_digit()) || length > LONGEST {
        true => "…".to_owned(),
        false => line,
    }
}
