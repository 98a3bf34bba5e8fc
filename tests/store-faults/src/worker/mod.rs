//! The program of each process in a fleet: calls a real manager on a real store, reports the outcomes, and injects
//! faults.
//!
//! ```text
//! call_loop ─▶ TokenManager ─┬─▶ InstrumentedStore ─▶ engine       each operation is a step; a fault can be
//!                            └─▶ InstrumentedTransport ─▶ server   injected before and after each step
//! ```

mod call_loop;
mod fault_injection;
mod monitored_store;
mod renewal_steps;
mod reported_events;
mod settings;
mod traced_transport;
mod wrong_wall_clock;

use std::io::stdin;
use std::sync::Arc;
use std::thread;

use anyhow::{Context as _, Result};
use evergrant::Sharing;
use evergrant::TimeLimits;
use evergrant::store::SharedStore;
use evergrant::{AuthorizationCode, ClientCredentials, Grant, TokenManager, TokenManagerBuilder, UserTokens};
use evergrant_reqwest::Transport;
use evergrant_store::KeyRing;
use evergrant_testing::LogCapture;
use tokio::sync::oneshot;

use self::call_loop::CallLoop;
pub use self::call_loop::serial;
use self::fault_injection::FaultInjector;
use self::monitored_store::{GenerationMonitor, InstrumentedStore};
pub use self::renewal_steps::{Fault, FaultKind, Point, RENEWAL_POINTS, Side, Step};
use self::reported_events::Reporter;
pub use self::reported_events::{Counters, Event, now};
pub use self::settings::{ControlMessage, Settings};
use self::traced_transport::InstrumentedTransport;
use self::wrong_wall_clock::SkewedClock;

/// Runs a process of a fleet: reads settings and control messages from standard input, and writes events to standard
/// output.
///
/// # Errors
/// The settings cannot be read, or the manager cannot be built from them.
pub fn run() -> Result<()> {
    let mut line = String::new();
    stdin().read_line(&mut line)?;
    let settings: Settings =
        serde_json::from_str(&line).context("the first line of standard input has no valid settings")?;
    let reporter = Reporter::new();
    let faults = Arc::new(FaultInjector::new(
        reporter.clone(),
        settings.report_steps,
        settings.fault,
    ));
    let end = read_control_messages(Arc::clone(&faults));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let logs = LogCapture::new();
        let _installed = logs.install();
        call_loop(&settings, reporter, faults, logs)?.run(end).await;
        anyhow::Ok(())
    })?;
    // Work that is still in progress ends with the process.
    runtime.shutdown_background();
    Ok(())
}

/// Handles the parent's messages on a thread. The returned channel receives a value on `Finish` or at the end of the
/// input.
fn read_control_messages(faults: Arc<FaultInjector>) -> oneshot::Receiver<()> {
    let (sender, end) = oneshot::channel();
    thread::spawn(move || {
        let lines = stdin().lines().map_while(std::result::Result::ok);
        for message in lines.filter_map(|line| serde_json::from_str(&line).ok()) {
            match message {
                ControlMessage::Inject(fault) => faults.inject(fault),
                ControlMessage::Finish => break,
            }
        }
        let _ = sender.send(());
    });
    end
}

fn call_loop(
    settings: &Settings,
    reporter: Reporter,
    faults: Arc<FaultInjector>,
    logs: LogCapture,
) -> Result<CallLoop> {
    let generations = Arc::new(GenerationMonitor::default());
    // The key ring is outside, so that the instrumented store sees encrypted tokens only.
    let engine = evergrant_store::store(&settings.store).danger_plaintext().build()?;
    let mut store = SharedStore::new(InstrumentedStore {
        engine,
        faults: Arc::clone(&faults),
        generations: Arc::clone(&generations),
        completes_writes: settings.store.starts_with("file:"),
    });
    if let Some(keys) = &settings.keys {
        store = store.with_seal(KeyRing::parse(keys)?);
    }
    let manager = manager(settings, store, &faults)?;
    Ok(CallLoop::new(settings, manager, reporter, faults, generations, logs))
}

fn manager(settings: &Settings, store: SharedStore, faults: &Arc<FaultInjector>) -> Result<TokenManager> {
    let transport = InstrumentedTransport {
        inner: Transport::default(),
        name: settings.name.clone(),
        faults: Arc::clone(faults),
    };
    let mut sharing = Sharing::new(store);
    if let Some(duration) = settings.lease_duration {
        sharing = sharing.lease(duration);
    }
    if let Some(limit) = settings.operation_timeout {
        sharing = sharing.operation_timeout(limit);
    }
    let transport = evergrant::SharedTransport::new(transport);
    let (client_id, secret) = (settings.client_id.as_str(), settings.client_secret.as_str());
    let Some(user) = &settings.user else {
        let builder = configured(settings, ClientCredentials::builder(client_id, secret));
        return Ok(builder.store(sharing).build(transport)?);
    };
    let application = configured(settings, AuthorizationCode::builder(client_id, secret)).build(transport)?;
    Ok(UserTokens::builder(application, sharing).build()?.for_user(user))
}

fn configured<G: Grant>(settings: &Settings, builder: TokenManagerBuilder<G>) -> TokenManagerBuilder<G> {
    let mut builder = builder
        .token_url(&settings.token_url)
        .runtime(SkewedClock::new(settings.clock_offset_seconds));
    if let Some(share) = settings.renew_after {
        builder = builder.renew_after(share);
    }
    if let Some(limit) = settings.max_wait {
        builder = builder.time_limits(TimeLimits::new().wait(limit));
    }
    builder
}
