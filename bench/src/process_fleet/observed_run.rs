//! One run: starts the fleet, observes it, stops it and computes the figures.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use evergrant_testing::AuthServer;
use store_faults::invariants::RunReport;
use store_faults::processes::{Fleet, Program, Server};
use store_faults::worker::Settings;

use super::injected_fault::{Fault, OutageStage};
use super::store_outage::Store;
use super::{Figures, Options, WORKER};
use crate::measured_library::CLIENT_SECRET;

const CLIENT: &str = "bench-client";
/// The manager's default.
const MAX_WAIT: Duration = Duration::from_secs(5);
/// Maximum number of processes that start at the same time, to limit the CPU load.
const MAX_STARTING: usize = 8;
const START_TIMEOUT: Duration = Duration::from_secs(60);
const STEP: Duration = Duration::from_millis(20);
const PROGRESS_EVERY: Duration = Duration::from_secs(5);

/// Prints progress and detects an interrupt.
pub(super) struct Monitor {
    started: Instant,
    is_quiet: bool,
    interrupted: Arc<AtomicBool>,
}

impl Monitor {
    fn new(options: &Options) -> Result<Self> {
        let interrupted = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&interrupted);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        // An interrupt must end the run normally, so that the handles of processes and folders are dropped.
        thread::spawn(move || {
            if runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
                flag.store(true, Ordering::Relaxed);
            }
        });
        Ok(Self {
            started: Instant::now(),
            is_quiet: options.json,
            interrupted,
        })
    }

    /// Returns an error if the run was interrupted.
    pub(super) fn check(&self) -> Result<()> {
        ensure!(!self.interrupted.load(Ordering::Relaxed), "interrupted");
        Ok(())
    }

    pub(super) fn log(&self, message: &str) {
        if !self.is_quiet {
            println!("{:6.1} s  {message}", self.started.elapsed().as_secs_f64());
        }
    }
}

/// Runs a fleet and returns its figures, which include violated guarantees.
///
/// # Errors
/// Returns an error if the engine is missing or a process does not start.
pub fn run(options: &Options) -> Result<Figures> {
    let monitor = Monitor::new(options)?;
    let mut store = Store::start(options.store, options.processes)?;
    let builder = AuthServer::builder().client(CLIENT, CLIENT_SECRET);
    let server = Server::start(builder.lifetime(options.lifetime()));
    server.auth().latency(Duration::from_millis(50));
    let api = server.auth().api();
    let mut settings = Settings::new(&server.auth().token_url(), (CLIENT, CLIENT_SECRET), &store.url());
    settings.api_url = Some(api.url("/books"));
    settings.calls_per_api_request = 10;
    settings.lease_duration = Some(options.lease_term());
    settings.report_interval = Duration::from_secs(1);
    let program = Program::new(std::env::current_exe()?).argument(WORKER);
    let mut fleet = Fleet::new(program, settings);

    start(&mut fleet, options, &monitor)?;
    monitor.log(&format!("{} processes have a token", options.processes));
    let fault = observe(&mut store, &server, &mut fleet, options, &monitor)?;
    fleet.finish()?;
    let elapsed = monitor.started.elapsed();
    Ok(figures(RunReport::collect(&server, &fleet), &fault, options, elapsed))
}

fn start(fleet: &mut Fleet, options: &Options, monitor: &Monitor) -> Result<()> {
    let started = Instant::now();
    let ready = |fleet: &Fleet| fleet.running().filter(|process| process.events().serial() > 0).count();
    while ready(fleet) < options.processes as usize {
        monitor.check()?;
        let count = fleet.processes().len();
        if count < options.processes as usize && count - ready(fleet) < MAX_STARTING {
            fleet.start()?;
            continue;
        }
        ensure!(
            started.elapsed() < START_TIMEOUT,
            "{} processes have no token",
            count - ready(fleet)
        );
        thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

fn observe(
    store: &mut Store,
    server: &Server,
    fleet: &mut Fleet,
    options: &Options,
    monitor: &Monitor,
) -> Result<Fault> {
    let mut fault = Fault::new(options.fault, server);
    let (started, length) = (Instant::now(), Duration::from_secs(options.seconds));
    let mut reported = Duration::ZERO;
    while started.elapsed() < length {
        monitor.check()?;
        let remaining = length.saturating_sub(started.elapsed());
        fault.advance(options, store, server, fleet, monitor, remaining)?;
        if started.elapsed() >= reported + PROGRESS_EVERY {
            reported += PROGRESS_EVERY;
            let report = RunReport::collect(server, fleet);
            let counts = report.request_counts(options.min_renewal_age());
            monitor.log(&format!(
                "{} renewals, {} requests, {} failed calls, slowest {} ms",
                counts.due,
                report.requests.len(),
                report.failed_calls(),
                report.slowest_later().as_millis(),
            ));
        }
        thread::sleep(STEP);
    }
    Ok(fault)
}

fn figures(report: RunReport, fault: &Fault, options: &Options, elapsed: Duration) -> Figures {
    let counts = report.request_counts(options.min_renewal_age());
    let bound = fault.bound(options);
    let mut figures = Figures {
        processes: options.processes,
        store: options.store,
        fault: options.fault,
        renewal_intervals: counts.due,
        token_requests: report.requests.len(),
        failed_calls: report.failed_calls(),
        slowest_ms: report.slowest_later().as_millis(),
        extra_requests: counts.extra,
        bound,
        calls: report.processes.iter().map(|process| process.counters.calls).sum(),
        slowest_at_start_ms: report.slowest_at_start().as_millis(),
        killed: fault.killed(),
        recovered_after_ms: None,
        lifetime_s: options.lifetime,
        elapsed_s: (elapsed.as_secs_f64() * 10.0).round() / 10.0,
        broken: Vec::new(),
    };
    let mut checks = vec![
        report.check_calls(MAX_WAIT),
        report.check_extra_requests(bound, options.min_renewal_age()),
        report.check_no_lost_updates(),
    ];
    if let Fault::Store { stage, .. } = fault {
        // Without the store, each process fetches once per token lifetime.
        checks.push(report.check_request_spacing(options.lifetime().mul_f64(0.6)));
        match stage {
            OutageStage::Recovered { after, requests } => {
                figures.recovered_after_ms = Some(after.as_millis());
                let since = report.skip_requests(*requests);
                checks.push(since.check_extra_requests(0, options.min_renewal_age()));
            }
            _ => checks.push(Err(anyhow::anyhow!("the processes did not return to one shared token"))),
        }
    }
    let problems = checks
        .into_iter()
        .filter_map(Result::err)
        .map(|error| error.to_string());
    // The first line only: the log of the run follows.
    let problems = problems.filter_map(|problem| problem.lines().next().map(str::to_owned));
    figures.broken = problems.collect();
    figures
}
