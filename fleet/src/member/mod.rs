//! One process of a fleet: a real manager on a real store, that makes calls, says how they fared, and fails where it is told to.
//!
//! ```text
//! calls ─▶ TokenManager ─┬─▶ WatchedStore ─▶ engine        every operation is a step,
//!                        └─▶ WatchedTransport ─▶ server     before and after which it may be killed, stopped, cut off
//! ```

mod calls;
mod clock;
mod course;
mod report;
mod settings;
mod steps;
mod store;
mod transport;

use std::io::stdin;
use std::sync::Arc;
use std::thread;

use anyhow::{Context as _, Result};
use evergrant::store::SharedStore;
use evergrant::{ClientCredentials, TokenManager};
use evergrant_reqwest::Transport;
use evergrant_store::KeyRing;
use evergrant_testing::LogCapture;
use tokio::sync::oneshot;

use self::calls::Calls;
pub use self::calls::serial;
use self::clock::WrongClock;
use self::course::Course;
use self::report::Reporter;
pub use self::report::{Event, Tally, now};
pub use self::settings::{Order, Settings};
pub use self::steps::{Fault, Mishap, POINTS, Point, Side, Step};
use self::store::{Generations, WatchedStore};
use self::transport::WatchedTransport;

/// Runs a member to its end: settings and orders from standard input, reports to standard output.
///
/// # Errors
/// Settings that cannot be read, or that no manager can be made of.
pub fn run() -> Result<()> {
    let mut line = String::new();
    stdin().read_line(&mut line)?;
    let settings: Settings = serde_json::from_str(&line).context("the first line is not a member's settings")?;
    let reporter = Reporter::new();
    let course = Arc::new(Course::new(reporter.clone(), settings.announce, settings.fault));
    let end = obey(Arc::clone(&course));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let logs = LogCapture::new();
        let _installed = logs.install();
        calls(&settings, reporter, course, logs)?.until(end).await;
        anyhow::Ok(())
    })?;
    // Whatever is still under way ends with the process.
    runtime.shutdown_background();
    Ok(())
}

/// Obeys the parent's orders, and tells when the last one has come: the parent's end is one too.
fn obey(course: Arc<Course>) -> oneshot::Receiver<()> {
    let (ended, end) = oneshot::channel();
    thread::spawn(move || {
        let lines = stdin().lines().map_while(std::result::Result::ok);
        for order in lines.filter_map(|line| serde_json::from_str(&line).ok()) {
            match order {
                Order::Suffer(fault) => course.suffer(fault),
                Order::Finish => break,
            }
        }
        let _ = ended.send(());
    });
    end
}

fn calls(settings: &Settings, reporter: Reporter, course: Arc<Course>, logs: LogCapture) -> Result<Calls> {
    let generations = Arc::new(Generations::default());
    // The key ring goes around what is watched: whoever watches the engine sees no token.
    let engine = evergrant_store::store(&settings.store).danger_plaintext().build()?;
    let mut store = SharedStore::new(WatchedStore {
        engine,
        course: Arc::clone(&course),
        generations: Arc::clone(&generations),
    });
    if let Some(keys) = &settings.keys {
        store = store.sealed(KeyRing::parse(keys)?);
    }
    let manager = manager(settings, store, &course)?;
    Ok(Calls::new(settings, manager, reporter, course, generations, logs))
}

fn manager(settings: &Settings, store: SharedStore, course: &Arc<Course>) -> Result<TokenManager> {
    let transport = WatchedTransport {
        inner: Transport::default(),
        name: settings.name.clone(),
        course: Arc::clone(course),
    };
    let mut builder = ClientCredentials::new(&settings.client_id, settings.client_secret.as_str())
        .token_url(&settings.token_url)
        .runtime(WrongClock::new(settings.clock_ahead))
        .store(store);
    if let Some(term) = settings.lease_term {
        builder = builder.lease_term(term);
    }
    if let Some(share) = settings.renew_after {
        builder = builder.renew_after(share);
    }
    if let Some(limit) = settings.max_wait {
        builder = builder.max_wait(limit);
    }
    Ok(builder.build(evergrant::SharedTransport::new(transport))?)
}
