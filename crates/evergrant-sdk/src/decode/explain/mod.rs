//! Explains why JSON does not have the expected form, without its values, because the messages of serde_json quote
//! values. Deserializes the text a second time, with a deserializer that records the path and an error type without
//! values.

mod problem;

use std::cell::Cell;

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Value};

use self::problem::{PathStep, Problem};
use super::error::DecodeError;

/// Returns `None` if the second deserialization finds no error: the first one can be stricter.
pub(super) fn explain<T: DeserializeOwned>(text: &[u8]) -> Option<DecodeError> {
    let value: Value = serde_json::from_slice(text).ok()?;
    let problem = T::deserialize(ValueDeserializer { value: &value }).err()?;
    Some(problem.into())
}

struct ValueDeserializer<'a> {
    value: &'a Value,
}

impl<'de> Deserializer<'de> for ValueDeserializer<'de> {
    type Error = Problem;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(number) => match (number.as_u64(), number.as_i64()) {
                (Some(value), _) => visitor.visit_u64(value),
                (None, Some(value)) => visitor.visit_i64(value),
                (None, None) => visitor.visit_f64(number.as_f64().unwrap_or_default()),
            },
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Array(items) => visitor.visit_seq(ItemAccess { items, index: 0 }),
            Value::Object(members) => visitor.visit_map(MemberAccess::new(members)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        let (name, content) = match self.value {
            Value::String(name) => (name, None),
            Value::Object(members) if members.len() == 1 => match members.iter().next() {
                Some((name, content)) => (name, Some(content)),
                None => return self.deserialize_any(visitor),
            },
            _ => return self.deserialize_any(visitor),
        };
        visitor.visit_enum(VariantAccessor { name, content })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

struct ItemAccess<'a> {
    items: &'a [Value],
    index: usize,
}

impl<'de> SeqAccess<'de> for ItemAccess<'de> {
    type Error = Problem;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Problem> {
        let Some(value) = self.items.get(self.index) else {
            return Ok(None);
        };
        self.index += 1;
        let item = seed.deserialize(ValueDeserializer { value });
        item.map(Some)
            .map_err(|problem| problem.below(PathStep::Item(self.index - 1)))
    }
}

struct MemberAccess<'a> {
    rest: serde_json::map::Iter<'a>,
    current: Option<(&'a str, &'a Value)>,
    /// Whether the current name was read as a field identifier. Only such names appear in errors: other names may be
    /// data of the response.
    is_known: Cell<bool>,
}

impl<'a> MemberAccess<'a> {
    fn new(members: &'a Map<String, Value>) -> Self {
        Self {
            rest: members.iter(),
            current: None,
            is_known: Cell::new(false),
        }
    }
}

impl<'de> MapAccess<'de> for MemberAccess<'de> {
    type Error = Problem;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Problem> {
        let Some((text, value)) = self.rest.next() else {
            return Ok(None);
        };
        self.current = Some((text, value));
        self.is_known.set(false);
        let is_known = &self.is_known;
        seed.deserialize(NameDeserializer { text, is_known }).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Problem> {
        let (name, value) = self.current.unwrap_or(("", &Value::Null));
        let step = match self.is_known.get() {
            true => PathStep::Member(name.to_owned()),
            false => PathStep::UnknownMember,
        };
        seed.deserialize(ValueDeserializer { value })
            .map_err(|problem| problem.below(step))
    }
}

/// Deserializes the name of a member: a string, or a number in quotes for maps with numeric keys.
struct NameDeserializer<'a, 'b> {
    text: &'a str,
    is_known: &'b Cell<bool>,
}

macro_rules! numbers {
    ($($method:ident $visit:ident),*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
            match self.text.parse() {
                Ok(number) => visitor.$visit(number),
                Err(_) => visitor.visit_borrowed_str(self.text),
            }
        })*
    };
}

impl<'de> Deserializer<'de> for NameDeserializer<'de, '_> {
    type Error = Problem;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_borrowed_str(self.text)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        self.is_known.set(true);
        visitor.visit_borrowed_str(self.text)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        let (name, content) = (self.text, None);
        visitor.visit_enum(VariantAccessor { name, content })
    }

    numbers! {
        deserialize_i8 visit_i8, deserialize_i16 visit_i16, deserialize_i32 visit_i32, deserialize_i64 visit_i64,
        deserialize_u8 visit_u8, deserialize_u16 visit_u16, deserialize_u32 visit_u32, deserialize_u64 visit_u64,
        deserialize_bool visit_bool
    }

    forward_to_deserialize_any! {
        i128 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct ignored_any
    }
}

struct VariantAccessor<'a> {
    name: &'a str,
    content: Option<&'a Value>,
}

impl<'de> EnumAccess<'de> for VariantAccessor<'de> {
    type Error = Problem;
    type Variant = Self;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Self), Problem> {
        let variant = seed.deserialize(StrDeserializer::new(self.name))?;
        Ok((variant, self))
    }
}

impl<'de> VariantAccess<'de> for VariantAccessor<'de> {
    type Error = Problem;

    fn unit_variant(self) -> Result<(), Problem> {
        match self.content {
            None | Some(Value::Null) => Ok(()),
            Some(_) => Err(Problem::new("expected only the name of a variant")),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Problem> {
        let value = self.content.unwrap_or(&Value::Null);
        seed.deserialize(ValueDeserializer { value })
            .map_err(|problem| problem.below(PathStep::UnknownMember))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Problem> {
        let value = self.content.unwrap_or(&Value::Null);
        ValueDeserializer { value }.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Problem> {
        let value = self.content.unwrap_or(&Value::Null);
        ValueDeserializer { value }.deserialize_struct("", fields, visitor)
    }
}
