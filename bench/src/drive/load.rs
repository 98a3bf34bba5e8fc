//! Calls over time: at a steady rate, and against a server that asks for peace.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::callers::{Call, Calls, call};
use super::{PATIENCE, latency, ms, subject};
use crate::row::Row;
use crate::scenario::Scenario;
use crate::server::{Answer, TokenServer};
use crate::subject::Subject;

/// Two calls each millisecond for 15 s: five lifetimes of 3 s. The first call of all, which fetches, is not among them;
/// its token request is.
pub(super) async fn steady<S: Subject>(scenario: Scenario, lifetime: Duration) -> Result<Row> {
    const FOR: Duration = Duration::from_secs(15);
    let server = TokenServer::start(latency(scenario), Answer::Token { lifetime })?;
    let subject = subject::<S>(scenario, &server).await?;
    call(&subject, PATIENCE)
        .await
        .result
        .context("no token to start with")?;
    let start = Instant::now();
    let mut tick = interval(ms(1));
    tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut tasks = Vec::with_capacity(30_000);
    while start.elapsed() < FOR {
        tick.tick().await;
        for _ in 0..2 {
            let subject = subject.clone();
            tasks.push(tokio::spawn(async move { call(&subject, PATIENCE).await }));
        }
    }
    let mut calls = Calls::default();
    let mut took = Vec::with_capacity(tasks.len());
    for task in tasks {
        let call = task.await.unwrap_or_else(Call::failed);
        took.push(call.took);
        calls.count(call);
    }
    let row = Row::new(scenario, S::NAME, &server, &calls);
    Ok(row.noting(format!("p99.9 {:.1} µs", micros(percentile(&mut took, 0.999)))))
}

/// 100 callers that come back every 50 ms for 5 s. A caller counts once, with the slowest of its calls.
pub(super) async fn throttled<S: Subject>() -> Result<Row> {
    let answer = Answer::Throttle {
        retry_after: Duration::from_secs(2),
    };
    let server = TokenServer::start(latency(Scenario::T9), answer)?;
    let subject = subject::<S>(Scenario::T9, &server).await?;
    let start = Instant::now();
    let callers: Vec<_> = (0..100)
        .map(|_| {
            let subject = subject.clone();
            tokio::spawn(async move {
                let mut all = Calls::default();
                while start.elapsed() < Duration::from_secs(5) {
                    let left = Duration::from_secs(5).saturating_sub(start.elapsed());
                    all.count(call(&subject, left.max(ms(1))).await);
                    sleep(ms(50)).await;
                }
                all
            })
        })
        .collect();
    let mut calls = Calls::default();
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
    let place = (sample.len() as f64 * share) as usize;
    sample.get(place).or(sample.last()).copied().unwrap_or_default()
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}
