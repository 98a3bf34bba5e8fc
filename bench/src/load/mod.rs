//! The load of a scenario: configures the server, makes calls with a subject and counts their outcomes.

mod callers;
mod steady_rate_calls;

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use http::{HeaderMap, StatusCode};

pub(crate) use self::callers::CallStats;
use self::callers::{CallOutcome, call, concurrent, sequential};
use crate::measured_library::{Setup, StaleToken, Subject};
use crate::result_row::Row;
use crate::scenario_names::Scenario;
use crate::token_endpoint::{ServerResponse, TokenServer};

/// Timeout of a call, and of all calls of a scenario together: long enough for 100 sequential fetches of 200 ms.
const TIMEOUT: Duration = Duration::from_secs(25);

/// Timeout if the server never responds: twice evergrant's default `max_wait`.
const HANG_TIMEOUT: Duration = Duration::from_secs(10);

pub(crate) const ONE_HOUR_TOKEN: ServerResponse = ServerResponse::Token {
    lifetime: Duration::from_secs(3600),
};
const SERVER_ERROR: ServerResponse = ServerResponse::Failure(StatusCode::INTERNAL_SERVER_ERROR);

/// Runs `scenario` with a new instance of `S` and a new server.
pub async fn run<S: Subject>(scenario: Scenario) -> Result<Row> {
    if let Some(reason) = S::unsupported(scenario) {
        return Ok(Row::not_applicable(scenario, S::NAME, reason));
    }
    match scenario {
        Scenario::T1 => cold_start::<S>(scenario, 10_000, ONE_HOUR_TOKEN).await,
        Scenario::T2 | Scenario::T2Default => cold_start::<S>(scenario, 200, SERVER_ERROR).await,
        Scenario::T3 => renewal_due::<S>(scenario, SERVER_ERROR, 0).await,
        Scenario::T4 => renewal_due::<S>(scenario, SERVER_ERROR, 20).await,
        Scenario::T5 => late_rejections::<S>().await,
        Scenario::T6 => short_timeouts::<S>().await,
        Scenario::T7 => steady_rate_calls::steady::<S>(scenario, Duration::from_secs(3)).await,
        Scenario::T7Still => steady_rate_calls::steady::<S>(scenario, Duration::from_secs(3600)).await,
        Scenario::T8 => renewal_due::<S>(scenario, ServerResponse::Hang, 0).await,
        Scenario::T8Expired => cold_start::<S>(scenario, 100, ServerResponse::Hang).await,
        Scenario::T9 => steady_rate_calls::throttled::<S>().await,
    }
}

/// Returns the latency of the server.
pub(crate) fn latency(scenario: Scenario) -> Duration {
    ms(match scenario {
        Scenario::T1 | Scenario::T2 | Scenario::T2Default | Scenario::T7 | Scenario::T7Still => 50,
        Scenario::T3 | Scenario::T4 | Scenario::T6 => 200,
        // T5: shorter than the time between two 401s, so that each could cause a fetch.
        Scenario::T5 | Scenario::T9 => 10,
        Scenario::T8 | Scenario::T8Expired => 0,
    })
}

fn timeout_for(response: ServerResponse) -> Duration {
    match response {
        ServerResponse::Hang => HANG_TIMEOUT,
        _ => TIMEOUT,
    }
}

/// Makes concurrent calls without a token.
async fn cold_start<S: Subject>(scenario: Scenario, callers: usize, response: ServerResponse) -> Result<Row> {
    let server = TokenServer::start(latency(scenario), response)?;
    let subject = set_up::<S>(scenario, &server).await?;
    let calls = concurrent(&subject, callers, timeout_for(response)).await;
    Ok(Row::new(scenario, S::NAME, &server, &calls))
}

/// Makes 100 concurrent calls with a valid token that is due for renewal and a failing server, then sequential calls.
async fn renewal_due<S: Subject>(scenario: Scenario, response: ServerResponse, sequential_calls: usize) -> Result<Row> {
    let lifetime = match S::stale_token() {
        StaleToken::ShortLived(lifetime) | StaleToken::Aged { lifetime, .. } => lifetime,
    };
    let server = TokenServer::start(ms(1), ServerResponse::Token { lifetime })?;
    let subject = set_up::<S>(scenario, &server).await?;
    call(&subject, TIMEOUT)
        .await
        .result
        .context("cannot fetch the first token")?;
    if let StaleToken::Aged { age, .. } = S::stale_token() {
        subject.advance_time(age);
    }
    server.set_response(latency(scenario), response);
    let before = server.requests();
    let mut calls = concurrent(&subject, 100, timeout_for(response)).await;
    calls.merge(sequential(&subject, sequential_calls, TIMEOUT).await);
    // Includes the requests of a renewal in the background.
    tokio::time::sleep(ms(500)).await;
    Ok(Row::new(scenario, S::NAME, &server, &calls).subtract_requests(before))
}

/// Reports 50 rejections of one token, 20 ms apart; each caller then calls again.
async fn late_rejections<S: Subject>() -> Result<Row> {
    const REJECTED_CALLS: usize = 50;
    let server = TokenServer::start(latency(Scenario::T5), ONE_HOUR_TOKEN)?;
    let subject = set_up::<S>(Scenario::T5, &server).await?;
    let mut old = HeaderMap::new();
    let token = subject.authorize(&mut old).await?;
    let before = server.requests();
    let mut tasks = Vec::with_capacity(REJECTED_CALLS);
    for _ in 0..REJECTED_CALLS {
        tokio::time::sleep(ms(20)).await;
        let (subject, token) = (subject.clone(), token.clone());
        tasks.push(tokio::spawn(async move {
            match subject.report_rejection(&token).await {
                Ok(()) => call(&subject, TIMEOUT).await,
                Err(error) => CallOutcome::failed(error),
            }
        }));
    }
    let mut calls = CallStats::default();
    for task in tasks {
        calls.record(task.await.unwrap_or_else(CallOutcome::failed));
    }
    Ok(Row::new(Scenario::T5, S::NAME, &server, &calls).subtract_requests(before))
}

/// Makes five sequential calls whose timeout is shorter than a fetch, and later a sixth.
async fn short_timeouts<S: Subject>() -> Result<Row> {
    let server = TokenServer::start(latency(Scenario::T6), ONE_HOUR_TOKEN)?;
    let subject = set_up::<S>(Scenario::T6, &server).await?;
    let mut calls = sequential(&subject, 5, ms(100)).await;
    tokio::time::sleep(ms(300)).await;
    let sixth = call(&subject, TIMEOUT).await;
    let hit = sixth.result.is_ok() && !sixth.waited;
    calls.record(sixth);
    let row = Row::new(Scenario::T6, S::NAME, &server, &calls);
    Ok(row.with_note(if hit {
        "the 6th call is served from the cache"
    } else {
        "the 6th call waits"
    }))
}

async fn set_up<S: Subject>(scenario: Scenario, server: &TokenServer) -> Result<S> {
    let setup = Setup {
        token_url: server.url().clone(),
        scenario: Some(scenario),
    };
    let subject = S::new(&setup).await?;
    ensure!(
        server.requests() == 0,
        "{} sent a token request before the first call",
        S::NAME
    );
    Ok(subject)
}

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}
