//! The whole run: install, start all servers at once, run the cases against each, stop.

use std::future::pending;
use std::io::Write as _;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use tokio::task::JoinSet;

use crate::cases::{self, CaseResult, Program, Target};
use crate::install::Installation;
use crate::options::{Aftermath, Options};
use crate::report::{Report, Results};
use crate::server::{Folder, Ports, Running, Server};

/// Runs the suite. Dropping the future stops the servers.
///
/// # Errors
/// What keeps the suite from running at all; a case that does not hold, or a server that does not start, is in the report.
pub async fn run(options: &Options) -> Result<Report> {
    let installation = Installation::for_servers(&options.servers)?;
    // The servers start while the program is built.
    let mut servers = Vec::new();
    let mut ports = Ports::new();
    for server in &options.servers {
        let folder = Folder::new(server, &installation, options.aftermath)?;
        servers.push(Running::start(server, &installation, folder, &mut ports)?);
    }
    say(&format!("{} servers are starting; building the program", servers.len()));
    let program = Arc::new(Program::build(&installation).await);
    let http = reqwest::Client::builder()
        .no_proxy()
        .build()
        .context("no HTTP client")?;

    let mut runs = JoinSet::new();
    for (place, server) in servers.into_iter().enumerate() {
        let http = http.clone();
        let program = Arc::clone(&program);
        runs.spawn(async move { (place, check(server, http, program).await) });
    }
    let mut checked = Vec::new();
    while let Some(run) = runs.join_next().await {
        checked.push(run?);
    }
    checked.sort_by_key(|(place, _)| *place);

    let (results, servers): (Vec<Results>, Vec<Running>) = checked.into_iter().map(|(_, run)| run).unzip();
    let report = Report::new(results);
    if options.aftermath == Aftermath::Keep {
        leave_running(&report, &servers).await;
    }
    // All at once, so that none waits for another.
    servers.iter().for_each(Running::stop);
    Ok(report)
}

async fn check(mut running: Running, http: reqwest::Client, program: Arc<Program>) -> (Results, Running) {
    let server: &'static Server = running.server;
    let cases = match running.ready(&http).await {
        Ok(()) => {
            let target = Target::new(&running, http, program);
            cases::run_all(&target).await
        }
        Err(error) => cases::none_possible(&format!("{error:#}")),
    };
    let failed = cases.iter().any(CaseResult::failed);
    if failed {
        running.folder().keep();
        let log = running.folder().log();
        say(&format!("{}: not all held; its log is {}", server.name, log.display()));
    }
    let results = Results {
        server: server.name,
        cases,
    };
    (results, running)
}

async fn leave_running(report: &Report, servers: &[Running]) {
    say(&format!("results so far:\n{report}"));
    for running in servers {
        say(&format!("{} is left running at {}", running.server.name, running.base));
    }
    say("Ctrl-C ends them");
    pending().await
}

fn say(what: &str) {
    // Where nobody reads it, it need not be said.
    let _ = writeln!(std::io::stderr(), "interop: {what}");
}
