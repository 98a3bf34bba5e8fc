//! `Retry-After`, as servers really send it.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};

/// The longest wait that a server can impose on us, and that a store's record can.
pub(crate) const LONGEST: Duration = Duration::from_secs(3600);

/// Seconds or a date (RFC 9110 section 10.2.3), or `X-Retry-After`. A date counts from the response's own `Date`, so that
/// a wrong clock on either side does not matter; from `now`, if that is known, when it has none.
pub(crate) fn parse(headers: &HeaderMap, now: Option<SystemTime>) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let value = text(RETRY_AFTER.as_str()).or_else(|| text("x-retry-after"))?.trim();
    let wait = if let Ok(seconds) = value.parse::<f64>() {
        if !seconds.is_finite() || seconds < 0.0 {
            return None;
        }
        Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST)
    } else {
        let until = httpdate::parse_http_date(value).ok()?;
        let from = text(DATE.as_str()).and_then(|date| httpdate::parse_http_date(date).ok());
        until.duration_since(from.or(now)?).unwrap_or_default()
    };
    Some(wait.min(LONGEST))
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
    fn retry_after_in_seconds_or_as_a_date() {
        assert_eq!(wait(&[("retry-after", "7")]), Some(7));
        assert_eq!(wait(&[("x-retry-after", "8")]), Some(8));
        assert_eq!(wait(&[("retry-after", "Fri, 02 Jan 2026 00:00:09 GMT")]), Some(9));
        let date = ("date", "Fri, 02 Jan 2026 01:00:00 GMT");
        assert_eq!(wait(&[date, ("retry-after", "Fri, 02 Jan 2026 01:00:05 GMT")]), Some(5));
        assert_eq!(wait(&[("retry-after", "Thu, 01 Jan 2026 00:00:00 GMT")]), Some(0));
    }

    #[test]
    fn a_useless_retry_after_is_ignored_and_an_absurd_one_shortened() {
        assert_eq!(wait(&[("retry-after", "soon")]), None);
        assert_eq!(wait(&[("retry-after", "-3")]), None);
        assert_eq!(wait(&[("retry-after", "31536000")]), Some(3600));
    }
}
