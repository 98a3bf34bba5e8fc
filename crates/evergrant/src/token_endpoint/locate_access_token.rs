//! Locates the access token in a response, and describes a response without one.

use serde_json::Value;

use crate::redact::Redactor;
use crate::token::{JsonObject, names_access_token};

/// The name of the access token's member (RFC 6749 section 5.1).
pub(super) const ACCESS_TOKEN: &str = "access_token";

/// Maximum number of members that an error lists.
const MAX_MEMBERS: usize = 12;

/// Maximum depth of listed members.
const MAX_DEPTH: usize = 4;

/// Maximum length of a listed name, in characters.
const MAX_NAME_LEN: usize = 40;

/// Returns the object that contains the access token, and the token's name in it.
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

/// The member names of a response without an access token, each with the path to it.
pub(super) struct MemberOutline {
    names: Vec<String>,
    more: bool,
    likely: Option<String>,
}

impl MemberOutline {
    pub(super) fn of(response: &Value, redactor: &Redactor) -> Self {
        let mut outline = Self {
            names: Vec::new(),
            more: false,
            likely: None,
        };
        outline.collect(response, "", 1, redactor);
        outline
    }

    fn collect(&mut self, value: &Value, path: &str, depth: usize, redactor: &Redactor) {
        let members: Vec<(String, &Value)> = match value {
            Value::Object(object) => object
                .iter()
                .take(MAX_MEMBERS + 1)
                .map(|(name, value)| (display_name(name, redactor), value))
                .collect(),
            // The elements of an array usually have the same members.
            Value::Array(values) => values.iter().take(1).map(|value| ("0".to_owned(), value)).collect(),
            _ => return,
        };
        for (name, value) in members {
            if self.names.len() >= MAX_MEMBERS {
                self.more = true;
                return;
            }
            let path = match path {
                "" => name.clone(),
                path => format!("{path}.{name}"),
            };
            let has_more = matches!(value, Value::Object(object) if !object.is_empty())
                || matches!(value, Value::Array(values) if values.iter().any(Value::is_object));
            if has_more && depth < MAX_DEPTH {
                self.collect(value, &path, depth + 1, redactor);
                continue;
            }
            // The path is suggested as an argument of a command.
            let is_plain = path
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
            if self.likely.is_none() && value.is_string() && is_plain && names_access_token(&name) {
                self.likely = Some(path.clone());
            }
            self.names.push(path);
        }
    }

    /// Describes the problem. The text continues "the token …".
    pub(super) fn problem(&self, path: Option<&str>) -> String {
        let wanted = path.unwrap_or(ACCESS_TOKEN).escape_debug();
        let names: Vec<String> = self.names.iter().map(|name| format!("`{name}`")).collect();
        let more = if self.more { " and more" } else { "" };
        match names.as_slice() {
            [] => format!("has no `{wanted}` and no other members"),
            names => format!("has no `{wanted}`; the response has {}{more}", names.join(", ")),
        }
    }

    /// Returns the path of the member that is probably the access token.
    pub(super) fn likely(self) -> Option<String> {
        self.likely
    }
}

/// Returns the name for a message, or `…` if the name may be a secret.
fn display_name(name: &str, redactor: &Redactor) -> String {
    let line = redactor.line(name, MAX_NAME_LEN);
    let length = line.chars().count();
    match length > 24 && line.contains(|character: char| character.is_ascii_digit()) || length > MAX_NAME_LEN {
        true => "…".to_owned(),
        false => line,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn outline(response: &Value) -> MemberOutline {
        MemberOutline::of(response, &Redactor::new([]))
    }

    #[test]
    fn the_first_string_named_like_an_access_token_is_suggested() {
        for (response, likely) in [
            (
                json!({"a": "b", "data": {"accessToken": "t", "token": "u"}}),
                Some("data.accessToken"),
            ),
            (json!({"id": "1", "jwt": 7, "token": "t"}), Some("token")),
            (json!({"id": "1", "name": "n"}), None),
            (json!({"with space": {"token": "t"}}), None),
            (json!([{"token": "t"}]), Some("0.token")),
        ] {
            assert_eq!(outline(&response).likely().as_deref(), likely, "{response}");
        }
    }

    #[test]
    fn a_member_name_that_could_be_a_secret_is_not_shown() {
        for (name, shown) in [
            ("a".repeat(23) + "1", true),
            ("a".repeat(24) + "1", false),
            ("a".repeat(40), true),
            ("a".repeat(41), false),
        ] {
            let problem = outline(&json!({ name.as_str(): true })).problem(None);
            assert_eq!(problem.contains(&name), shown, "{problem}");
            assert_eq!(problem.contains('…'), !shown, "{problem}");
        }
    }
}
