//! Parameters in headers and cookies.

use super::value::{pairs, texts};
use super::{Explode, QueryStyle, Value, query};

/// The style `simple`, without percent-encoding; `None` for a value that is nothing.
pub(crate) fn header(explode: Explode, value: &Value) -> Result<Option<String>, String> {
    let joined = |items: Vec<String>| (!items.is_empty()).then(|| items.join(","));
    match value {
        Value::Null => Ok(None),
        Value::Text(text) | Value::Plain(text) => Ok(Some(text.clone())),
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

/// The style `form`, each pair a cookie.
pub(crate) fn cookie(name: &str, explode: Explode, value: &Value) -> Result<Vec<String>, String> {
    query(name, QueryStyle::Form, explode, value)
}
