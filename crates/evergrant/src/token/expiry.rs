//! When a token ends, in the forms in which servers and SDKs say it: a lifetime or a point in time, a number or a text.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::fmt::{rfc2822, strtime};
use jiff::tz::Offset;
use jiff::{SpanRelativeTo, Timestamp, civil};
use serde_json::Value;

/// Longest lifetime believed, and latest end as counted from 1970; anything above is taken as this (400 years).
pub(super) const LONGEST: Duration = Duration::from_secs(400 * 365 * 24 * 3600);

/// Longest text that is read as a date or a duration, in bytes.
const LONGEST_TEXT: usize = 64;

/// A number of seconds above this is of a smaller unit: milliseconds, or smaller ones yet. As seconds, it is the year
/// 5138.
const SECONDS: f64 = 1e11;

/// Seconds since 1970 that lie in the years 2020 to 2038. As a lifetime they would be fifty years and more, so they
/// are read as a point in time. The largest number of 32 bits is left out: servers send it for tokens without an end.
const TIMES: std::ops::Range<f64> = 1.6e9..2_147_483_647.0;

/// Up to this, a number under a name for either is a lifetime: ten years, which as a point in time lie before OAuth.
const LIFETIME: f64 = 10.0 * 365.0 * 24.0 * 3600.0;

/// The first and the last day that Go and .NET know, which they write where there is no end.
const NO_END: [&str; 2] = ["0001-01-01", "9999-12-31"];

/// How Azure App Service and Ruby write times; the former with 12 hours or with 24.
const FORMATS: [&str; 3] = [
    "%m/%d/%Y %I:%M:%S %p %:z",
    "%m/%d/%Y %H:%M:%S %:z",
    "%Y-%m-%d %H:%M:%S %z",
];

/// What a member says of a token's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// So long after the request.
    In(Duration),
    /// At that time.
    At(SystemTime),
    /// At that time, if the zone that it leaves out is UTC.
    InSomeZone(SystemTime),
    /// Nothing, or that there is no end.
    Unstated,
}

/// What a member means by a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    /// Seconds from now.
    Lifetime,
    /// Seconds from 1970, or a smaller unit. Zero and below mean that there is no end.
    Time,
    /// The same, and zero is 1970: our own form.
    ExactTime,
    /// A lifetime, if it is small.
    Either,
}

/// `None` if the value cannot be read.
pub(super) fn read(value: &Value, meaning: Number) -> Option<End> {
    let text = match value {
        Value::Number(number) => return of_number(number.as_f64()?, meaning),
        Value::String(text) => text.trim(),
        _ => return None,
    };
    if text.is_empty() {
        return Some(End::Unstated);
    }
    if let Ok(number) = text.parse() {
        return of_number(number, meaning);
    }
    if text.len() > LONGEST_TEXT {
        return None;
    }
    of_date(text).or_else(|| match meaning {
        Number::Lifetime | Number::Either => of_duration(text),
        Number::Time | Number::ExactTime => None,
    })
}

fn of_number(number: f64, meaning: Number) -> Option<End> {
    let positive = number > 0.0;
    match meaning {
        _ if !number.is_finite() => None,
        Number::Lifetime if !TIMES.contains(&number) && !TIMES.contains(&(number / 1000.0)) => {
            Some(End::In(seconds(number)))
        }
        Number::Either if positive && number <= LIFETIME => Some(End::In(seconds(number))),
        Number::Time | Number::Either if !positive => Some(End::Unstated),
        Number::Lifetime | Number::Time | Number::ExactTime | Number::Either => {
            let mut number = number;
            while number > SECONDS {
                number /= 1000.0;
            }
            Some(End::At(UNIX_EPOCH + seconds(number)))
        }
    }
}

/// RFC 3339 and the ISO 8601 near it; RFC 2822 and HTTP's forms; [`FORMATS`]. A time without an offset is UTC with most
/// servers, and local time with some.
fn of_date(text: &str) -> Option<End> {
    if NO_END.iter().any(|day| text.starts_with(day)) {
        return Some(End::Unstated);
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
        return Some(End::At(since_1970(time)));
    }
    let local = text
        .contains(':')
        .then(|| text.parse::<civil::DateTime>().ok())
        .flatten()?;
    Some(End::InSomeZone(since_1970(Offset::UTC.to_timestamp(local).ok()?)))
}

fn since_1970(time: Timestamp) -> SystemTime {
    let duration = time.as_duration().try_into().unwrap_or(Duration::ZERO);
    UNIX_EPOCH + duration.min(LONGEST)
}

/// `1 hour`, `3600s`, `PT1H`, `01:00:00`.
fn of_duration(text: &str) -> Option<End> {
    let span: jiff::Span = text.parse().ok()?;
    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    let lifetime = duration.try_into().unwrap_or(Duration::ZERO);
    Some(End::In(lifetime.min(LONGEST)))
}

fn seconds(number: f64) -> Duration {
    Duration::try_from_secs_f64(number.max(0.0)).map_or(LONGEST, |duration| duration.min(LONGEST))
}

/// The time for a message: RFC 3339, to the second.
pub(crate) fn shown(time: SystemTime) -> String {
    let seconds = time
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .min(LONGEST)
        .as_secs();
    i64::try_from(seconds)
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .map_or_else(String::new, |time| time.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(seconds: u64) -> Option<End> {
        Some(End::At(UNIX_EPOCH + Duration::from_secs(seconds)))
    }

    fn lifetime(seconds: u64) -> Option<End> {
        Some(End::In(Duration::from_secs(seconds)))
    }

    #[test]
    fn a_point_in_time_is_read_as_a_number_of_any_unit_and_as_a_date() {
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
            assert_eq!(read(&value, Number::Time), at(1_900_000_000), "{value}");
        }
        let fraction = read(&json!("2030-03-17T17:46:40.25Z"), Number::Time);
        assert_eq!(
            fraction,
            Some(End::At(UNIX_EPOCH + Duration::from_millis(1_900_000_000_250)))
        );
        assert_eq!(
            read(&json!("9000-01-01T00:00:00Z"), Number::Time),
            at(LONGEST.as_secs())
        );
        assert_eq!(read(&json!("1969-12-31T23:59:59Z"), Number::Time), at(0));
    }

    #[test]
    fn what_means_that_there_is_no_end_states_none() {
        for value in [
            json!(0),
            json!(-1),
            json!("0"),
            json!(""),
            json!("0001-01-01T00:00:00Z"),
        ] {
            assert_eq!(read(&value, Number::Time), Some(End::Unstated), "{value}");
        }
        assert_eq!(read(&json!(0), Number::ExactTime), at(0));
    }

    #[test]
    fn a_time_without_an_offset_is_read_as_such() {
        for text in [
            "2030-03-17T17:46:40",
            "2030-03-17 17:46:40",
            "2030-03-17T17:46:40.000000",
        ] {
            let time = UNIX_EPOCH + Duration::from_secs(1_900_000_000);
            assert_eq!(read(&json!(text), Number::Time), Some(End::InSomeZone(time)), "{text}");
        }
    }

    #[test]
    fn a_point_in_time_under_the_name_of_a_lifetime_is_told_from_one() {
        for (value, read_as) in [
            (json!(1_900_000_000), at(1_900_000_000)),
            (json!("1900000000"), at(1_900_000_000)),
            (json!(1_900_000_000_000_u64), at(1_900_000_000)),
            (json!(2_147_483_647), lifetime(2_147_483_647)),
            (json!(4_294_967_295_u32), lifetime(4_294_967_295)),
            (json!(i64::MAX), lifetime(LONGEST.as_secs())),
            (json!(315_360_000), lifetime(315_360_000)),
            (json!(1_576_800_000), lifetime(1_576_800_000)),
            (json!(3_600_000), lifetime(3_600_000)),
        ] {
            assert_eq!(read(&value, Number::Lifetime), read_as, "{value}");
        }
    }

    #[test]
    fn a_lifetime_is_read_as_a_number_and_as_a_duration() {
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
            assert_eq!(read(&value, Number::Lifetime), lifetime(3600), "{value}");
        }
        assert_eq!(read(&json!("2 days"), Number::Lifetime), lifetime(48 * 3600));
        assert_eq!(read(&json!(-5), Number::Lifetime), lifetime(0));
        assert_eq!(read(&json!(1e300), Number::Lifetime), lifetime(LONGEST.as_secs()));
        assert_eq!(
            read(&json!("2030-03-17T17:46:40Z"), Number::Lifetime),
            at(1_900_000_000)
        );
        assert_eq!(read(&json!(5_184_000), Number::Either), lifetime(5_184_000));
        assert_eq!(read(&json!(1_900_000_000), Number::Either), at(1_900_000_000));
    }

    #[test]
    fn anything_else_cannot_be_read() {
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
            for meaning in [Number::Time, Number::ExactTime, Number::Lifetime, Number::Either] {
                assert_eq!(read(&value, meaning), None, "{value} as {meaning:?}");
            }
        }
    }
}
