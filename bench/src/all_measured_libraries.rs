//! All subjects as values of one type: the Rust libraries and the external ones.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::hot_path::{self, HotPathFigure};
use crate::load;
use crate::measured_library::Subject;
use crate::measured_library::aliri_tokens::AliriTokens;
use crate::measured_library::aws_smithy::AwsSmithy;
use crate::measured_library::azure_core::AzureCore;
use crate::measured_library::evergrant::{Evergrant, EvergrantWithKey};
use crate::measured_library::gcp_auth::GcpAuth;
use crate::measured_library::google_cloud_auth::GoogleCloudAuth;
use crate::measured_library::huskarl::{Huskarl, HuskarlWithKey};
use crate::measured_library::middle_crate::Middle;
use crate::measured_library::oauth2_rwlock::OAuth2RwLock;
use crate::measured_library::object_store::ObjectStore;
use crate::other_languages::{self, ExternalSubject};
use crate::result_row::Row;
use crate::scenario_names::Scenario;
use crate::token_endpoint::{ServerResponse, TokenServer};

/// A library under test, in Rust or external.
#[derive(Debug)]
pub struct AnySubject {
    pub name: &'static str,
    pub version: String,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Rust {
        run: fn(Scenario) -> RowFuture,
        hot: fn() -> Result<Vec<HotPathFigure>>,
    },
    External(ExternalSubject),
}

type RowFuture = Pin<Box<dyn Future<Output = Result<Row>>>>;

/// Maximum run time of an external program.
const EXTERNAL_TIMEOUT: Duration = Duration::from_secs(60);

/// Returns all subjects, or those whose names contain `filter`.
///
/// # Errors
/// Returns an error if no name matches, or if the folder of the external programs cannot be created.
pub fn all(filter: Option<&str>) -> Result<Vec<AnySubject>> {
    let mut subjects = vec![
        AnySubject::of::<Evergrant>(),
        AnySubject::of::<EvergrantWithKey>(),
        AnySubject::of::<Huskarl>(),
        AnySubject::of::<HuskarlWithKey>(),
        AnySubject::of::<AwsSmithy>(),
        AnySubject::of::<AzureCore>(),
        AnySubject::of::<GoogleCloudAuth>(),
        AnySubject::of::<GcpAuth>(),
        AnySubject::of::<AliriTokens>(),
        AnySubject::of::<Middle>(),
        AnySubject::of::<ObjectStore>(),
        AnySubject::of::<OAuth2RwLock>(),
    ];
    let matches = |name: &str| filter.is_none_or(|filter| name.contains(filter));
    if other_languages::NAMES.iter().any(|name| matches(name)) {
        subjects.extend(other_languages::all()?.into_iter().map(AnySubject::external));
    }
    subjects.retain(|subject| matches(subject.name));
    if subjects.is_empty() {
        bail!("no subject has {:?} in its name", filter.unwrap_or_default());
    }
    Ok(subjects)
}

impl AnySubject {
    fn of<S: Subject>() -> Self {
        Self {
            name: S::NAME,
            version: S::VERSION.to_owned(),
            kind: Kind::Rust {
                run: |scenario| Box::pin(load::run::<S>(scenario)),
                hot: hot_path::measure::<S>,
            },
        }
    }

    fn external(external: ExternalSubject) -> Self {
        Self {
            name: external.name,
            version: external.version.clone(),
            kind: Kind::External(external),
        }
    }

    /// Runs a scenario in a separate tokio runtime, so that remaining tasks do not affect the next run.
    ///
    /// # Errors
    /// Returns an error if the subject cannot be set up.
    pub fn run(&self, scenario: Scenario) -> Result<Row> {
        let runtime = runtime()?;
        let row = match &self.kind {
            Kind::Rust { run, .. } => runtime.block_on(run(scenario)),
            Kind::External(external) => runtime.block_on(run_external(external, scenario)),
        };
        runtime.shutdown_background();
        row.with_context(|| format!("{} in {}", self.name, scenario.name()))
    }

    /// Measures the hot path. For an external subject that is not installed, prints the reason and returns no figures.
    ///
    /// # Errors
    /// Returns an error if the cached token is not available without waiting, or is fetched again.
    pub fn hot(&self) -> Result<Vec<HotPathFigure>> {
        let figures = match &self.kind {
            Kind::Rust { hot, .. } => hot(),
            Kind::External(external) => measure_external(external),
        };
        figures.with_context(|| format!("cannot measure the hot path of {}", self.name))
    }
}

async fn run_external(external: &ExternalSubject, scenario: Scenario) -> Result<Row> {
    if let Some(reason) = external.unavailable_reason() {
        return Ok(Row::not_applicable(scenario, external.name, reason));
    }
    if !other_languages::SCENARIOS.contains(&scenario.name()) {
        let reason = "not in Rust; runs T1, T5 and the hot path only";
        return Ok(Row::not_applicable(scenario, external.name, reason));
    }
    let server = TokenServer::start(load::latency(scenario), load::ONE_HOUR_TOKEN)?;
    let lines = external.run(scenario.name(), server.url(), EXTERNAL_TIMEOUT).await?;
    let figures = lines.last().unwrap_or(&Value::Null);
    if let Some(reason) = figures["unsupported"].as_str() {
        return Ok(Row::not_applicable(scenario, external.name, reason));
    }
    let count = |name: &str| {
        figures[name]
            .as_u64()
            .with_context(|| format!("no {name} in {figures}"))
    };
    let calls = load::CallStats {
        callers: usize::try_from(count("callers")?)?,
        slowest: Duration::from_secs_f64(figures["slowest_ms"].as_f64().context("no slowest_ms")? / 1e3),
        waited: usize::try_from(count("waited")?)?,
        failed: usize::try_from(count("failed")?)?,
        error: None,
    };
    let row = Row::new(scenario, external.name, &server, &calls);
    Ok(match figures["note"].as_str() {
        Some(note) => row.with_note(note),
        None => row,
    })
}

fn measure_external(external: &ExternalSubject) -> Result<Vec<HotPathFigure>> {
    if let Some(reason) = external.unavailable_reason() {
        eprintln!("{} is not available: {reason}", external.name);
        return Ok(Vec::new());
    }
    let server = TokenServer::start(
        Duration::from_millis(1),
        ServerResponse::Token {
            lifetime: Duration::from_secs(36_000),
        },
    )?;
    let lines = runtime()?.block_on(external.run("hot", server.url(), EXTERNAL_TIMEOUT))?;
    let figure = |line: &Value| {
        let threads = line["threads"].as_u64()?;
        let ns = line["ns"].as_f64()?;
        let allocations = line["allocations"].as_f64();
        Some(HotPathFigure::new(
            external.name,
            usize::try_from(threads).ok()?,
            ns,
            allocations,
        ))
    };
    let figures = lines.iter().map(figure).collect::<Option<Vec<_>>>();
    figures.with_context(|| format!("not figures of the hot path: {lines:?}"))
}

fn runtime() -> Result<Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?)
}
