//! Forms (`application/x-www-form-urlencoded`), member by member.

use super::{Explode, QueryStyle, Value, query};

/// Each member has the style that is named for it. Without one, a list is its items under the same key, and an object is JSON, as
/// OpenAPI's encoding objects say.
pub(crate) fn form(value: &Value, styles: &[(&str, QueryStyle, Explode)]) -> Result<String, String> {
    let members = match value {
        Value::Members(members) => members.as_slice(),
        Value::Null => &[],
        _ => return Err("is no object, and so no form".to_owned()),
    };
    let mut pairs = Vec::new();
    for (name, value) in members {
        let named = styles.iter().find(|(styled, _, _)| styled == name);
        let of_member = |problem| format!("has a member `{name}` that {problem}");
        let member = match named {
            Some((_, style, explode)) => query(name, *style, *explode, value),
            None => plain(value).and_then(|value| query(name, QueryStyle::Form, Explode::Yes, &value)),
        };
        pairs.extend(member.map_err(of_member)?);
    }
    Ok(pairs.join("&"))
}

/// Objects as JSON, in lists too.
fn plain(value: &Value) -> Result<Value, String> {
    let json = |value: &Value| match value {
        Value::List(_) | Value::Members(_) => {
            let json = serde_json::to_string(value).map_err(|error| format!("cannot be written: {error}"))?;
            Ok(Value::Text(json))
        }
        value => Ok(value.clone()),
    };
    match value {
        Value::List(items) => Ok(Value::List(items.iter().map(json).collect::<Result<_, String>>()?)),
        value => json(value),
    }
}
