//! Which requests were due, and which came beside them.

use std::time::Duration;

use crate::crew::Request;

/// A run's requests, counted by what they were for.
///
/// The first request is due. The next one that is due is the first that comes when the last due one is as old as a token must be
/// for any manager to renew it; all in between are extra. So the due ones are the renewals that one process alone would have
/// made, whoever made them here, and a fleet without faults has none beside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Intervals {
    /// Renewals that were due, the first token among them.
    pub due: usize,
    /// All other requests.
    pub extra: usize,
}

impl Intervals {
    pub(super) fn of(requests: &[Request], least_age: Duration) -> Self {
        let mut due = 0;
        let mut last: Option<Duration> = None;
        for request in requests {
            if last.is_none_or(|last| request.at >= last + least_age) {
                due += 1;
                last = Some(request.at);
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

    fn intervals(times: &[u64]) -> (usize, usize) {
        let requests = times.iter().map(|time| Request {
            at: Duration::from_secs(*time),
            member: String::new(),
            status: Some(200),
        });
        let Intervals { due, extra } = Intervals::of(&requests.collect::<Vec<_>>(), Duration::from_secs(7));
        (due, extra)
    }

    #[test]
    fn requests_that_come_too_soon_are_extra() {
        assert_eq!(intervals(&[]), (0, 0));
        assert_eq!(intervals(&[3]), (1, 0));
        assert_eq!(intervals(&[3, 10, 17]), (3, 0));
        assert_eq!(intervals(&[3, 4, 10, 11, 16, 17]), (3, 3));
    }
}
