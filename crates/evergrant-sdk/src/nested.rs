//! Part of a model that is kept out of the model's own type, so that a large web of models compiles.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::panic::{RefUnwindSafe, UnwindSafe};

use serde::de::{Error as _, Unexpected};
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser};
use serde_json::{Error, Value};

/// A value of its own, as a `Box` is, of which the compiler does not have to look into `T`.
///
/// Whether a type is `Send`, and what is to be done when it is dropped, shown or written, depends on all types that it is made of,
/// however deep. Where an API's models contain each other by the dozen, the compiler gives up on that; generated models have this
/// in such places. It is read and written as the value alone.
///
/// ```
/// use evergrant_sdk::Nested;
///
/// let mut title = Nested::new("Dune".to_owned());
/// title.push('!');
/// assert_eq!(title.len(), 5);
/// assert_eq!(title.into_inner(), "Dune!");
/// ```
pub struct Nested<T>(Box<dyn Hold<T>>);

/// What a [`Nested`] value is read by. Models that need it have it, and so do arrays and maps of them.
pub trait Nest: Clone + fmt::Debug + PartialEq + Serialize + Send + Sync + 'static {
    /// Reads a value.
    ///
    /// # Errors
    /// It does not have the form of this type.
    fn read(value: &Value) -> Result<Self, Error>;
}

impl<T: Nest> Nest for Option<T> {
    fn read(value: &Value) -> Result<Self, Error> {
        match value {
            Value::Null => Ok(None),
            value => T::read(value).map(Some),
        }
    }
}

impl<T: Nest> Nest for Vec<T> {
    fn read(value: &Value) -> Result<Self, Error> {
        match value {
            Value::Array(items) => items.iter().map(T::read).collect(),
            other => Err(Error::invalid_type(unexpected(other), &"a sequence")),
        }
    }
}

impl<T: Nest> Nest for BTreeMap<String, T> {
    fn read(value: &Value) -> Result<Self, Error> {
        let read = |(name, value): (&String, _)| Ok((name.clone(), T::read(value)?));
        match value {
            Value::Object(members) => members.iter().map(read).collect(),
            other => Err(Error::invalid_type(unexpected(other), &"a map")),
        }
    }
}

/// Without the value.
fn unexpected(value: &Value) -> Unexpected<'static> {
    Unexpected::Other(match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    })
}

/// All that is asked of a value whose type is not looked into.
trait Hold<T>: Send + Sync {
    fn get(&self) -> &T;
    fn get_mut(&mut self) -> &mut T;
    fn take(self: Box<Self>) -> T;
    fn copy(&self) -> Box<dyn Hold<T>>;
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
    fn equals(&self, other: &T) -> bool;
    fn write(&self) -> Result<Value, Error>;
}

struct Held<T>(T);

impl<T: Clone + fmt::Debug + PartialEq + Serialize + Send + Sync + 'static> Hold<T> for Held<T> {
    fn get(&self) -> &T {
        &self.0
    }

    fn get_mut(&mut self) -> &mut T {
        &mut self.0
    }

    fn take(self: Box<Self>) -> T {
        self.0
    }

    fn copy(&self) -> Box<dyn Hold<T>> {
        Box::new(Self(self.0.clone()))
    }

    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }

    fn equals(&self, other: &T) -> bool {
        self.0 == *other
    }

    fn write(&self) -> Result<Value, Error> {
        serde_json::to_value(&self.0)
    }
}

impl<T: Clone + fmt::Debug + PartialEq + Serialize + Send + Sync + 'static> Nested<T> {
    /// Holds a value.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self(Box::new(Held(value)))
    }
}

impl<T> Nested<T> {
    /// The value.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.0.take()
    }
}

impl<T> Deref for Nested<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.get()
    }
}

impl<T> DerefMut for Nested<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0.get_mut()
    }
}

impl<T: Clone + fmt::Debug + PartialEq + Serialize + Send + Sync + 'static> From<T> for Nested<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T> Clone for Nested<T> {
    fn clone(&self) -> Self {
        Self(self.0.copy())
    }
}

impl<T> fmt::Debug for Nested<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.show(f)
    }
}

impl<T> PartialEq for Nested<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0.equals(other)
    }
}

impl<T: Eq> Eq for Nested<T> {}

impl<T: Default + Clone + fmt::Debug + PartialEq + Serialize + Send + Sync + 'static> Default for Nested<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> Serialize for Nested<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write().map_err(ser::Error::custom)?.serialize(serializer)
    }
}

impl<'de, T: Nest> Deserialize<'de> for Nested<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        T::read(&value).map(Self::new).map_err(D::Error::custom)
    }
}

// As a `Box` of it; what is `Sync` has no cell that a panic could leave half done.
impl<T> UnwindSafe for Nested<T> {}
impl<T> RefUnwindSafe for Nested<T> {}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
    struct Leaf {
        name: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Option<Nested<Leaf>>,
        #[serde(flatten)]
        rest: Nested<BTreeMap<String, Leaf>>,
    }

    impl Nest for Leaf {
        fn read(value: &Value) -> Result<Self, Error> {
            Self::deserialize(value)
        }
    }

    #[test]
    fn what_has_another_form_is_an_error_without_the_value() {
        let problem = serde_json::from_str::<Nested<Vec<Leaf>>>(r#""do-not-show""#).unwrap_err();
        assert_eq!(problem.to_string(), "invalid type: text, expected a sequence");
        let leaves: Nested<Vec<Option<Leaf>>> = serde_json::from_value(json!([null, {"name": "a"}])).unwrap();
        assert_eq!((leaves.len(), &leaves[0]), (2, &None));
    }

    #[test]
    fn it_goes_over_the_wire_as_the_value_alone() {
        let value = json!({"name": "a", "next": {"name": "b"}, "more": {"name": "c"}});
        let leaf: Leaf = serde_json::from_value(value.clone()).unwrap();
        assert_eq!(leaf.next.as_ref().unwrap().name, "b");
        assert_eq!(leaf.rest["more"].name, "c");
        assert_eq!(serde_json::to_value(&leaf).unwrap(), value);
        assert_eq!(serde_json::from_str::<Leaf>(&value.to_string()).unwrap(), leaf);
    }

    #[test]
    fn a_clone_is_a_value_of_its_own() {
        let one = Nested::from(Leaf::default());
        let mut other = one.clone();
        assert_eq!(one, other);
        other.name.push('x');
        assert_ne!(one, other);
        assert_eq!(format!("{other:?}"), format!("{:?}", *other));
        assert_eq!(other.into_inner().name, "x");
    }

    #[test]
    fn it_may_go_wherever_a_value_may() {
        fn anywhere<T: Send + Sync + Unpin + UnwindSafe + RefUnwindSafe + 'static>() {}
        anywhere::<Nested<Leaf>>();
        anywhere::<Leaf>();
    }
}
