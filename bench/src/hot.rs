//! The hot path: a cached, valid token into a request's headers.

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

use crate::primitives;
use crate::server::{Answer, TokenServer};
use crate::subject::{Setup, Subject};
use crate::subjects::Entry;

/// One figure. Serializes with exactly the keys that the README of the benchmarks names, once its ratio is known.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Hot {
    pub subject: String,
    pub threads: usize,
    /// Of one call on each thread.
    pub ns: f64,
    /// Of one call; absent where it cannot be counted.
    pub allocations: Option<f64>,
    /// To the sum of the primitives on one thread: see [`crate::primitives::sum`].
    pub ratio: f64,
}

impl Hot {
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

/// The primitives and all subjects, each with its ratio to the primitives' sum.
///
/// # Errors
/// When a subject's cached token is not there at once.
pub fn all(subjects: &[Entry]) -> Result<Vec<Hot>> {
    let mut figures = primitives::all();
    let sum = primitives::sum(&figures);
    for subject in subjects {
        figures.extend(subject.hot()?);
    }
    for figure in &mut figures {
        figure.ratio = figure.ns / sum;
    }
    Ok(figures)
}

/// How many times each figure is taken; the best counts, for the machine is shared.
const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_millis(150);

/// One call on one thread, and on each of two.
pub(crate) fn measure<S: Subject>() -> Result<Vec<Hot>> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let server = TokenServer::start(
        Duration::from_millis(1),
        Answer::Token {
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
    authorize_now(&subject, &mut HeaderMap::new()).context("the cached token is not there at once")?;
    let call = |headers: &mut HeaderMap| drop(black_box(authorize_now(&subject, headers)));
    let allocations = allocations(&call);
    let mut figures = Vec::new();
    for threads in [1, 2] {
        let enter = || runtime.enter();
        figures.push(Hot::new(
            S::NAME,
            threads,
            best(threads, enter, &call),
            Some(allocations),
        ));
    }
    let requests = server.requests();
    runtime.shutdown_background();
    if requests != 1 {
        bail!(
            "{} asked for {requests} tokens, so that what was measured is no cache",
            S::NAME
        );
    }
    Ok(figures)
}

/// The best of some rounds, in nanoseconds a call, with so many threads at it at once.
pub(crate) fn best<G>(threads: usize, enter: impl Fn() -> G + Sync, call: &(impl Fn(&mut HeaderMap) + Sync)) -> f64 {
    let calls = calibrated(call);
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
                        let start = processor_time();
                        for _ in 0..calls {
                            call(&mut headers);
                        }
                        processor_time().saturating_sub(start)
                    })
                })
                .collect();
            let took = workers.into_iter().map(|worker| worker.join().unwrap_or(Duration::MAX));
            took.max().unwrap_or(Duration::MAX)
        });
        best = best.min(slowest.as_secs_f64() * 1e9 / f64::from(calls));
    }
    best
}

/// What this thread has had of a processor: what others take on a shared machine is not measured.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// How many allocations one call makes.
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

/// How many calls make a round.
fn calibrated(call: &impl Fn(&mut HeaderMap)) -> u32 {
    const SAMPLE: u32 = 2000;
    let mut headers = HeaderMap::with_capacity(8);
    let start = Instant::now();
    for _ in 0..SAMPLE {
        call(&mut headers);
    }
    let one = start.elapsed().as_secs_f64() / f64::from(SAMPLE);
    (ROUND.as_secs_f64() / one.max(1e-9)) as u32
}

/// The header, if it is there without waiting.
fn authorize_now<S: Subject>(subject: &S, headers: &mut HeaderMap) -> Result<()> {
    let future = pin!(subject.authorize(headers));
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result.map(drop),
        Poll::Pending => bail!("it would have to wait"),
    }
}
