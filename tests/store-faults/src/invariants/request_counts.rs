//! Counts the requests of a run that were due, and the extra requests.

use std::time::Duration;

use crate::processes::TokenRequest;

/// The number of due and extra requests in a run.
///
/// The first request is due. The next due request is the first one sent at least `min_age` after the last due one,
/// where `min_age` is the age at which any manager renews a token; all requests in between are extra. The due requests
/// are therefore the renewals that a single process would have made. A fleet without faults makes no extra requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestCounts {
    /// Due requests: the first fetch and the renewals.
    pub due: usize,
    /// All other requests.
    pub extra: usize,
}

impl RequestCounts {
    pub(super) fn of(requests: &[TokenRequest], min_age: Duration) -> Self {
        let mut due = 0;
        let mut last: Option<Duration> = None;
        let mut sent: Vec<Duration> = requests.iter().map(|request| request.sent).collect();
        sent.sort_unstable();
        for sent in sent {
            if last.is_none_or(|last| sent >= last + min_age) {
                due += 1;
                last = Some(sent);
            }
        }
        Self {
            due,
            extra: requests.len() - due,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request_counts(times: &[u64]) -> (usize, usize) {
        let requests = times.iter().map(|time| TokenRequest {
            at: Duration::from_secs(*time) + Duration::from_millis(600),
            sent: Duration::from_secs(*time),
            process: String::new(),
            status: Some(200),
        });
        let RequestCounts { due, extra } = RequestCounts::of(&requests.collect::<Vec<_>>(), Duration::from_secs(7));
        (due, extra)
    }

    #[test]
    fn early_requests_are_extra() {
        assert_eq!(request_counts(&[]), (0, 0));
        assert_eq!(request_counts(&[3]), (1, 0));
        assert_eq!(request_counts(&[3, 10, 17]), (3, 0));
        assert_eq!(request_counts(&[3, 4, 10, 11, 16, 17]), (3, 3));
    }
}
