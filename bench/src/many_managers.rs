//! The size of many token managers, and the overhead of an authorized call.

use std::collections::HashMap;
use std::hint::black_box;
use std::net::{Ipv4Addr, TcpListener};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use evergrant::{ClientCredentials, SharedTransport, Token, TokenManager};
use evergrant_reqwest::{Client, Transport};
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use crate::measured_library::CLIENT_SECRET;

/// Figures of a number of managers, one per tenant.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ManagerFigures {
    pub managers: usize,
    /// Heap bytes per manager without a token.
    pub bytes_without_token: f64,
    /// Heap bytes per manager with a token of 200 characters, without its key in the `HashMap`.
    pub bytes_with_token: f64,
    /// Nanoseconds of a look-up by tenant name in a `HashMap`, including adding the header.
    pub lookup_ns: f64,
}

/// Figures of sequential calls on loopback.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CallFigures {
    pub kind: String,
    pub per_second: f64,
    /// Overhead of the median call over the median bare call.
    pub overhead_percent: f64,
}

/// Builds `count` managers, measures their heap bytes and the time of a look-up.
///
/// # Errors
/// Returns an error if a manager cannot be built.
pub fn managers(count: usize) -> Result<ManagerFigures> {
    let transport = SharedTransport::from(Transport::default());
    let mut without = Vec::new();
    let mut with = Vec::new();
    let bytes_without_token = heap_bytes_each(count, &mut without, |tenant| manager(&transport, tenant, false))?;
    drop(without);
    let bytes_with_token = heap_bytes_each(count, &mut with, |tenant| manager(&transport, tenant, true))?;
    let by_tenant: HashMap<String, TokenManager> = with
        .into_iter()
        .enumerate()
        .map(|(tenant, manager)| (name(tenant), manager))
        .collect();
    // In a scattered order, to defeat the CPU caches.
    let names: Vec<String> = (0..count).map(|index| name(index * 7919 % count)).collect();
    let rounds = (1_000_000 / count).max(1);
    let mut headers = HeaderMap::with_capacity(8);
    let mut best = f64::INFINITY;
    for _ in 0..3 {
        let start = Instant::now();
        for _ in 0..rounds {
            for name in &names {
                black_box(by_tenant[name].authorize_now(&mut headers));
            }
        }
        best = best.min(start.elapsed().as_secs_f64() * 1e9 / (rounds * count) as f64);
    }
    Ok(ManagerFigures {
        managers: count,
        bytes_without_token,
        bytes_with_token,
        lookup_ns: best,
    })
}

/// Builds `count` managers into `managers`. Returns the heap bytes per manager.
fn heap_bytes_each(
    count: usize,
    managers: &mut Vec<TokenManager>,
    build: impl Fn(usize) -> Result<TokenManager>,
) -> Result<f64> {
    managers.reserve_exact(count);
    let mut outcome = Ok(());
    let counted = allocation_counter::measure(|| {
        for tenant in 0..count {
            match build(tenant) {
                Ok(manager) => managers.push(manager),
                Err(error) => outcome = Err(error),
            }
        }
    });
    outcome?;
    Ok(counted.bytes_current as f64 / count as f64)
}

fn manager(transport: &SharedTransport, tenant: usize, with_token: bool) -> Result<TokenManager> {
    let mut builder = ClientCredentials::builder(name(tenant), CLIENT_SECRET)
        .token_url("https://auth.example.com/oauth2/token")
        .scopes(["books.read"]);
    if with_token {
        let token = Token::new("x".repeat(200)).with_expires_in(Duration::from_secs(3600));
        builder = builder.token(token);
    }
    Ok(builder.build(transport.clone())?)
}

fn name(tenant: usize) -> String {
    format!("tenant-{tenant:08}")
}

/// Measures calls through a bare reqwest client, the same with a fixed token, and through the authorized client.
///
/// # Errors
/// Returns an error if a call to the loopback server fails.
pub fn calls() -> Result<Vec<CallFigures>> {
    const ROUNDS: usize = 20_000;
    let (url, _stop) = api()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let token = "x".repeat(200);
    let tokens = ClientCredentials::builder("bench-client", CLIENT_SECRET)
        .token_url("https://auth.example.com/oauth2/token")
        .token(Token::new(token.as_str()).with_expires_in(Duration::from_secs(36_000)))
        .build(Transport::default())?;
    // Separate clients, so that each has its own connection.
    let (bare, fixed) = (reqwest::Client::new(), reqwest::Client::new());
    let authorized = Client::builder(tokens).base_url(&url).build()?;
    let books = format!("{url}books");
    let mut times: [Vec<f64>; 3] = Default::default();
    runtime.block_on(async {
        // The kinds alternate in changing order, so that other load on the machine affects all of them equally.
        for index in 0..3 * ROUNDS {
            let kind = (index + index / 3) % 3;
            let start = Instant::now();
            let response = match kind {
                0 => bare.get(&books).send().await?,
                1 => fixed.get(&books).bearer_auth(&token).send().await?,
                _ => authorized.get("books").send().await?,
            };
            response.bytes().await?;
            times[kind].push(start.elapsed().as_secs_f64());
        }
        anyhow::Ok(())
    })?;
    let kinds = [
        "reqwest, bare",
        "reqwest, with a fixed bearer token",
        "evergrant-reqwest",
    ];
    let bare_time = median(times[0].clone());
    let figures = kinds.iter().zip(times).map(|(kind, times)| {
        let time = median(times);
        CallFigures {
            kind: (*kind).to_owned(),
            per_second: 1.0 / time,
            overhead_percent: (time / bare_time - 1.0) * 100.0,
        }
    });
    Ok(figures.collect())
}

/// Starts an API that returns a few bytes for every request.
fn api() -> Result<(String, oneshot::Sender<()>)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("cannot listen on a loopback port")?;
    listener.set_nonblocking(true)?;
    let url = format!("http://{}/", listener.local_addr()?);
    let (stop, stopped) = oneshot::channel::<()>();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    thread::Builder::new().name("api".to_owned()).spawn(move || {
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            let app = axum::Router::new().fallback(|| async { "[]" });
            tokio::select! {
                served = axum::serve(listener, app) => served,
                _ = stopped => Ok(()),
            }
        })
    })?;
    Ok((url, stop))
}

fn median(mut sample: Vec<f64>) -> f64 {
    sample.sort_unstable_by(f64::total_cmp);
    sample[sample.len() / 2]
}
