//! The JSON representations of the values in a record, for serde's attributes.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};

use super::record_limits::is_valid;
use crate::Secret;
use crate::redact::Redactor;

/// Reads a string for display: one line of at most `LIMIT` characters without control characters.
pub(super) fn line<'de, const LIMIT: usize, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(Redactor::new([]).line(&String::deserialize(deserializer)?, LIMIT))
}

/// Reads a number for which a greater one exists.
pub(super) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let number = u64::deserialize(deserializer)?;
    is_valid(number)
        .then_some(number)
        .ok_or_else(|| D::Error::custom("too large"))
}

/// Reads a count. A count that is too large becomes the largest one.
pub(super) fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    Ok(u32::try_from(u64::deserialize(deserializer)?).unwrap_or(u32::MAX))
}

/// Writes the text of a secret, which is not serializable itself.
pub(super) fn exposed<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose())
}

/// Times and durations, in milliseconds.
pub(super) mod time {
    use std::time::Duration;

    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    use crate::store::record::record_limits::{MAX_NUMBER, millis};

    pub(in crate::store::record) fn serialize<T, S>(time: &T, serializer: S) -> Result<S::Ok, S::Error>
    where
        T: Copy + Into<Option<Duration>>,
        S: Serializer,
    {
        (*time).into().map(millis).serialize(serializer)
    }

    pub(in crate::store::record) fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
    where
        T: From<Duration>,
        D: Deserializer<'de>,
    {
        match u64::deserialize(deserializer)? {
            millis @ ..=MAX_NUMBER => Ok(Duration::from_millis(millis).into()),
            _ => Err(D::Error::custom("too late")),
        }
    }
}
