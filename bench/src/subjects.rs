//! All subjects, as values: those in Rust, whose types are forgotten here, and those from outside.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::drive;
use crate::external::{self, External};
use crate::hot::{self, Hot};
use crate::row::Row;
use crate::scenario::Scenario;
use crate::server::{Answer, TokenServer};
use crate::subject::Subject;
use crate::subject::aliri_tokens::AliriTokens;
use crate::subject::aws_smithy::AwsSmithy;
use crate::subject::azure_core::AzureCore;
use crate::subject::by_hand::ByHand;
use crate::subject::evergrant::Evergrant;
use crate::subject::gcp_auth::GcpAuth;
use crate::subject::google_cloud_auth::GoogleCloudAuth;
use crate::subject::huskarl::Huskarl;
use crate::subject::middle::Middle;
use crate::subject::object_store::ObjectStore;

/// One library.
#[derive(Debug)]
pub struct Entry {
    pub name: &'static str,
    pub version: String,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Rust {
        drive: fn(Scenario) -> Driven,
        hot: fn() -> Result<Vec<Hot>>,
    },
    Outside(External),
}

type Driven = Pin<Box<dyn Future<Output = Result<Row>>>>;

/// For a program from outside Rust: its whole run.
const LIMIT: Duration = Duration::from_secs(60);

/// Those whose names contain `wanted`: evergrant first, what people write by hand last of those in Rust.
///
/// # Errors
/// When there is none, or the folder for what is not in Rust cannot be made.
pub fn all(wanted: Option<&str>) -> Result<Vec<Entry>> {
    let mut entries = vec![
        Entry::of::<Evergrant>(),
        Entry::of::<Huskarl>(),
        Entry::of::<AwsSmithy>(),
        Entry::of::<AzureCore>(),
        Entry::of::<GoogleCloudAuth>(),
        Entry::of::<GcpAuth>(),
        Entry::of::<AliriTokens>(),
        Entry::of::<Middle>(),
        Entry::of::<ObjectStore>(),
        Entry::of::<ByHand>(),
    ];
    let is_wanted = |name: &str| wanted.is_none_or(|wanted| name.contains(wanted));
    if external::NAMES.iter().any(|name| is_wanted(name)) {
        entries.extend(external::all()?.into_iter().map(Entry::outside));
    }
    entries.retain(|entry| is_wanted(entry.name));
    if entries.is_empty() {
        bail!("no subject has {:?} in its name", wanted.unwrap_or_default());
    }
    Ok(entries)
}

impl Entry {
    fn of<S: Subject>() -> Self {
        Self {
            name: S::NAME,
            version: S::VERSION.to_owned(),
            kind: Kind::Rust {
                drive: |scenario| Box::pin(drive::run::<S>(scenario)),
                hot: hot::measure::<S>,
            },
        }
    }

    fn outside(external: External) -> Self {
        Self {
            name: external.name,
            version: external.version.clone(),
            kind: Kind::Outside(external),
        }
    }

    /// Runs a scenario, in a tokio runtime of its own: what a subject leaves behind does not disturb the next.
    ///
    /// # Errors
    /// When the subject cannot be set up.
    pub fn drive(&self, scenario: Scenario) -> Result<Row> {
        let runtime = runtime()?;
        let row = match &self.kind {
            Kind::Rust { drive, .. } => runtime.block_on(drive(scenario)),
            Kind::Outside(external) => runtime.block_on(drive_outside(external, scenario)),
        };
        runtime.shutdown_background();
        row.with_context(|| format!("{} in {}", self.name, scenario.name()))
    }

    /// Measures its hot path; nothing for a subject that is absent, after saying why.
    ///
    /// # Errors
    /// When the cached token is not there at once, or is fetched again.
    pub fn hot(&self) -> Result<Vec<Hot>> {
        let figures = match &self.kind {
            Kind::Rust { hot, .. } => hot(),
            Kind::Outside(external) => hot_outside(external),
        };
        figures.with_context(|| format!("the hot path of {}", self.name))
    }
}

async fn drive_outside(external: &External, scenario: Scenario) -> Result<Row> {
    if let Some(reason) = external.absent() {
        return Ok(Row::absent(scenario, external.name, reason));
    }
    if !external::SCENARIOS.contains(&scenario.name()) {
        let reason = "from outside Rust, and driven through T1, T5 and the hot path only";
        return Ok(Row::absent(scenario, external.name, reason));
    }
    let server = TokenServer::start(drive::latency(scenario), drive::HOUR)?;
    let lines = external.run(scenario.name(), server.url(), LIMIT).await?;
    let figures = lines.last().unwrap_or(&Value::Null);
    if let Some(reason) = figures["cannot"].as_str() {
        return Ok(Row::absent(scenario, external.name, reason));
    }
    let count = |name: &str| {
        figures[name]
            .as_u64()
            .with_context(|| format!("no {name} in {figures}"))
    };
    let calls = drive::Calls {
        callers: usize::try_from(count("callers")?)?,
        slowest: Duration::from_secs_f64(figures["slowest_ms"].as_f64().context("no slowest_ms")? / 1e3),
        waited: usize::try_from(count("waited")?)?,
        failed: usize::try_from(count("failed")?)?,
        error: None,
    };
    let row = Row::new(scenario, external.name, &server, &calls);
    Ok(match figures["note"].as_str() {
        Some(note) => row.noting(note),
        None => row,
    })
}

fn hot_outside(external: &External) -> Result<Vec<Hot>> {
    if let Some(reason) = external.absent() {
        eprintln!("{} is absent: {reason}", external.name);
        return Ok(Vec::new());
    }
    let server = TokenServer::start(
        Duration::from_millis(1),
        Answer::Token {
            lifetime: Duration::from_secs(36_000),
        },
    )?;
    let lines = runtime()?.block_on(external.run("hot", server.url(), LIMIT))?;
    let figure = |line: &Value| {
        let threads = line["threads"].as_u64()?;
        let ns = line["ns"].as_f64()?;
        let allocations = line["allocations"].as_f64();
        Some(Hot::new(external.name, usize::try_from(threads).ok()?, ns, allocations))
    };
    let figures = lines.iter().map(figure).collect::<Option<Vec<_>>>();
    figures.with_context(|| format!("these are no figures: {lines:?}"))
}

fn runtime() -> Result<Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?)
}
