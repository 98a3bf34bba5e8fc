//! Serializes forms (`application/x-www-form-urlencoded`).

use super::{Explode, QueryStyle, Value, query};

/// Serializes each member in its style. Without a style, each item of a list becomes a pair with the same key, and
/// objects become JSON, as for OpenAPI's Encoding Object.
pub(crate) fn form(value: &Value, styles: &[(&str, QueryStyle, Explode)]) -> Result<String, String> {
    let members = match value {
        Value::Members(members) => members.as_slice(),
        Value::Null => &[],
        _ => return Err("is not an object".to_owned()),
    };
    let mut pairs = Vec::new();
    for (name, value) in members {
        let style = styles.iter().find(|(styled, _, _)| styled == name);
        let of_member = |problem| format!("has a member `{name}` that {problem}");
        let member = match style {
            Some((_, style, explode)) => query(name, *style, *explode, value),
            None => objects_as_json(value).and_then(|value| query(name, QueryStyle::Form, Explode::Yes, &value)),
        };
        pairs.extend(member.map_err(of_member)?);
    }
    Ok(pairs.join("&"))
}

/// Converts objects to JSON, also inside lists.
fn objects_as_json(value: &Value) -> Result<Value, String> {
    let json = |value: &Value| match value {
        Value::List(_) | Value::Members(_) => {
            let json = serde_json::to_string(value).map_err(|error| format!("cannot be serialized: {error}"))?;
            Ok(Value::Text(json))
        }
        value => Ok(value.clone()),
    };
    match value {
        Value::List(items) => Ok(Value::List(items.iter().map(json).collect::<Result<_, String>>()?)),
        value => json(value),
    }
}
