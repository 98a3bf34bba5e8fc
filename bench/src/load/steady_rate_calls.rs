//! Calls over a period: at a steady rate, and to a server that sends `Retry-After`.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::callers::{CallOutcome, CallStats, call};
use super::{TIMEOUT, latency, ms, set_up};
use crate::measured_library::Subject;
use crate::result_row::Row;
use crate::scenario_names::Scenario;
use crate::token_endpoint::{ServerResponse, TokenServer};

/// Makes two calls per millisecond for 15 s (five lifetimes of 3 s). A preceding call fetches the token: its token
/// request is counted, the call is not.
pub(super) async fn steady<S: Subject>(scenario: Scenario, lifetime: Duration) -> Result<Row> {
    const LENGTH: Duration = Duration::from_secs(15);
    let server = TokenServer::start(latency(scenario), ServerResponse::Token { lifetime })?;
    let subject = set_up::<S>(scenario, &server).await?;
    call(&subject, TIMEOUT)
        .await
        .result
        .context("cannot fetch the first token")?;
    let start = Instant::now();
    let mut tick = interval(ms(1));
    tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut tasks = Vec::with_capacity(30_000);
    while start.elapsed() < LENGTH {
        tick.tick().await;
        for _ in 0..2 {
            let subject = subject.clone();
            tasks.push(tokio::spawn(async move { call(&subject, TIMEOUT).await }));
        }
    }
    let mut calls = CallStats::default();
    let mut durations = Vec::with_capacity(tasks.len());
    for task in tasks {
        let call = task.await.unwrap_or_else(CallOutcome::failed);
        durations.push(call.duration);
        calls.record(call);
    }
    let row = Row::new(scenario, S::NAME, &server, &calls);
    Ok(row.with_note(format!("p99.9 {:.1} µs", micros(percentile(&mut durations, 0.999)))))
}

/// Runs 100 callers that call every 50 ms for 5 s. Each caller counts once, with its slowest call.
pub(super) async fn throttled<S: Subject>() -> Result<Row> {
    let response = ServerResponse::Throttle {
        retry_after: Duration::from_secs(2),
    };
    let server = TokenServer::start(latency(Scenario::T9), response)?;
    let subject = set_up::<S>(Scenario::T9, &server).await?;
    let start = Instant::now();
    let callers: Vec<_> = (0..100)
        .map(|_| {
            let subject = subject.clone();
            tokio::spawn(async move {
                let mut all = CallStats::default();
                while start.elapsed() < Duration::from_secs(5) {
                    let remaining = Duration::from_secs(5).saturating_sub(start.elapsed());
                    all.record(call(&subject, remaining.max(ms(1))).await);
                    sleep(ms(50)).await;
                }
                all
            })
        })
        .collect();
    let mut calls = CallStats::default();
    for caller in callers {
        let all = caller.await?;
        calls.callers += 1;
        calls.slowest = calls.slowest.max(all.slowest);
        calls.waited += usize::from(all.waited > 0);
        calls.failed += usize::from(all.failed > 0);
        calls.error = calls.error.or(all.error);
    }
    Ok(Row::new(Scenario::T9, S::NAME, &server, &calls))
}

fn percentile(sample: &mut [Duration], share: f64) -> Duration {
    sample.sort_unstable();
    let index = (sample.len() as f64 * share) as usize;
    sample.get(index).or(sample.last()).copied().unwrap_or_default()
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}
