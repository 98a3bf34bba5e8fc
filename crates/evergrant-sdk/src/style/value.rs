//! A parameter's value, whatever its type: text, a list, or members in their order.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Serialize, Serializer};

use super::NESTED;
use super::finite::Finite;

/// What there is to write.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// Nothing: the parameter is left out.
    Null,
    Text(String),
    /// A number or a truth value, as JSON writes it.
    Plain(String),
    List(Vec<Value>),
    Members(Vec<(String, Value)>),
}

impl Value {
    /// By way of JSON, so that types are written as they are in bodies.
    pub(crate) fn of(value: &(impl Serialize + ?Sized)) -> Result<Self, String> {
        let json = json(value)?;
        serde_json::from_str(&json).map_err(|error| format!("cannot be written: {error}"))
    }

    /// The text of a value that is neither list nor members; `None` for nothing.
    pub(crate) fn text(&self) -> Result<Option<&str>, String> {
        match self {
            Self::Null => Ok(None),
            Self::Text(text) | Self::Plain(text) => Ok(Some(text)),
            Self::List(_) | Self::Members(_) => Err(NESTED.to_owned()),
        }
    }
}

/// A parameter's value as JSON.
pub(crate) fn json(value: &(impl Serialize + ?Sized)) -> Result<String, String> {
    value
        .serialize(Finite)
        .map_err(|problem| format!("cannot be written: {problem}"))?;
    serde_json::to_string(value).map_err(|error| format!("cannot be written as JSON: {error}"))
}

/// The items that are something.
pub(super) fn texts(items: &[Value]) -> Result<Vec<&str>, String> {
    items.iter().filter_map(|item| item.text().transpose()).collect()
}

/// The members that are something.
pub(super) fn pairs(members: &[(String, Value)]) -> Result<Vec<(&str, &str)>, String> {
    let texts = members.iter().map(|(name, value)| Ok((name.as_str(), value.text()?)));
    let something = |pair: Result<(_, Option<_>), _>| match pair {
        Ok((name, text)) => text.map(|text| Ok((name, text))),
        Err(problem) => Some(Err(problem)),
    };
    texts.filter_map(something).collect()
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Read)
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Plain(text) => match serde_json::from_str::<serde_json::Value>(text) {
                Ok(plain) => plain.serialize(serializer),
                Err(_) => serializer.serialize_str(text),
            },
            Self::List(items) => serializer.collect_seq(items),
            Self::Members(members) => serializer.collect_map(members.iter().map(|(name, value)| (name, value))),
        }
    }
}

struct Read;

impl<'de> Visitor<'de> for Read {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Plain(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Plain(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Plain(value.to_string()))
    }

    /// A whole number without `.0`, and a large one without its zeros.
    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        let number = serde_json::Number::from_f64(value);
        let text = number.map(|number| number.to_string()).unwrap_or_default();
        Ok(Value::Plain(text.strip_suffix(".0").unwrap_or(&text).to_owned()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = entries.next_entry()? {
            members.push(member);
        }
        Ok(Value::Members(members))
    }
}
