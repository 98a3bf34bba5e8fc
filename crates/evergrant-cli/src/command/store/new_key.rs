//! `evergrant store new-key`: prints a new line for a key ring.

use std::time::{Duration, SystemTime};

use evergrant::runtime::{Runtime as _, TokioRuntime};
use evergrant_store::{KeyRing, StoreBuildError};

use crate::failure::Failure;
use crate::standard_output;

pub(super) fn run(name: Option<String>) -> Result<(), Failure> {
    let name = name.unwrap_or_else(|| date(TokioRuntime::new().now().wall()));
    let key = KeyRing::new_key(&name).map_err(|error| match error {
        StoreBuildError::InvalidKeyRing { problem, .. } => Failure::usage(problem),
        _ => Failure::usage(error.to_string()),
    })?;
    standard_output::line(key.expose())
}

/// Formats the UTC date, such as 2026-11-21 (Howard Hinnant's `civil_from_days`, from 1970 on).
fn date(now: SystemTime) -> String {
    let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let days = since.as_secs() / (24 * 60 * 60) + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    // In a year that starts in March.
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_follow_the_calendar() {
        for (seconds, expected) in [
            (0, "1970-01-01"),
            (951_782_400, "2000-02-29"),
            (951_868_800, "2000-03-01"),
            (1_795_275_600, "2026-11-21"),
            (1_798_761_599, "2026-12-31"),
            (1_798_761_600, "2027-01-01"),
            (4_107_542_400, "2100-03-01"),
        ] {
            assert_eq!(date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)), expected);
        }
    }
}
