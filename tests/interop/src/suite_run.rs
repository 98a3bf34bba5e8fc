//! A run of the suite: installs and starts all servers, runs the cases against each, and stops the servers.

use std::future::pending;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use futures_util::future::join_all;

use crate::cases::{self, CaseResult, Program, Target};
use crate::command_line_options::Options;
use crate::install::Installation;
use crate::install::external_tool::announce;
use crate::report::{Report, ServerResults};
use crate::server::{RunningServer, Server};

/// Installs what the servers need, without running the suite.
///
/// # Errors
/// A dependency cannot be installed; the error has the command for a manual installation, if there is one.
pub fn install_servers(options: &Options) -> Result<()> {
    Installation::for_servers(&options.servers())?;
    Ok(())
}

/// Runs the suite. Dropping the future stops the servers.
///
/// # Errors
/// The suite cannot run. Failed cases and servers that do not start are in the report instead.
pub async fn run(options: &Options) -> Result<Report> {
    let selected = options.servers();
    let installation = Installation::for_servers(&selected)?;
    // The servers start while the program is built, if it is.
    let mut servers = Vec::new();
    for server in selected {
        let mut running = RunningServer::start(server, &installation)?;
        if options.keep {
            running.keep_folder();
        }
        servers.push(running);
    }
    announce(&format!("starting {} servers", servers.len()));
    let program = match &options.program {
        Some(path) => Ok(path.clone()),
        None => cases::build_program().await,
    };
    let program = Arc::new(Program::new(program, &installation));
    let http = reqwest::Client::builder()
        .no_proxy()
        .build()
        .context("cannot create an HTTP client")?;
    let runs = servers
        .into_iter()
        .map(|server| check(server, http.clone(), Arc::clone(&program)));
    let (results, servers): (Vec<_>, Vec<_>) = join_all(runs).await.into_iter().unzip();
    let report = Report::new(results);
    if options.keep {
        leave_running(&report, &servers).await;
    }
    // Stops all servers at once, so that they end in parallel.
    servers.iter().for_each(RunningServer::stop);
    Ok(report)
}

async fn check(
    mut running: RunningServer,
    http: reqwest::Client,
    program: Arc<Program>,
) -> (ServerResults, RunningServer) {
    let server: &'static Server = running.server;
    let cases = match running.ready(&http).await {
        Ok(()) => {
            let target = Target::new(&running, http, program);
            cases::run_all(&target).await
        }
        Err(error) => cases::all_failed(&format!("{error:#}")),
    };
    let failed = cases.iter().any(CaseResult::failed);
    if failed {
        running.keep_folder();
        let log = running.log();
        announce(&format!("{}: some cases failed; log: {}", server.name, log.display()));
    }
    let results = ServerResults {
        server: server.name,
        cases,
    };
    (results, running)
}

async fn leave_running(report: &Report, servers: &[RunningServer]) {
    announce(&format!("results so far:\n{report}"));
    for running in servers {
        announce(&format!(
            "{} keeps running at {}",
            running.server.name, running.base_url
        ));
    }
    announce("press Ctrl-C to stop the servers");
    pending().await
}
