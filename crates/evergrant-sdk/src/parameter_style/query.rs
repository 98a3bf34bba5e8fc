//! Serializes query parameters.

use super::parameter_value::{pairs, texts};
use super::{Explode, QueryStyle, Value, percent_encode};

/// Returns encoded `name=value` pairs; none for `null` and empty lists.
pub(crate) fn query(name: &str, style: QueryStyle, explode: Explode, value: &Value) -> Result<Vec<String>, String> {
    let encoded = percent_encode(name);
    let separator = match style {
        QueryStyle::Form | QueryStyle::DeepObject => ",",
        QueryStyle::SpaceDelimited => "%20",
        QueryStyle::PipeDelimited => "%7C",
    };
    let joined = |items: Vec<String>| match items.is_empty() {
        true => Vec::new(),
        false => vec![format!("{encoded}={}", items.join(separator))],
    };
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Text(text) | Value::Literal(text) => Ok(vec![pair(&encoded, text)]),
        Value::Members(members) if style == QueryStyle::DeepObject => {
            let mut deep = Vec::new();
            for (key, value) in members {
                deep_object(&format!("{name}[{key}]"), value, &mut deep)?;
            }
            Ok(deep)
        }
        Value::List(items) => {
            let items = texts(items)?;
            Ok(match explode {
                Explode::Yes => items.into_iter().map(|item| pair(&encoded, item)).collect(),
                Explode::No => joined(items.into_iter().map(percent_encode).collect()),
            })
        }
        Value::Members(members) => {
            let members = pairs(members)?.into_iter();
            Ok(match explode {
                Explode::Yes => members.map(|(key, text)| pair(&percent_encode(key), text)).collect(),
                Explode::No => joined(
                    members
                        .flat_map(|(key, text)| [key, text])
                        .map(percent_encode)
                        .collect(),
                ),
            })
        }
    }
}

/// Serializes nested objects, such as `filter[price][from]=1`, and lists as repeated keys. OpenAPI does not define
/// this, but servers accept it.
fn deep_object(name: &str, value: &Value, out: &mut Vec<String>) -> Result<(), String> {
    match value {
        Value::Members(members) => {
            for (key, value) in members {
                deep_object(&format!("{name}[{key}]"), value, out)?;
            }
        }
        Value::List(items) => {
            let name = percent_encode(name);
            out.extend(texts(items)?.into_iter().map(|item| pair(&name, item)));
        }
        value => out.extend(value.text()?.map(|text| pair(&percent_encode(name), text))),
    }
    Ok(())
}

fn pair(encoded_name: &str, text: &str) -> String {
    format!("{encoded_name}={}", percent_encode(text))
}
