//! Callers: each wants a header, within its patience.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use http::HeaderMap;
use tokio::sync::Barrier;

use super::PATIENCE;
use crate::subject::Subject;

/// What happened to one caller.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) took: Duration,
    /// It left the hot path: its header was not there when its future was polled for the first time.
    pub(crate) waited: bool,
    pub(crate) result: Result<()>,
}

/// What happened to all of them.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    pub(crate) callers: usize,
    pub(crate) slowest: Duration,
    pub(crate) waited: usize,
    pub(crate) failed: usize,
    /// Of the first that failed.
    pub(crate) error: Option<String>,
}

impl Call {
    pub(crate) fn failed(error: impl Into<anyhow::Error>) -> Self {
        Self {
            took: Duration::ZERO,
            waited: false,
            result: Err(error.into()),
        }
    }

    fn given_up(after: Duration) -> Self {
        Self {
            took: after,
            waited: true,
            result: Err(anyhow!("gave up after {} ms", after.as_millis())),
        }
    }
}

impl Calls {
    pub(crate) fn count(&mut self, call: Call) {
        self.callers += 1;
        self.slowest = self.slowest.max(call.took);
        self.waited += usize::from(call.waited);
        if let Err(error) = call.result {
            self.failed += 1;
            self.error.get_or_insert_with(|| format!("{error:#}"));
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.callers += other.callers;
        self.slowest = self.slowest.max(other.slowest);
        self.waited += other.waited;
        self.failed += other.failed;
        self.error = self.error.take().or(other.error);
    }
}

/// One call, given up when patience is at its end.
pub(crate) async fn call<S: Subject>(subject: &S, patience: Duration) -> Call {
    tokio::time::timeout(patience, patient_call(subject))
        .await
        .unwrap_or_else(|_| Call::given_up(patience))
}

/// One call, however long it takes.
async fn patient_call<S: Subject>(subject: &S) -> Call {
    let mut headers = HeaderMap::new();
    let start = Instant::now();
    let mut future = pin!(subject.authorize(&mut headers));
    let first = poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await;
    let waited = first.is_pending();
    let result = match first {
        Poll::Ready(result) => result,
        Poll::Pending => future.await,
    };
    Call {
        took: start.elapsed(),
        waited,
        result: result.map(drop),
    }
}

/// Many calls at the same time. One timer stands for the patience of all, so that none of it is measured.
pub(crate) async fn at_once<S: Subject>(subject: &S, callers: usize, patience: Duration) -> Calls {
    let barrier = Arc::new(Barrier::new(callers));
    let mut tasks: Vec<_> = (0..callers)
        .map(|_| {
            let (subject, barrier) = (subject.clone(), Arc::clone(&barrier));
            tokio::spawn(async move {
                barrier.wait().await;
                patient_call(&subject).await
            })
        })
        .collect();
    let end = tokio::time::Instant::now() + patience;
    let mut calls = Calls::default();
    for task in &mut tasks {
        calls.count(match tokio::time::timeout_at(end, &mut *task).await {
            Ok(ended) => ended.unwrap_or_else(Call::failed),
            Err(_) => {
                task.abort();
                Call::given_up(patience)
            }
        });
    }
    calls
}

/// One call after another, each with so much patience, until the patience of all is at its end: the rest are given up
/// then.
pub(crate) async fn one_by_one<S: Subject>(subject: &S, callers: usize, patience: Duration) -> Calls {
    let end = Instant::now() + PATIENCE;
    let mut calls = Calls::default();
    for _ in 0..callers {
        if Instant::now() < end {
            calls.count(call(subject, patience).await);
        } else {
            calls.count(Call::given_up(patience));
        }
    }
    calls
}
