//! The hot path: adding a cached, valid token to a request's headers.

use std::hint::black_box;
use std::pin::pin;
use std::sync::Barrier;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use http::HeaderMap;
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

use crate::all_measured_libraries::AnySubject;
use crate::hot_path_primitives;
use crate::measured_library::{Setup, Subject};
use crate::token_endpoint::{ServerResponse, TokenServer};

/// One measurement of the hot path. Serializes to the keys documented in bench/README.md.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HotPathFigure {
    pub subject: String,
    pub threads: usize,
    /// Nanoseconds per call on each thread.
    pub ns: f64,
    /// Allocations per call; `None` if they cannot be counted.
    pub allocations: Option<f64>,
    /// Ratio of `ns` to the sum of the primitives on one thread: see [`crate::hot_path_primitives::sum`].
    pub ratio: f64,
}

impl HotPathFigure {
    pub fn new(subject: impl Into<String>, threads: usize, ns: f64, allocations: Option<f64>) -> Self {
        Self {
            subject: subject.into(),
            threads,
            ns,
            allocations,
            ratio: 0.0,
        }
    }
}

/// Measures the primitives and all subjects, each with its ratio to the sum of the primitives.
///
/// # Errors
/// Returns an error if a subject's cached token is not available without waiting.
pub fn all(subjects: &[AnySubject]) -> Result<Vec<HotPathFigure>> {
    let mut figures = hot_path_primitives::all();
    let sum = hot_path_primitives::sum(&figures);
    for subject in subjects {
        figures.extend(subject.hot()?);
    }
    for figure in &mut figures {
        figure.ratio = figure.ns / sum;
    }
    Ok(figures)
}

/// Number of rounds per figure. The best round counts, because the machine is shared.
const ROUNDS: usize = 7;
/// Duration of a round.
const ROUND: Duration = Duration::from_millis(150);

/// Measures calls on one thread and on two threads at the same time.
pub(crate) fn measure<S: Subject>() -> Result<Vec<HotPathFigure>> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let server = TokenServer::start(
        Duration::from_millis(1),
        ServerResponse::Token {
            lifetime: Duration::from_secs(36_000),
        },
    )?;
    let setup = Setup {
        token_url: server.url().clone(),
        scenario: None,
    };
    let subject = runtime.block_on(async {
        let subject = S::new(&setup).await?;
        subject.authorize(&mut HeaderMap::new()).await?;
        anyhow::Ok(subject)
    })?;
    let _entered = runtime.enter();
    authorize_now(&subject, &mut HeaderMap::new()).context("the cached token is not available without waiting")?;
    let call = |headers: &mut HeaderMap| drop(black_box(authorize_now(&subject, headers)));
    let allocations = allocations(&call);
    let mut figures = Vec::new();
    for threads in [1, 2] {
        let enter = || runtime.enter();
        figures.push(HotPathFigure::new(
            S::NAME,
            threads,
            best_ns(threads, enter, &call),
            Some(allocations),
        ));
    }
    let requests = server.requests();
    runtime.shutdown_background();
    if requests != 1 {
        bail!(
            "{} sent {requests} token requests, so that the calls were not served from a cache",
            S::NAME
        );
    }
    Ok(figures)
}

/// Returns the nanoseconds per call of the best round, with `threads` threads running at the same time.
pub(crate) fn best_ns<G>(threads: usize, enter: impl Fn() -> G + Sync, call: &(impl Fn(&mut HeaderMap) + Sync)) -> f64 {
    let calls = calls_per_round(call);
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        let barrier = Barrier::new(threads);
        let slowest = thread::scope(|scope| {
            let workers: Vec<_> = (0..threads)
                .map(|_| {
                    scope.spawn(|| {
                        let _entered = enter();
                        let mut headers = HeaderMap::with_capacity(8);
                        call(&mut headers);
                        barrier.wait();
                        let start = thread_cpu_time();
                        for _ in 0..calls {
                            call(&mut headers);
                        }
                        thread_cpu_time().saturating_sub(start)
                    })
                })
                .collect();
            let durations = workers.into_iter().map(|worker| worker.join().unwrap_or(Duration::MAX));
            durations.max().unwrap_or(Duration::MAX)
        });
        best = best.min(slowest.as_secs_f64() * 1e9 / f64::from(calls));
    }
    best
}

/// Returns the CPU time of this thread, which excludes other processes on a shared machine.
fn thread_cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Returns the number of allocations per call.
fn allocations(call: &impl Fn(&mut HeaderMap)) -> f64 {
    const CALLS: u32 = 1000;
    let mut headers = HeaderMap::with_capacity(8);
    call(&mut headers);
    let counted = allocation_counter::measure(|| {
        for _ in 0..CALLS {
            call(&mut headers);
        }
    });
    counted.count_total as f64 / f64::from(CALLS)
}

/// Returns the number of calls that take one round.
fn calls_per_round(call: &impl Fn(&mut HeaderMap)) -> u32 {
    const SAMPLE: u32 = 2000;
    let mut headers = HeaderMap::with_capacity(8);
    let start = Instant::now();
    for _ in 0..SAMPLE {
        call(&mut headers);
    }
    let one = start.elapsed().as_secs_f64() / f64::from(SAMPLE);
    (ROUND.as_secs_f64() / one.max(1e-9)) as u32
}

/// Adds the header, or returns an error if the call has to wait.
fn authorize_now<S: Subject>(subject: &S, headers: &mut HeaderMap) -> Result<()> {
    let future = pin!(subject.authorize(headers));
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result.map(drop),
        Poll::Pending => bail!("the call has to wait"),
    }
}
