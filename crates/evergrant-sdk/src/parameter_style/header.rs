//! Serializes header and cookie parameters.

use super::parameter_value::{pairs, texts};
use super::{Explode, QueryStyle, Value, query};

/// Serializes a header in the style `simple`, without percent-encoding. Returns `None` for `null` and empty lists.
pub(crate) fn header(explode: Explode, value: &Value) -> Result<Option<String>, String> {
    let joined = |items: Vec<String>| (!items.is_empty()).then(|| items.join(","));
    match value {
        Value::Null => Ok(None),
        Value::Text(text) | Value::Literal(text) => Ok(Some(text.clone())),
        Value::List(items) => Ok(joined(texts(items)?.into_iter().map(str::to_owned).collect())),
        Value::Members(members) => {
            let separator = match explode {
                Explode::Yes => "=",
                Explode::No => ",",
            };
            let members = pairs(members)?.into_iter();
            Ok(joined(
                members.map(|(key, text)| format!("{key}{separator}{text}")).collect(),
            ))
        }
    }
}

/// Serializes cookies in the style `form`. Each pair is a cookie.
pub(crate) fn cookie(name: &str, explode: Explode, value: &Value) -> Result<Vec<String>, String> {
    query(name, QueryStyle::Form, explode, value)
}
