//! A type-erased box for models, which lets large sets of mutually recursive models compile.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::panic::{RefUnwindSafe, UnwindSafe};

use serde::de::{Error as _, Unexpected};
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser};
use serde_json::{Error, Value};

/// A `Box<T>` that hides the fields of `T` from the compiler (type erasure). It is serialized like the value inside.
///
/// Auto traits such as `Send`, and the code for drop, `Debug` and serialization, depend on all types that a type
/// contains, at any depth. When dozens of models contain each other, the compiler exceeds its recursion limits.
/// Generated models use this box to avoid that.
///
/// ```
/// use evergrant_sdk::OpaqueBox;
///
/// let mut title = OpaqueBox::new("Dune".to_owned());
/// title.push('!');
/// assert_eq!(title.len(), 5);
/// assert_eq!(title.into_inner(), "Dune!");
/// ```
pub struct OpaqueBox<T>(Box<dyn Erased<T>>);

/// A type that can be deserialized inside an [`OpaqueBox`]. Generated models implement this trait where needed. Arrays,
/// maps and options of such models implement it too.
pub trait OpaqueValue: Clone + fmt::Debug + PartialEq + Serialize + Send + Sync + 'static {
    /// Deserializes this type from a JSON value.
    ///
    /// # Errors
    /// Returns an error if the value does not match this type.
    fn from_value(value: &Value) -> Result<Self, Error>;
}

impl<T: OpaqueValue> OpaqueValue for Option<T> {
    fn from_value(value: &Value) -> Result<Self, Error> {
        match value {
            Value::Null => Ok(None),
            value => T::from_value(value).map(Some),
        }
    }
}

impl<T: OpaqueValue> OpaqueValue for Vec<T> {
    fn from_value(value: &Value) -> Result<Self, Error> {
        match value {
            Value::Array(items) => items.iter().map(T::from_value).collect(),
            other => Err(Error::invalid_type(unexpected(other), &"a sequence")),
        }
    }
}

impl<T: OpaqueValue> OpaqueValue for BTreeMap<String, T> {
    fn from_value(value: &Value) -> Result<Self, Error> {
        let read = |(name, value): (&String, _)| Ok((name.clone(), T::from_value(value)?));
        match value {
            Value::Object(members) => members.iter().map(read).collect(),
            other => Err(Error::invalid_type(unexpected(other), &"a map")),
        }
    }
}

/// The JSON type of a value, without the value itself.
fn unexpected(value: &Value) -> Unexpected<'static> {
    Unexpected::Other(match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    })
}

/// The operations of a value with an erased type.
trait Erased<T>: Send + Sync {
    fn get(&self) -> &T;
    fn get_mut(&mut self) -> &mut T;
    fn into_inner(self: Box<Self>) -> T;
    fn clone_box(&self) -> Box<dyn Erased<T>>;
    fn fmt_debug(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
    fn equals(&self, other: &T) -> bool;
    fn to_value(&self) -> Result<Value, Error>;
}

struct Inner<T>(T);

impl<T: Clone + fmt::Debug + PartialEq + Serialize + Send + Sync + 'static> Erased<T> for Inner<T> {
    fn get(&self) -> &T {
        &self.0
    }

    fn get_mut(&mut self) -> &mut T {
        &mut self.0
    }

    fn into_inner(self: Box<Self>) -> T {
        self.0
    }

    fn clone_box(&self) -> Box<dyn Erased<T>> {
        Box::new(Self(self.0.clone()))
    }

    fn fmt_debug(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }

    fn equals(&self, other: &T) -> bool {
        self.0 == *other
    }

    fn to_value(&self) -> Result<Value, Error> {
        serde_json::to_value(&self.0)
    }
}

impl<T: Clone + fmt::Debug + PartialEq + Serialize + Send + Sync + 'static> OpaqueBox<T> {
    /// Moves a value into a box that hides its type's fields from the compiler.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self(Box::new(Inner(value)))
    }
}

impl<T> OpaqueBox<T> {
    /// Returns the value inside the box.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.0.into_inner()
    }
}

impl<T> Deref for OpaqueBox<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.get()
    }
}

impl<T> DerefMut for OpaqueBox<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0.get_mut()
    }
}

impl<T: Clone + fmt::Debug + PartialEq + Serialize + Send + Sync + 'static> From<T> for OpaqueBox<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T> Clone for OpaqueBox<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone_box())
    }
}

impl<T> fmt::Debug for OpaqueBox<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt_debug(f)
    }
}

impl<T> PartialEq for OpaqueBox<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0.equals(other)
    }
}

impl<T: Eq> Eq for OpaqueBox<T> {}

impl<T: Default + Clone + fmt::Debug + PartialEq + Serialize + Send + Sync + 'static> Default for OpaqueBox<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> Serialize for OpaqueBox<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.to_value().map_err(ser::Error::custom)?.serialize(serializer)
    }
}

impl<'de, T: OpaqueValue> Deserialize<'de> for OpaqueBox<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        T::from_value(&value).map(Self::new).map_err(D::Error::custom)
    }
}

// The same as for a `Box`. A `Sync` value has no cell that a panic could leave in an inconsistent state.
impl<T> UnwindSafe for OpaqueBox<T> {}
impl<T> RefUnwindSafe for OpaqueBox<T> {}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
    struct Leaf {
        name: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Option<OpaqueBox<Leaf>>,
        #[serde(flatten)]
        rest: OpaqueBox<BTreeMap<String, Leaf>>,
    }

    impl OpaqueValue for Leaf {
        fn from_value(value: &Value) -> Result<Self, Error> {
            Self::deserialize(value)
        }
    }

    #[test]
    fn an_error_does_not_contain_the_value() {
        let problem = serde_json::from_str::<OpaqueBox<Vec<Leaf>>>(r#""do-not-show""#).unwrap_err();
        assert_eq!(problem.to_string(), "invalid type: a string, expected a sequence");
        let leaves: OpaqueBox<Vec<Option<Leaf>>> = serde_json::from_value(json!([null, {"name": "a"}])).unwrap();
        assert_eq!((leaves.len(), &leaves[0]), (2, &None));
    }

    #[test]
    fn it_is_serialized_as_the_value() {
        let value = json!({"name": "a", "next": {"name": "b"}, "more": {"name": "c"}});
        let leaf: Leaf = serde_json::from_value(value.clone()).unwrap();
        assert_eq!(leaf.next.as_ref().unwrap().name, "b");
        assert_eq!(leaf.rest["more"].name, "c");
        assert_eq!(serde_json::to_value(&leaf).unwrap(), value);
        assert_eq!(serde_json::from_str::<Leaf>(&value.to_string()).unwrap(), leaf);
    }

    #[test]
    fn a_clone_is_independent() {
        let original = OpaqueBox::from(Leaf::default());
        let mut clone = original.clone();
        assert_eq!(original, clone);
        clone.name.push('x');
        assert_ne!(original, clone);
        assert_eq!(format!("{clone:?}"), format!("{:?}", *clone));
        assert_eq!(clone.into_inner().name, "x");
    }

    #[test]
    fn it_implements_auto_traits() {
        fn assert_auto_traits<T: Send + Sync + Unpin + UnwindSafe + RefUnwindSafe + 'static>() {}
        assert_auto_traits::<OpaqueBox<Leaf>>();
        assert_auto_traits::<Leaf>();
    }
}
