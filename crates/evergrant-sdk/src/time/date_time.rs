//! Points in time (RFC 3339): OpenAPI's `date-time`.

use std::fmt;
use std::time::SystemTime;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A point in time. It stores the text of the time. A text from an API is sent back unchanged, even if it is not a
/// valid time.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use evergrant_sdk::DateTime;
///
/// let moment = DateTime::from(SystemTime::UNIX_EPOCH + Duration::from_secs(1));
/// assert_eq!(moment.as_str(), "1970-01-01T00:00:01Z");
/// let same = DateTime::from("1970-01-01T01:00:01+01:00");
/// assert_eq!(same.to_system_time(), moment.to_system_time());
/// assert_eq!(DateTime::from("yesterday").to_system_time(), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DateTime(String);

impl DateTime {
    /// Returns the text of the time, as received from the API or as created.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the point in time, or `None` if the text is not an RFC 3339 time with an offset from UTC.
    #[must_use]
    pub fn to_system_time(&self) -> Option<SystemTime> {
        let moment: Timestamp = self.0.trim().parse().ok()?;
        Some(moment.into())
    }
}

impl From<SystemTime> for DateTime {
    /// Converts to a text in UTC. A time outside the supported range, such as after the year 9999, becomes the nearest
    /// supported time.
    fn from(time: SystemTime) -> Self {
        let nearest = if time < SystemTime::UNIX_EPOCH {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        };
        Self(Timestamp::try_from(time).unwrap_or(nearest).to_string())
    }
}

impl From<String> for DateTime {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for DateTime {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<DateTime> for String {
    fn from(time: DateTime) -> Self {
        time.0
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
