//! Deserializes a value within the budgets, and rejects duplicate keys: parsers disagree on which of them counts. Nodes
//! are counted before they are stored, so that a value beyond a budget takes no memory.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::limits::{Budget, DEPTH, NODES, SOURCE_TEXT};

/// Maximum number of members for which an object is copied to free its spare capacity.
const COMPACT_MEMBERS: usize = 16;

/// Deserializes a value with everything in it.
pub(super) struct Reader {
    nodes: Budget,
    text: Budget,
    depth: usize,
}

impl Reader {
    pub(super) fn new() -> Self {
        Self {
            nodes: Budget::of(&NODES),
            text: Budget::of(&SOURCE_TEXT),
            depth: 0,
        }
    }

    /// Runs `inside` one level deeper.
    fn within<T, E: Error>(&mut self, inside: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        self.depth += 1;
        DEPTH.check(self.depth).map_err(E::custom)?;
        let result = inside(self);
        self.depth -= 1;
        result
    }

    fn text<E: Error>(&mut self, text: &str) -> Result<(), E> {
        self.text.spend(text.len()).map_err(E::custom)
    }
}

impl<'de> DeserializeSeed<'de> for &mut Reader {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.nodes.spend(1).map_err(D::Error::custom)?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &mut Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i128<E: Error>(self, value: i128) -> Result<Value, E> {
        let number = Number::from_i128(value).ok_or_else(|| E::custom("the number is out of range"));
        number.map(Value::Number)
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u128<E: Error>(self, value: u128) -> Result<Value, E> {
        let number = Number::from_u128(value).ok_or_else(|| E::custom("the number is out of range"));
        number.map(Value::Number)
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        self.text(value)?;
        Ok(value.into())
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        self.text(&value)?;
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        self.within(|reader| {
            let mut values = Vec::new();
            while let Some(value) = items.next_element_seed(&mut *reader)? {
                values.push(value);
            }
            values.shrink_to_fit();
            Ok(Value::Array(values))
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        self.within(|reader| {
            let mut object = Map::new();
            while let Some(key) = members.next_key::<String>()? {
                reader.text(&key)?;
                let value = members.next_value_seed(&mut *reader)?;
                if object.contains_key(&key) {
                    let shown: String = key.chars().take(80).collect();
                    return Err(A::Error::custom(format!("duplicate key {shown:?}")));
                }
                object.insert(key, value);
            }
            Ok(Value::Object(compact(object)))
        })
    }
}

/// Frees the spare capacity of a small object. Most objects are small, and spare capacity would dominate their memory.
fn compact(object: Map<String, Value>) -> Map<String, Value> {
    if object.len() > COMPACT_MEMBERS {
        return object;
    }
    let mut compact = Map::with_capacity(object.len());
    compact.extend(object);
    compact
}
