//! The value of a parameter, independent of its type.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Serialize, Serializer};

use super::NESTING_ERROR;
use super::finite_numbers::FiniteCheck;

/// The value of a parameter. Members keep their order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// No value: the parameter is omitted.
    Null,
    Text(String),
    /// A number or a boolean in its JSON form.
    Literal(String),
    List(Vec<Value>),
    Members(Vec<(String, Value)>),
}

impl Value {
    /// Converts a value through JSON, so that types have the same form as in bodies.
    pub(crate) fn from_serialize(value: &(impl Serialize + ?Sized)) -> Result<Self, String> {
        let json = json(value)?;
        serde_json::from_str(&json).map_err(|error| format!("cannot be serialized: {error}"))
    }

    /// Returns the text of a scalar value; `None` for `null`. Lists and objects are an error.
    pub(crate) fn text(&self) -> Result<Option<&str>, String> {
        match self {
            Self::Null => Ok(None),
            Self::Text(text) | Self::Literal(text) => Ok(Some(text)),
            Self::List(_) | Self::Members(_) => Err(NESTING_ERROR.to_owned()),
        }
    }
}

/// Serializes a value as JSON.
pub(crate) fn json(value: &(impl Serialize + ?Sized)) -> Result<String, String> {
    value
        .serialize(FiniteCheck)
        .map_err(|problem| format!("cannot be serialized: {problem}"))?;
    serde_json::to_string(value).map_err(|error| format!("cannot be serialized as JSON: {error}"))
}

/// Returns the texts of the items that are not `null`.
pub(super) fn texts(items: &[Value]) -> Result<Vec<&str>, String> {
    items.iter().filter_map(|item| item.text().transpose()).collect()
}

/// Returns the texts of the members that are not `null`.
pub(super) fn pairs(members: &[(String, Value)]) -> Result<Vec<(&str, &str)>, String> {
    let texts = members.iter().map(|(name, value)| Ok((name.as_str(), value.text()?)));
    let non_null = |pair: Result<(_, Option<_>), _>| match pair {
        Ok((name, text)) => text.map(|text| Ok((name, text))),
        Err(problem) => Some(Err(problem)),
    };
    texts.filter_map(non_null).collect()
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Literal(text) => match serde_json::from_str::<serde_json::Value>(text) {
                Ok(plain) => plain.serialize(serializer),
                Err(_) => serializer.serialize_str(text),
            },
            Self::List(items) => serializer.collect_seq(items),
            Self::Members(members) => serializer.collect_map(members.iter().map(|(name, value)| (name, value))),
        }
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Literal(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Literal(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Literal(value.to_string()))
    }

    /// Writes integers without `.0`, and large numbers with an exponent.
    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        let number = serde_json::Number::from_f64(value);
        let text = number.map(|number| number.to_string()).unwrap_or_default();
        Ok(Value::Literal(text.strip_suffix(".0").unwrap_or(&text).to_owned()))
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
