//! One run: start, watch, end, and the figures.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use evergrant_testing::AuthServer;
use fleet::crew::{Crew, Program, Server};
use fleet::member::Settings;
use fleet::proof::Evidence;

use super::store::Store;
use super::trouble::{Stage, Trouble};
use super::{Figures, MEMBER, Options};
use crate::subject::CLIENT_SECRET;

const CLIENT: &str = "bench-client";
/// The manager's default.
const MAX_WAIT: Duration = Duration::from_secs(5);
/// So many processes are on their way to their first token at once: that is the starter's business, and takes the processors.
const STARTING: usize = 8;
const START_LIMIT: Duration = Duration::from_secs(60);
const STEP: Duration = Duration::from_millis(20);
const PROGRESS_EVERY: Duration = Duration::from_secs(5);

/// Who looks on.
pub(super) struct Watch {
    started: Instant,
    silent: bool,
    interrupted: Arc<AtomicBool>,
}

impl Watch {
    fn new(options: &Options) -> Result<Self> {
        let interrupted = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&interrupted);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        // Processes and folders go with their handles, which an interrupt would not drop.
        thread::spawn(move || {
            if runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
                flag.store(true, Ordering::Relaxed);
            }
        });
        Ok(Self {
            started: Instant::now(),
            silent: options.json,
            interrupted,
        })
    }

    /// # Errors
    /// That the run was interrupted.
    pub(super) fn check(&self) -> Result<()> {
        ensure!(!self.interrupted.load(Ordering::Relaxed), "interrupted");
        Ok(())
    }

    pub(super) fn note(&self, what: &str) {
        if !self.silent {
            println!("{:6.1} s  {what}", self.started.elapsed().as_secs_f64());
        }
    }
}

/// Runs a fleet as told.
///
/// # Errors
/// What keeps it from running: a missing engine, a process that does not start. A broken promise is none, and is in the figures.
pub fn run(options: &Options) -> Result<Figures> {
    let watch = Watch::new(options)?;
    let mut store = Store::start(options.store, options.processes)?;
    let builder = AuthServer::builder().client(CLIENT, CLIENT_SECRET);
    let server = Server::start(builder.lifetime(options.lifetime()));
    server.auth().latency(Duration::from_millis(50));
    let api = server.auth().api();
    let mut settings = Settings::new(&server.auth().token_url(), (CLIENT, CLIENT_SECRET), &store.url());
    settings.api_url = Some(api.url("/books"));
    settings.api_every = 10;
    settings.lease_term = Some(options.lease_term());
    settings.report_every = Duration::from_secs(1);
    let program = Program::new(std::env::current_exe()?).argument(MEMBER);
    let mut crew = Crew::new(program, settings);

    start(&mut crew, options, &watch)?;
    watch.note(&format!("{} processes have a token", options.processes));
    let trouble = observe(&mut store, &server, &mut crew, options, &watch)?;
    crew.finish()?;
    let elapsed = watch.started.elapsed();
    Ok(figures(Evidence::gather(&server, &crew), &trouble, options, elapsed))
}

fn start(crew: &mut Crew, options: &Options, watch: &Watch) -> Result<()> {
    let began = Instant::now();
    let ready = |crew: &Crew| crew.alive().filter(|member| member.journal().serial() > 0).count();
    while ready(crew) < options.processes as usize {
        watch.check()?;
        let count = crew.members().len();
        if count < options.processes as usize && count - ready(crew) < STARTING {
            crew.start()?;
            continue;
        }
        ensure!(
            began.elapsed() < START_LIMIT,
            "{} of the processes have no token yet",
            count - ready(crew)
        );
        thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

fn observe(store: &mut Store, server: &Server, crew: &mut Crew, options: &Options, watch: &Watch) -> Result<Trouble> {
    let mut trouble = Trouble::new(options.fault, server);
    let (began, length) = (Instant::now(), Duration::from_secs(options.seconds));
    let mut told = Duration::ZERO;
    while began.elapsed() < length {
        watch.check()?;
        let left = length.saturating_sub(began.elapsed());
        trouble.go_on(options, store, server, crew, watch, left)?;
        if began.elapsed() >= told + PROGRESS_EVERY {
            told += PROGRESS_EVERY;
            let evidence = Evidence::gather(server, crew);
            let intervals = evidence.intervals(options.least_age());
            watch.note(&format!(
                "{} renewals, {} requests, {} failed calls, slowest {} ms",
                intervals.due,
                evidence.requests.len(),
                evidence.failed_calls(),
                evidence.slowest_later().as_millis(),
            ));
        }
        thread::sleep(STEP);
    }
    Ok(trouble)
}

fn figures(evidence: Evidence, trouble: &Trouble, options: &Options, elapsed: Duration) -> Figures {
    let intervals = evidence.intervals(options.least_age());
    let bound = trouble.bound(options);
    let mut figures = Figures {
        processes: options.processes,
        store: options.store,
        fault: options.fault,
        renewal_intervals: intervals.due,
        token_requests: evidence.requests.len(),
        failed_calls: evidence.failed_calls(),
        slowest_ms: evidence.slowest_later().as_millis(),
        extra_requests: intervals.extra,
        bound,
        calls: evidence.members.iter().map(|member| member.tally.calls).sum(),
        slowest_at_start_ms: evidence.slowest_at_start().as_millis(),
        killed: trouble.killed(),
        recovered_after_ms: None,
        lifetime_s: options.lifetime,
        elapsed_s: (elapsed.as_secs_f64() * 10.0).round() / 10.0,
        broken: Vec::new(),
    };
    let mut checks = vec![
        evidence.all_calls_went_well(MAX_WAIT),
        evidence.extra_requests_are_at_most(bound, options.least_age()),
        evidence.no_update_was_lost(),
    ];
    if let Trouble::Store { stage, .. } = trouble {
        // Who fetches without the store does so once in a token's life.
        checks.push(evidence.no_member_asked_twice_within(options.lifetime().mul_f64(0.6)));
        match stage {
            Stage::Recovered { after, requests } => {
                figures.recovered_after_ms = Some(after.as_millis());
                let since = evidence.since(*requests);
                checks.push(since.extra_requests_are_at_most(0, options.least_age()));
            }
            _ => checks.push(Err(anyhow::anyhow!("the processes did not find together again"))),
        }
    }
    let problems = checks
        .into_iter()
        .filter_map(Result::err)
        .map(|error| error.to_string());
    // Without the log of everything that follows.
    let problems = problems.filter_map(|problem| problem.lines().next().map(str::to_owned));
    figures.broken = problems.collect();
    figures
}
