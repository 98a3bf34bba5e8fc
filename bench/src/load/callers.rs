//! Callers: each requests a header within a timeout.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use http::HeaderMap;
use tokio::sync::Barrier;

use super::TIMEOUT;
use crate::measured_library::Subject;

/// The outcome of one call.
#[derive(Debug)]
pub(crate) struct CallOutcome {
    pub(crate) duration: Duration,
    /// Whether the header was not available at the first poll of the future.
    pub(crate) waited: bool,
    pub(crate) result: Result<()>,
}

/// Statistics of many calls.
#[derive(Debug, Default)]
pub(crate) struct CallStats {
    pub(crate) callers: usize,
    pub(crate) slowest: Duration,
    pub(crate) waited: usize,
    pub(crate) failed: usize,
    /// The error of the first failed call.
    pub(crate) error: Option<String>,
}

impl CallOutcome {
    pub(crate) fn failed(error: impl Into<anyhow::Error>) -> Self {
        Self {
            duration: Duration::ZERO,
            waited: false,
            result: Err(error.into()),
        }
    }

    fn timed_out(after: Duration) -> Self {
        Self {
            duration: after,
            waited: true,
            result: Err(anyhow!("timed out after {} ms", after.as_millis())),
        }
    }
}

impl CallStats {
    pub(crate) fn record(&mut self, call: CallOutcome) {
        self.callers += 1;
        self.slowest = self.slowest.max(call.duration);
        self.waited += usize::from(call.waited);
        if let Err(error) = call.result {
            self.failed += 1;
            self.error.get_or_insert_with(|| format!("{error:#}"));
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.callers += other.callers;
        self.slowest = self.slowest.max(other.slowest);
        self.waited += other.waited;
        self.failed += other.failed;
        self.error = self.error.take().or(other.error);
    }
}

/// Makes one call with a timeout.
pub(crate) async fn call<S: Subject>(subject: &S, timeout: Duration) -> CallOutcome {
    tokio::time::timeout(timeout, call_without_timeout(subject))
        .await
        .unwrap_or_else(|_| CallOutcome::timed_out(timeout))
}

/// Makes one call without a timeout.
async fn call_without_timeout<S: Subject>(subject: &S) -> CallOutcome {
    let mut headers = HeaderMap::new();
    let start = Instant::now();
    let mut future = pin!(subject.authorize(&mut headers));
    let first = poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await;
    let waited = first.is_pending();
    let result = match first {
        Poll::Ready(result) => result,
        Poll::Pending => future.await,
    };
    CallOutcome {
        duration: start.elapsed(),
        waited,
        result: result.map(drop),
    }
}

/// Makes `callers` calls at the same time. One timer covers all of them, so that timers do not affect the figures.
pub(crate) async fn concurrent<S: Subject>(subject: &S, callers: usize, timeout: Duration) -> CallStats {
    let barrier = Arc::new(Barrier::new(callers));
    let mut tasks: Vec<_> = (0..callers)
        .map(|_| {
            let (subject, barrier) = (subject.clone(), Arc::clone(&barrier));
            tokio::spawn(async move {
                barrier.wait().await;
                call_without_timeout(&subject).await
            })
        })
        .collect();
    let end = tokio::time::Instant::now() + timeout;
    let mut calls = CallStats::default();
    for task in &mut tasks {
        calls.record(match tokio::time::timeout_at(end, &mut *task).await {
            Ok(result) => result.unwrap_or_else(CallOutcome::failed),
            Err(_) => {
                task.abort();
                CallOutcome::timed_out(timeout)
            }
        });
    }
    calls
}

/// Makes sequential calls with `timeout` each. Calls that would start after [`TIMEOUT`] count as timed out.
pub(crate) async fn sequential<S: Subject>(subject: &S, callers: usize, timeout: Duration) -> CallStats {
    let end = Instant::now() + TIMEOUT;
    let mut calls = CallStats::default();
    for _ in 0..callers {
        if Instant::now() < end {
            calls.record(call(subject, timeout).await);
        } else {
            calls.record(CallOutcome::timed_out(timeout));
        }
    }
    calls
}
