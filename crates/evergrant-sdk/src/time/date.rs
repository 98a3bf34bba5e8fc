//! Dates without a time (RFC 3339 `full-date`): OpenAPI's `date`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A date without a time. It stores the text of the date. A text from an API is sent back unchanged, even if it is not
/// a valid date.
///
/// ```
/// use evergrant_sdk::Date;
///
/// assert_eq!(Date::new(2024, 2, 29).map(|day| day.to_string()).as_deref(), Some("2024-02-29"));
/// assert_eq!(Date::new(2023, 2, 29), None);
/// assert_eq!(Date::from("2024-02-29").parts(), Some((2024, 2, 29)));
/// assert_eq!(Date::from("someday").parts(), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Date(String);

impl Date {
    /// Creates a date. Returns `None` if the date does not exist or the year does not have four digits.
    #[must_use]
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let part = |number| i8::try_from(number).ok();
        let year = i16::try_from(year).ok()?;
        let day = jiff::civil::Date::new(year, part(month)?, part(day)?).ok()?;
        Some(Self(day.to_string()))
    }

    /// Returns the text of the date, as received from the API or as created.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the year, the month and the day, or `None` if the text is not a valid date.
    #[must_use]
    pub fn parts(&self) -> Option<(u16, u8, u8)> {
        let day: jiff::civil::Date = self.0.trim().parse().ok()?;
        let part = |number| u8::try_from(number).ok();
        Some((u16::try_from(day.year()).ok()?, part(day.month())?, part(day.day())?))
    }
}

impl From<String> for Date {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Date {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<Date> for String {
    fn from(day: Date) -> Self {
        day.0
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
