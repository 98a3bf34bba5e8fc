//! Parses the header `Retry-After`.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};

/// Maximum wait that a server or a store record can impose.
pub(crate) const MAX_RETRY_AFTER: Duration = Duration::from_secs(3600);

/// Parses `Retry-After` or `X-Retry-After`, in seconds or as a date (RFC 9110 section 10.2.3). A date is relative to
/// the response's `Date`, so that wrong clocks do not matter, or to `now` if the response has no `Date`.
pub(crate) fn parse(headers: &HeaderMap, now: Option<SystemTime>) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let value = text(RETRY_AFTER.as_str()).or_else(|| text("x-retry-after"))?.trim();
    let wait = if let Ok(seconds) = value.parse::<f64>() {
        if !seconds.is_finite() || seconds < 0.0 {
            return None;
        }
        Duration::try_from_secs_f64(seconds).unwrap_or(MAX_RETRY_AFTER)
    } else {
        let until = httpdate::parse_http_date(value).ok()?;
        let from = text(DATE.as_str()).and_then(|date| httpdate::parse_http_date(date).ok());
        until.duration_since(from.or(now)?).unwrap_or_default()
    };
    Some(wait.min(MAX_RETRY_AFTER))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(pairs: &[(&'static str, &str)]) -> Option<u64> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().unwrap());
        }
        let now = httpdate::parse_http_date("Fri, 02 Jan 2026 00:00:00 GMT").unwrap();
        parse(&headers, Some(now)).map(|wait| wait.as_secs())
    }

    #[test]
    fn retry_after_is_read_in_seconds_or_as_a_date() {
        assert_eq!(wait(&[("retry-after", "7")]), Some(7));
        assert_eq!(wait(&[("retry-after", "0")]), Some(0));
        assert_eq!(wait(&[("x-retry-after", "8")]), Some(8));
        assert_eq!(wait(&[("retry-after", "Fri, 02 Jan 2026 00:00:09 GMT")]), Some(9));
        let date = ("date", "Fri, 02 Jan 2026 01:00:00 GMT");
        assert_eq!(wait(&[date, ("retry-after", "Fri, 02 Jan 2026 01:00:05 GMT")]), Some(5));
        assert_eq!(wait(&[("retry-after", "Thu, 01 Jan 2026 00:00:00 GMT")]), Some(0));
    }

    #[test]
    fn an_invalid_retry_after_is_ignored_and_a_long_one_is_capped() {
        assert_eq!(wait(&[("retry-after", "soon")]), None);
        assert_eq!(wait(&[("retry-after", "-3")]), None);
        assert_eq!(wait(&[("retry-after", "31536000")]), Some(3600));
    }
}
