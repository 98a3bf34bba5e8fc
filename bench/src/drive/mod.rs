//! Drives a subject through a scenario: sets the server, makes the callers, counts what happens to them.

mod callers;
mod load;

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use http::{HeaderMap, StatusCode};

pub(crate) use self::callers::Calls;
use self::callers::{Call, at_once, call, one_by_one};
use crate::row::Row;
use crate::scenario::Scenario;
use crate::server::{Answer, TokenServer};
use crate::subject::{Setup, Stale, Subject};

/// How long callers are waited for, one by one or all together: long enough for a hundred fetches of 200 ms in a row.
const PATIENCE: Duration = Duration::from_secs(25);

/// Where nobody will ever get an answer: twice what evergrant's callers wait.
const PATIENCE_WITH_SILENCE: Duration = Duration::from_secs(10);

pub(crate) const HOUR: Answer = Answer::Token {
    lifetime: Duration::from_secs(3600),
};
const FAILURE: Answer = Answer::Failure(StatusCode::INTERNAL_SERVER_ERROR);

/// Runs `scenario` on a new instance of `S` and a new server.
pub async fn run<S: Subject>(scenario: Scenario) -> Result<Row> {
    if let Some(reason) = S::cannot(scenario) {
        return Ok(Row::absent(scenario, S::NAME, reason));
    }
    match scenario {
        Scenario::T1 => cold::<S>(scenario, 10_000, HOUR).await,
        Scenario::T2 | Scenario::T2Default => cold::<S>(scenario, 200, FAILURE).await,
        Scenario::T3 => stale::<S>(scenario, FAILURE, 0).await,
        Scenario::T4 => stale::<S>(scenario, FAILURE, 20).await,
        Scenario::T5 => late_refusals::<S>().await,
        Scenario::T6 => impatient::<S>().await,
        Scenario::T7 => load::steady::<S>(scenario, Duration::from_secs(3)).await,
        Scenario::T7Still => load::steady::<S>(scenario, Duration::from_secs(3600)).await,
        Scenario::T8 => stale::<S>(scenario, Answer::Hang, 0).await,
        Scenario::T8Expired => cold::<S>(scenario, 100, Answer::Hang).await,
        Scenario::T9 => load::throttled::<S>().await,
    }
}

/// How long the server takes to answer.
pub(crate) fn latency(scenario: Scenario) -> Duration {
    ms(match scenario {
        Scenario::T1 | Scenario::T2 | Scenario::T2Default | Scenario::T7 | Scenario::T7Still => 50,
        Scenario::T3 | Scenario::T4 | Scenario::T6 => 200,
        // Shorter than the time between two 401s: each could cost a fetch.
        Scenario::T5 | Scenario::T9 => 10,
        Scenario::T8 | Scenario::T8Expired => 0,
    })
}

fn patience(answer: Answer) -> Duration {
    match answer {
        Answer::Hang => PATIENCE_WITH_SILENCE,
        _ => PATIENCE,
    }
}

/// No token, and many callers at once.
async fn cold<S: Subject>(scenario: Scenario, callers: usize, answer: Answer) -> Result<Row> {
    let server = TokenServer::start(latency(scenario), answer)?;
    let subject = subject::<S>(scenario, &server).await?;
    let calls = at_once(&subject, callers, patience(answer)).await;
    Ok(Row::new(scenario, S::NAME, &server, &calls))
}

/// A token that is valid, but that the subject wants renewed; the server is no help. 100 callers at once, then some more
/// one by one.
async fn stale<S: Subject>(scenario: Scenario, answer: Answer, then: usize) -> Result<Row> {
    let lifetime = match S::stale() {
        Stale::IssuedFor(lifetime) | Stale::Aged { lifetime, .. } => lifetime,
    };
    let server = TokenServer::start(ms(1), Answer::Token { lifetime })?;
    let subject = subject::<S>(scenario, &server).await?;
    call(&subject, PATIENCE)
        .await
        .result
        .context("no token to start with")?;
    if let Stale::Aged { age, .. } = S::stale() {
        subject.age(age);
    }
    server.set(latency(scenario), answer);
    let before = server.requests();
    let mut calls = at_once(&subject, 100, patience(answer)).await;
    calls.add(one_by_one(&subject, then, PATIENCE).await);
    // A renewal in the background is counted too.
    tokio::time::sleep(ms(500)).await;
    Ok(Row::new(scenario, S::NAME, &server, &calls).without(before))
}

/// 50 calls carried one token; their 401s come in 20 ms apart.
async fn late_refusals<S: Subject>() -> Result<Row> {
    const REFUSED: usize = 50;
    let server = TokenServer::start(latency(Scenario::T5), HOUR)?;
    let subject = subject::<S>(Scenario::T5, &server).await?;
    let mut old = HeaderMap::new();
    let receipt = subject.authorize(&mut old).await?;
    let before = server.requests();
    let mut tasks = Vec::with_capacity(REFUSED);
    for _ in 0..REFUSED {
        tokio::time::sleep(ms(20)).await;
        let (subject, receipt) = (subject.clone(), receipt.clone());
        tasks.push(tokio::spawn(async move {
            match subject.rejected(&receipt).await {
                Ok(()) => call(&subject, PATIENCE).await,
                Err(error) => Call::failed(error),
            }
        }));
    }
    let mut calls = Calls::default();
    for task in tasks {
        calls.count(task.await.unwrap_or_else(Call::failed));
    }
    Ok(Row::new(Scenario::T5, S::NAME, &server, &calls).without(before))
}

/// Five callers that give up too early, one after another; later a sixth, which finds what they began.
async fn impatient<S: Subject>() -> Result<Row> {
    let server = TokenServer::start(latency(Scenario::T6), HOUR)?;
    let subject = subject::<S>(Scenario::T6, &server).await?;
    let mut calls = one_by_one(&subject, 5, ms(100)).await;
    tokio::time::sleep(ms(300)).await;
    let sixth = call(&subject, PATIENCE).await;
    let hit = sixth.result.is_ok() && !sixth.waited;
    calls.count(sixth);
    let row = Row::new(Scenario::T6, S::NAME, &server, &calls);
    Ok(row.noting(if hit {
        "the 6th call is a hit"
    } else {
        "the 6th call waits"
    }))
}

async fn subject<S: Subject>(scenario: Scenario, server: &TokenServer) -> Result<S> {
    let setup = Setup {
        token_url: server.url().clone(),
        scenario: Some(scenario),
    };
    let subject = S::new(&setup).await?;
    ensure!(server.requests() == 0, "{} asked for a token before any call", S::NAME);
    Ok(subject)
}

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}
