//! The expiry of a token in the formats that servers and SDKs use: a lifetime or a point in time, as a number or a
//! string.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::fmt::{rfc2822, strtime};
use jiff::tz::Offset;
use jiff::{SpanRelativeTo, Timestamp, civil};
use serde_json::Value;

/// Maximum lifetime, and latest expiry after 1970; longer ones are shortened to this (400 years).
pub(super) const MAX_LIFETIME: Duration = Duration::from_secs(400 * 365 * 24 * 3600);

/// Maximum length of a date or a duration, in bytes.
const MAX_TEXT_LENGTH: usize = 64;

/// A number above this is not in seconds but in milliseconds or a smaller unit. In seconds, it would be the year 5138.
const MAX_SECONDS: f64 = 1e11;

/// Seconds since 1970 in the years 2020 to 2038. As lifetimes they would be at least fifty years, so they are read as
/// points in time. The largest 32-bit number is excluded, because servers send it for tokens without an expiry.
const LIKELY_TIMESTAMPS: std::ops::Range<f64> = 1.6e9..2_147_483_647.0;

/// Up to this, a number with an ambiguous name is a lifetime: ten years, which as a point in time would be before
/// OAuth.
const MAX_PLAUSIBLE_LIFETIME: f64 = 10.0 * 365.0 * 24.0 * 3600.0;

/// The first and the last day in Go and .NET, which they write for "no expiry".
const NO_EXPIRY_DATES: [&str; 2] = ["0001-01-01", "9999-12-31"];

/// Time formats of Azure App Service (12 or 24 hours) and Ruby.
const FORMATS: [&str; 3] = [
    "%m/%d/%Y %I:%M:%S %p %:z",
    "%m/%d/%Y %H:%M:%S %:z",
    "%Y-%m-%d %H:%M:%S %z",
];

/// The parsed expiry of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expiry {
    /// A lifetime, counted from the request.
    Lifetime(Duration),
    /// A point in time.
    At(SystemTime),
    /// A point in time without an offset, read as UTC.
    AtWithoutOffset(SystemTime),
    /// Not stated, or explicitly none.
    None,
}

/// The meaning of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NumberMeaning {
    /// Seconds from now.
    Lifetime,
    /// Seconds since 1970, or a smaller unit. Zero and negative numbers mean "no expiry".
    Time,
    /// Same as `Time`, but zero is 1970: our own format.
    ExactTime,
    /// A lifetime if small, otherwise a point in time.
    Either,
}

/// Parses an expiry; `None` if the value cannot be read.
pub(super) fn parse(value: &Value, meaning: NumberMeaning) -> Option<Expiry> {
    let text = match value {
        Value::Number(number) => return parse_number(number.as_f64()?, meaning),
        Value::String(text) => text.trim(),
        _ => return None,
    };
    if text.is_empty() {
        return Some(Expiry::None);
    }
    if let Ok(number) = text.parse() {
        return parse_number(number, meaning);
    }
    if text.len() > MAX_TEXT_LENGTH {
        return None;
    }
    parse_date(text).or_else(|| match meaning {
        NumberMeaning::Lifetime | NumberMeaning::Either => parse_duration(text),
        NumberMeaning::Time | NumberMeaning::ExactTime => None,
    })
}

fn parse_number(number: f64, meaning: NumberMeaning) -> Option<Expiry> {
    let positive = number > 0.0;
    match meaning {
        _ if !number.is_finite() => None,
        NumberMeaning::Lifetime
            if !LIKELY_TIMESTAMPS.contains(&number) && !LIKELY_TIMESTAMPS.contains(&(number / 1000.0)) =>
        {
            Some(Expiry::Lifetime(seconds(number)))
        }
        NumberMeaning::Either if positive && number <= MAX_PLAUSIBLE_LIFETIME => {
            Some(Expiry::Lifetime(seconds(number)))
        }
        NumberMeaning::Time | NumberMeaning::Either if !positive => Some(Expiry::None),
        NumberMeaning::Lifetime | NumberMeaning::Time | NumberMeaning::ExactTime | NumberMeaning::Either => {
            let mut number = number;
            while number > MAX_SECONDS {
                number /= 1000.0;
            }
            Some(Expiry::At(UNIX_EPOCH + seconds(number)))
        }
    }
}

/// Parses RFC 3339 and similar ISO 8601 dates, RFC 2822, HTTP dates, and [`FORMATS`]. Most servers mean UTC by a time
/// without an offset, some mean local time.
fn parse_date(text: &str) -> Option<Expiry> {
    if NO_EXPIRY_DATES.iter().any(|day| text.starts_with(day)) {
        return Some(Expiry::None);
    }
    let utc = text.strip_suffix("UTC").map(|text| format!("{}Z", text.trim_end()));
    let strict = utc.as_deref().unwrap_or(text).parse::<Timestamp>().ok();
    let time = strict
        .or_else(|| rfc2822::parse(text).ok().map(|time| time.timestamp()))
        .or_else(|| {
            let time = httpdate::parse_http_date(text).ok()?;
            Timestamp::try_from(time).ok()
        })
        .or_else(|| {
            let parse = |format| strtime::parse(format, text).ok()?.to_timestamp().ok();
            FORMATS.into_iter().find_map(parse)
        });
    if let Some(time) = time {
        return Some(Expiry::At(since_1970(time)));
    }
    let local = text
        .contains(':')
        .then(|| text.parse::<civil::DateTime>().ok())
        .flatten()?;
    Some(Expiry::AtWithoutOffset(since_1970(
        Offset::UTC.to_timestamp(local).ok()?,
    )))
}

fn since_1970(time: Timestamp) -> SystemTime {
    let duration = time.as_duration().try_into().unwrap_or(Duration::ZERO);
    UNIX_EPOCH + duration.min(MAX_LIFETIME)
}

/// `1 hour`, `3600s`, `PT1H`, `01:00:00`.
fn parse_duration(text: &str) -> Option<Expiry> {
    let span: jiff::Span = text.parse().ok()?;
    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    let lifetime = duration.try_into().unwrap_or(Duration::ZERO);
    Some(Expiry::Lifetime(lifetime.min(MAX_LIFETIME)))
}

fn seconds(number: f64) -> Duration {
    Duration::try_from_secs_f64(number.max(0.0)).map_or(MAX_LIFETIME, |duration| duration.min(MAX_LIFETIME))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(seconds: u64) -> Option<Expiry> {
        Some(Expiry::At(UNIX_EPOCH + Duration::from_secs(seconds)))
    }

    fn lifetime(seconds: u64) -> Option<Expiry> {
        Some(Expiry::Lifetime(Duration::from_secs(seconds)))
    }

    #[test]
    fn a_point_in_time_is_a_number_of_any_unit_or_a_date() {
        for value in [
            json!(1_900_000_000),
            json!("1900000000"),
            json!(" 1900000000.0 "),
            json!(1_900_000_000_000_u64),
            json!("1900000000000"),
            json!(1_900_000_000_000_000_u64),
            json!("2030-03-17T17:46:40Z"),
            json!("2030-03-17t17:46:40z"),
            json!("2030-03-17 17:46:40+00:00"),
            json!("2030-03-17T19:46:40+02:00"),
            json!("2030-03-17T19:46:40+0200"),
            json!("2030-03-17 17:46:40 UTC"),
            json!("2030-03-17T17:46:40UTC"),
            json!("2030-03-17 17:46:40 +0000"),
            json!("Sun, 17 Mar 2030 17:46:40 GMT"),
            json!("Sun, 17 Mar 2030 19:46:40 +0200"),
            json!("Sunday, 17-Mar-30 17:46:40 GMT"),
            json!("Sun Mar 17 17:46:40 2030"),
            json!("03/17/2030 17:46:40 +00:00"),
            json!("3/17/2030 5:46:40 PM +00:00"),
        ] {
            assert_eq!(parse(&value, NumberMeaning::Time), at(1_900_000_000), "{value}");
        }
        let fraction = parse(&json!("2030-03-17T17:46:40.25Z"), NumberMeaning::Time);
        assert_eq!(
            fraction,
            Some(Expiry::At(UNIX_EPOCH + Duration::from_millis(1_900_000_000_250)))
        );
        assert_eq!(
            parse(&json!("9000-01-01T00:00:00Z"), NumberMeaning::Time),
            at(MAX_LIFETIME.as_secs())
        );
        assert_eq!(parse(&json!("1969-12-31T23:59:59Z"), NumberMeaning::Time), at(0));
    }

    #[test]
    fn values_for_no_expiry_are_read_as_none() {
        for value in [
            json!(0),
            json!(-1),
            json!("0"),
            json!(""),
            json!("0001-01-01T00:00:00Z"),
        ] {
            assert_eq!(parse(&value, NumberMeaning::Time), Some(Expiry::None), "{value}");
        }
        assert_eq!(parse(&json!(0), NumberMeaning::ExactTime), at(0));
    }

    #[test]
    fn a_time_without_an_offset_is_recognized() {
        for text in [
            "2030-03-17T17:46:40",
            "2030-03-17 17:46:40",
            "2030-03-17T17:46:40.000000",
        ] {
            let time = UNIX_EPOCH + Duration::from_secs(1_900_000_000);
            assert_eq!(
                parse(&json!(text), NumberMeaning::Time),
                Some(Expiry::AtWithoutOffset(time)),
                "{text}"
            );
        }
    }

    #[test]
    fn a_point_in_time_with_the_name_of_a_lifetime_is_recognized() {
        for (value, read_as) in [
            (json!(1_900_000_000), at(1_900_000_000)),
            (json!("1900000000"), at(1_900_000_000)),
            (json!(1_900_000_000_000_u64), at(1_900_000_000)),
            (json!(2_147_483_647), lifetime(2_147_483_647)),
            (json!(4_294_967_295_u32), lifetime(4_294_967_295)),
            (json!(i64::MAX), lifetime(MAX_LIFETIME.as_secs())),
            (json!(315_360_000), lifetime(315_360_000)),
            (json!(1_576_800_000), lifetime(1_576_800_000)),
            (json!(3_600_000), lifetime(3_600_000)),
        ] {
            assert_eq!(parse(&value, NumberMeaning::Lifetime), read_as, "{value}");
        }
    }

    #[test]
    fn a_lifetime_is_a_number_or_a_duration() {
        for value in [
            json!(3600),
            json!("3600"),
            json!(" 3600.0 "),
            json!("3600s"),
            json!("3600 seconds"),
            json!("1 hour"),
            json!("PT1H"),
            json!("01:00:00"),
        ] {
            assert_eq!(parse(&value, NumberMeaning::Lifetime), lifetime(3600), "{value}");
        }
        assert_eq!(parse(&json!("2 days"), NumberMeaning::Lifetime), lifetime(48 * 3600));
        assert_eq!(parse(&json!(-5), NumberMeaning::Lifetime), lifetime(0));
        assert_eq!(
            parse(&json!(1e300), NumberMeaning::Lifetime),
            lifetime(MAX_LIFETIME.as_secs())
        );
        assert_eq!(
            parse(&json!("2030-03-17T17:46:40Z"), NumberMeaning::Lifetime),
            at(1_900_000_000)
        );
        assert_eq!(parse(&json!(5_184_000), NumberMeaning::Either), lifetime(5_184_000));
        assert_eq!(parse(&json!(1_900_000_000), NumberMeaning::Either), at(1_900_000_000));
    }

    #[test]
    fn a_text_of_more_than_64_bytes_is_not_parsed() {
        let date = |length: usize| {
            let (time, offset) = ("Sun, 17 Mar 2030 17:46:40", "+0000");
            format!("{time}{}{offset}", " ".repeat(length - time.len() - offset.len()))
        };
        assert_eq!(parse(&json!(date(64)), NumberMeaning::Time), at(1_900_000_000));
        for length in [65, 66] {
            assert_eq!(parse(&json!(date(length)), NumberMeaning::Time), None, "{length}");
        }
    }

    #[test]
    fn the_unit_of_a_point_in_time_changes_above_the_year_5138() {
        let seconds = 100_000_000_000_u64;
        assert_eq!(parse(&json!(seconds), NumberMeaning::Time), at(MAX_LIFETIME.as_secs()));
        assert_eq!(
            parse(&json!(seconds + 1000), NumberMeaning::Time),
            at(seconds / 1000 + 1)
        );
    }

    #[test]
    fn other_values_are_not_parsed() {
        for value in [
            json!("soon"),
            json!("never"),
            json!("NaN"),
            json!("inf"),
            json!("2030-03-17"),
            json!("2030-13-17T17:46:40Z"),
            json!(true),
            json!([3600]),
            json!({"seconds": 3600}),
            json!("1 ".repeat(1000)),
        ] {
            for meaning in [
                NumberMeaning::Time,
                NumberMeaning::ExactTime,
                NumberMeaning::Lifetime,
                NumberMeaning::Either,
            ] {
                assert_eq!(parse(&value, meaning), None, "{value} as {meaning:?}");
            }
        }
    }
}
