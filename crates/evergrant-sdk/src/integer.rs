//! Deserializes integers that are written as `5.0`. In JSON Schema, a number without a fraction is an integer, and
//! servers in PHP, Python and JavaScript write it like this.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};

use crate::nullable::Nullable;

/// A type that consists of integers: an integer, or an array, map or optional value of such a type.
pub trait Integers: Sized {
    /// Deserializes the value. Each integer may have a fraction of zero.
    ///
    /// # Errors
    /// Returns the deserializer's error if a value is not an integer or does not fit into its type.
    fn deserialize_integers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
}

/// Deserializes a value that consists of integers. Generated models name this function in `deserialize_with`.
///
/// ```
/// #[derive(serde::Deserialize)]
/// struct Page {
///     #[serde(deserialize_with = "evergrant_sdk::integer::deserialize")]
///     count: i64,
/// }
///
/// let page: Page = serde_json::from_str(r#"{"count": 5.0}"#)?;
/// assert_eq!(page.count, 5);
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// # Errors
/// Returns the deserializer's error if a value is not an integer or does not fit into its type.
pub fn deserialize<'de, T: Integers, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    T::deserialize_integers(deserializer)
}

/// Deserializes the inner value with [`deserialize`].
pub(crate) struct Lenient<T>(pub(crate) T);

impl<'de, T: Integers> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize_integers(deserializer).map(Self)
    }
}

struct IntegerVisitor<T>(&'static str, PhantomData<T>);

impl<T: TryFrom<i64> + TryFrom<u64> + TryFrom<i128>> Visitor<'_> for IntegerVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<T, E> {
        T::try_from(value).map_err(|_| E::invalid_value(Unexpected::Signed(value), &self.0))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<T, E> {
        T::try_from(value).map_err(|_| E::invalid_value(Unexpected::Unsigned(value), &self.0))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<T, E> {
        // Displays all digits of a number without a fraction.
        let integer = (value.fract() == 0.0).then(|| format!("{value:.0}").parse::<i128>());
        let integer = integer.and_then(|integer| T::try_from(integer.ok()?).ok());
        integer.ok_or_else(|| E::invalid_type(Unexpected::Float(value), &self.0))
    }
}

macro_rules! integers {
    ($($integer:ident $method:ident),*) => {
        $(impl Integers for $integer {
            fn deserialize_integers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.$method(IntegerVisitor(stringify!($integer), PhantomData))
            }
        })*
    };
}

integers!(i32 deserialize_i32, i64 deserialize_i64, u32 deserialize_u32, u64 deserialize_u64);

impl<T: Integers> Integers for Option<T> {
    fn deserialize_integers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Option::<Lenient<T>>::deserialize(deserializer)?;
        Ok(value.map(|lenient| lenient.0))
    }
}

impl<T: Integers> Integers for Nullable<T> {
    fn deserialize_integers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::<T>::deserialize_integers(deserializer).map(Self::from)
    }
}

impl<T: Integers> Integers for Vec<T> {
    fn deserialize_integers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let items = Vec::<Lenient<T>>::deserialize(deserializer)?;
        Ok(items.into_iter().map(|lenient| lenient.0).collect())
    }
}

impl<T: Integers> Integers for BTreeMap<String, T> {
    fn deserialize_integers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let values = BTreeMap::<String, Lenient<T>>::deserialize(deserializer)?;
        Ok(values.into_iter().map(|(name, lenient)| (name, lenient.0)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: Integers>(text: &str) -> Result<T, String> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        deserialize(&mut deserializer).map_err(|error| error.to_string())
    }

    #[test]
    fn numbers_without_a_fraction_are_integers() {
        assert_eq!(read("5.0"), Ok(5_i64));
        assert_eq!(read("-5e2"), Ok(-500_i32));
        assert_eq!(read("1.0e18"), Ok(1_000_000_000_000_000_000_u64));
        assert_eq!(read("[1, 2.0, null]"), Ok(vec![Some(1_u32), Some(2), None]));
        assert_eq!(read(r#"{"a": 7.0}"#), Ok(BTreeMap::from([("a".to_owned(), 7_i64)])));
        assert_eq!(read("null"), Ok(Nullable::<i64>::Null));
    }

    #[test]
    fn other_numbers_are_errors() {
        for text in ["5.5", "1e400", "\"5\"", "9.3e18"] {
            assert!(read::<i64>(text).is_err(), "{text}");
        }
        assert!(read::<i32>("3000000000.0").is_err());
        assert!(read::<u32>("-1.0").is_err());
    }
}
