//! Many managers, and the cost of an authorized call.

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

use crate::subject::CLIENT_SECRET;

/// So many managers, one a tenant.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Managers {
    pub managers: usize,
    /// On the heap, each, before its first token.
    pub bytes_without_token: f64,
    /// On the heap, each, with a token of 200 characters; its look-up key not counted.
    pub bytes_with_token: f64,
    /// Of a look-up by the tenant's name in a `HashMap`, and of the header.
    pub lookup_ns: f64,
}

/// Calls on loopback, one after another.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Calls {
    pub kind: String,
    pub per_second: f64,
    /// Of the median call's time, over the bare call's.
    pub overhead_percent: f64,
}

/// Builds so many managers, weighs them and looks them up.
///
/// # Errors
/// When a manager cannot be built.
pub fn managers(count: usize) -> Result<Managers> {
    let transport = SharedTransport::from(Transport::default());
    let mut without = Vec::new();
    let mut with = Vec::new();
    let bytes_without_token = weigh(count, &mut without, |tenant| manager(&transport, tenant, false))?;
    drop(without);
    let bytes_with_token = weigh(count, &mut with, |tenant| manager(&transport, tenant, true))?;
    let by_tenant: HashMap<String, TokenManager> = with
        .into_iter()
        .enumerate()
        .map(|(tenant, manager)| (name(tenant), manager))
        .collect();
    // In an order of their own, so that no cache has them ready.
    let names: Vec<String> = (0..count).map(|place| name(place * 7919 % count)).collect();
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
    Ok(Managers {
        managers: count,
        bytes_without_token,
        bytes_with_token,
        lookup_ns: best,
    })
}

fn weigh(count: usize, managers: &mut Vec<TokenManager>, build: impl Fn(usize) -> Result<TokenManager>) -> Result<f64> {
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
    let mut builder = ClientCredentials::new(name(tenant), CLIENT_SECRET)
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

/// Calls through a bare reqwest client, the same with a fixed token, and through the authorized client.
///
/// # Errors
/// When the server on loopback cannot be reached.
pub fn calls() -> Result<Vec<Calls>> {
    const ROUNDS: usize = 20_000;
    let (url, _stop) = api()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let token = "x".repeat(200);
    let tokens = ClientCredentials::new("bench-client", CLIENT_SECRET)
        .token_url("https://auth.example.com/oauth2/token")
        .token(Token::new(token.as_str()).with_expires_in(Duration::from_secs(36_000)))
        .build(Transport::default())?;
    // A client each, so that each has a connection of its own.
    let (bare, fixed) = (reqwest::Client::new(), reqwest::Client::new());
    let authorized = Client::builder(tokens).base_url(&url).build()?;
    let books = format!("{url}books");
    let mut taken: [Vec<f64>; 3] = Default::default();
    runtime.block_on(async {
        // Call by call and each in every place, so that whatever else the machine does is done to all of them.
        for place in 0..3 * ROUNDS {
            let kind = (place + place / 3) % 3;
            let start = Instant::now();
            let response = match kind {
                0 => bare.get(&books).send().await?,
                1 => fixed.get(&books).bearer_auth(&token).send().await?,
                _ => authorized.get("books").send().await?,
            };
            response.bytes().await?;
            taken[kind].push(start.elapsed().as_secs_f64());
        }
        anyhow::Ok(())
    })?;
    let kinds = [
        "reqwest, bare",
        "reqwest, with a fixed bearer token",
        "evergrant-reqwest",
    ];
    let plain = median(taken[0].clone());
    let figures = kinds.iter().zip(taken).map(|(kind, times)| {
        let time = median(times);
        Calls {
            kind: (*kind).to_owned(),
            per_second: 1.0 / time,
            overhead_percent: (time / plain - 1.0) * 100.0,
        }
    });
    Ok(figures.collect())
}

/// An API that answers everything with a few bytes.
fn api() -> Result<(String, oneshot::Sender<()>)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no port to listen on")?;
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
