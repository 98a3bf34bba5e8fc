//! Retries of whole API calls, for layers above the HTTP clients.

use std::time::Duration;

use http::Method;

use crate::error::Error;
use crate::jitter;
use crate::response_head::ResponseHead;

/// The policy for repeating a failed API call, for a retry layer above an HTTP client that authorizes its calls.
/// Default: at most 6 retries within 30 s, after pauses that double from 250 ms to 5 s.
///
/// With these retries, a call survives a short failure of the authorization server. A token manager itself retries a
/// token request only for some hundred milliseconds, and then caches the failure for a second
/// ([`FailureBackoff`](crate::FailureBackoff)).
///
/// Each pause is shortened at random, by at most half. If the server requested a longer pause (`Retry-After`), that
/// pause applies. If the pause would exceed the [total time](Self::total), the call fails immediately.
///
/// ```
/// use std::time::Duration;
/// use evergrant::{CallRetry, RetryableFailure};
/// use http::Method;
///
/// let retry = CallRetry::new(2).first_pause(Duration::from_millis(100)).total(Duration::from_secs(10));
/// let failure = RetryableFailure::sent(&Method::GET).expect("GET is idempotent");
/// assert!(retry.pause(0, Duration::ZERO, &failure).is_some_and(|pause| pause <= Duration::from_millis(100)));
/// assert!(retry.pause(2, Duration::ZERO, &failure).is_none(), "two retries");
/// assert!(retry.pause(0, Duration::from_secs(10), &failure).is_none(), "ten seconds");
/// assert!(RetryableFailure::sent(&Method::POST).is_none(), "POST is not idempotent");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallRetry {
    retries: u32,
    first_pause: Duration,
    max_pause: Duration,
    total: Duration,
}

impl CallRetry {
    /// Creates a policy with this number of retries after the first attempt of a call, and with the default pauses and
    /// total time.
    #[must_use]
    pub fn new(retries: u32) -> Self {
        Self {
            retries,
            first_pause: Duration::from_millis(250),
            max_pause: Duration::from_secs(5),
            total: Duration::from_secs(30),
        }
    }

    /// Sets the pause before the first retry of a call. The pause doubles with each further retry. Default: 250 ms.
    #[must_use]
    pub fn first_pause(self, first_pause: Duration) -> Self {
        Self { first_pause, ..self }
    }

    /// Sets the maximum pause between two attempts of a call. A longer pause that the server requests takes precedence.
    /// Default: 5 s.
    #[must_use]
    pub fn max_pause(self, max_pause: Duration) -> Self {
        Self { max_pause, ..self }
    }

    /// Sets the total time for retries: the latest time, counted from the start of the API call, at which a retry may
    /// begin. Default: 30 s.
    #[must_use]
    pub fn total(self, total: Duration) -> Self {
        Self { total, ..self }
    }

    /// Returns the pause before the next retry of a call, or `None` if the call is not repeated. `retries` is the
    /// number of retries so far, and `elapsed` is the time since the start of the call.
    #[must_use]
    pub fn pause(&self, retries: u32, elapsed: Duration, failure: &RetryableFailure) -> Option<Duration> {
        if retries >= self.retries {
            return None;
        }
        let longest = self
            .first_pause
            .saturating_mul(1 << retries.min(16))
            .min(self.max_pause);
        let pause = jitter::scaled(longest, 0.5 + jitter::unit() / 2.0);
        let pause = pause.max(failure.retry_after.unwrap_or_default());
        (elapsed.saturating_add(pause) <= self.total).then_some(pause)
    }
}

impl Default for CallRetry {
    fn default() -> Self {
        Self::new(6)
    }
}

/// A failure after which an API call may be repeated: the API has not processed the request, or the request is
/// idempotent (RFC 9110 section 9.2.2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RetryableFailure {
    retry_after: Option<Duration>,
}

impl RetryableFailure {
    /// Creates the failure of a call whose request was not sent, for example because no connection was opened.
    #[must_use]
    pub const fn not_sent() -> Self {
        Self { retry_after: None }
    }

    /// Creates the failure of a call for which no token was available. Returns `None` if the same call cannot succeed
    /// later: see [`Error::is_retryable`].
    #[must_use]
    pub fn not_authorized(error: &Error) -> Option<Self> {
        error.is_retryable().then(|| Self {
            retry_after: error.retry_after(),
        })
    }

    /// Creates the failure of a request that was sent but received no response. Returns `None` if the method is not
    /// idempotent.
    #[must_use]
    pub fn sent(method: &Method) -> Option<Self> {
        method.is_idempotent().then(Self::default)
    }

    /// Creates the failure of a call to which the API responded with an error. Returns `None` if the response is not
    /// [retryable](ResponseHead::is_retryable), or if the method is not idempotent.
    #[must_use]
    pub fn response(method: &Method, response: &ResponseHead<'_>) -> Option<Self> {
        let is_retryable = response.is_retryable() && method.is_idempotent();
        is_retryable.then(|| Self {
            retry_after: response.retry_after(),
        })
    }
}

#[cfg(test)]
mod tests {
    use http::Response;

    use super::*;

    fn unavailable(retry_after: &str) -> Response<()> {
        let response = Response::builder().status(503).header("retry-after", retry_after);
        response.body(()).unwrap()
    }

    #[test]
    fn retry_after_replaces_a_shorter_pause_and_ends_a_call_that_has_less_time() {
        let retry = CallRetry::default();
        let failure = |seconds| {
            let response = unavailable(seconds);
            RetryableFailure::response(&Method::GET, &ResponseHead::from(&response)).unwrap()
        };
        let second = Duration::from_secs(1);
        assert_eq!(retry.pause(0, Duration::ZERO, &failure("20")), Some(second * 20));
        assert_eq!(retry.pause(0, second * 11, &failure("20")), None);
        assert!(retry.pause(5, Duration::ZERO, &failure("0")).unwrap() <= second * 5);
        assert!(retry.pause(0, Duration::ZERO, &failure("0")).unwrap() >= second / 8);
    }

    #[test]
    fn a_sent_request_is_repeated_only_if_it_is_idempotent() {
        let response = unavailable("1");
        let head = ResponseHead::from(&response);
        for (method, is_idempotent) in [(Method::PUT, true), (Method::POST, false), (Method::PATCH, false)] {
            assert_eq!(RetryableFailure::sent(&method).is_some(), is_idempotent);
            assert_eq!(RetryableFailure::response(&method, &head).is_some(), is_idempotent);
        }
        let not_found = Response::builder().status(404).body(()).unwrap();
        assert!(RetryableFailure::response(&Method::GET, &ResponseHead::from(&not_found)).is_none());
        assert!(RetryableFailure::not_authorized(&Error::provider("the vault is sealed")).is_none());
    }
}
