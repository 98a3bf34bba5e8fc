//! A member that is absent, null, or has a value.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An optional member of a request body that may also be `null`. APIs distinguish the two: `null` removes a value, and
/// an absent member leaves it unchanged.
///
/// ```
/// use evergrant_sdk::Nullable;
///
/// #[derive(Default, serde::Serialize, serde::Deserialize)]
/// struct UserPatch {
///     #[serde(default, skip_serializing_if = "Nullable::is_absent")]
///     nickname: Nullable<String>,
/// }
///
/// let json = |nickname| serde_json::to_string(&UserPatch { nickname }).unwrap();
/// assert_eq!(json(Nullable::Absent), "{}");
/// assert_eq!(json(Nullable::Null), r#"{"nickname":null}"#);
/// assert_eq!(json(Nullable::from("Jo".to_owned())), r#"{"nickname":"Jo"}"#);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Nullable<T> {
    /// The member is absent.
    #[default]
    Absent,
    /// The member is `null`.
    Null,
    /// The member has a value.
    Value(T),
}

impl<T> Nullable<T> {
    /// Returns whether the member is absent.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// Returns whether the member is `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Returns the value, or `None` if the member is absent or `null`.
    #[must_use]
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }

    /// Converts to the value, or to `None` if the member is absent or `null`.
    #[must_use]
    pub fn into_value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }
}

impl<T> From<T> for Nullable<T> {
    fn from(value: T) -> Self {
        Self::Value(value)
    }
}

/// Converts `None` to `null`.
impl<T> From<Option<T>> for Nullable<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::Value)
    }
}

/// Serializes an absent member as `null`; `skip_serializing_if` leaves it out.
impl<T: Serialize> Serialize for Nullable<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Nullable<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Self::from)
    }
}
