//! The metadata of a token manager's issuer: fetched once for all derived managers, cached, and renewed in the
//! background.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use tokio::sync::{Notify, watch};

use super::client::Discovery;
use super::issuer::Issuer;
use super::metadata::ServerMetadata;
use crate::error::{ClientContext, DiscoveryError};
use crate::events;
use crate::runtime::Timestamp;

/// How long metadata is cached if the response does not say how long.
const DEFAULT_LIFETIME: Duration = Duration::from_secs(3600);

/// The minimum time between two renewals in the background, whatever the response says, and the pause after a failed
/// one.
const MIN_LIFETIME: Duration = Duration::from_secs(300);

/// The maximum time until a renewal, whatever the response says.
const MAX_LIFETIME: Duration = Duration::from_secs(24 * 3600);

/// How long the task that fetches may give no sign of life before another one fetches too.
const STALLED_AFTER: Duration = Duration::from_secs(1);

/// The metadata of one issuer. All managers that are derived from one share it.
#[derive(Debug)]
pub(crate) struct IssuerCache {
    discovery: Discovery,
    issuer: Issuer,
    client: Arc<ClientContext>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    current: Option<KnownMetadata>,
    /// When the metadata is renewed in the background.
    renew_at: Option<Timestamp>,
    flight: Option<Flight>,
}

/// Metadata that has been fetched. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct KnownMetadata(pub(crate) Arc<ServerMetadata>);

type Outcome = Result<KnownMetadata, DiscoveryError>;

/// A fetch in progress, which all callers share. Abandoned when its sender is dropped.
#[derive(Debug, Clone)]
struct Flight {
    outcome: watch::Receiver<Option<Outcome>>,
    pulse: Arc<Pulse>,
}

/// Shows whether the task that fetches still runs: its runtime may be blocked.
#[derive(Debug, Default)]
struct Pulse {
    asked: Notify,
    beats: AtomicU64,
}

/// Whether a caller fetches, or waits for the caller that does.
enum Role {
    Leads(watch::Sender<Option<Outcome>>, Arc<Pulse>),
    Waits(Flight),
}

impl IssuerCache {
    pub(crate) fn new(discovery: Discovery, issuer: Issuer, client: &Arc<ClientContext>) -> Self {
        Self {
            discovery,
            issuer,
            client: Arc::clone(client),
            state: Mutex::default(),
        }
    }

    pub(crate) fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// Returns the cached metadata; `None` before the first fetch.
    pub(crate) fn cached(&self) -> Option<KnownMetadata> {
        self.lock().current.clone()
    }

    /// Returns the cached metadata, or fetches it. Metadata that is due for a renewal is renewed in the background, and
    /// stays in use until it is replaced.
    pub(crate) async fn get(self: &Arc<Self>) -> Outcome {
        let now = self.discovery.runtime.now();
        let (current, is_due) = {
            let mut state = self.lock();
            let is_due = state.renew_at.is_some_and(|renew_at| now.has_reached(renew_at));
            if is_due {
                // Until the renewal ends, no other one starts.
                state.renew_at = Some(now.plus(MIN_LIFETIME));
            }
            (state.current.clone(), is_due)
        };
        let Some(current) = current else {
            return self.fetch().await.0;
        };
        if is_due {
            let cache = Arc::clone(self);
            let renewal = async move {
                let _ = cache.fetch().await;
            };
            // Without a runtime, a later call renews it.
            let _ = self.discovery.runtime.spawn(Box::pin(renewal));
        }
        Ok(current)
    }

    /// Fetches the metadata again, because a request that followed `old` failed. Returns the new metadata if it
    /// differs. The old metadata stays in use if the fetch fails.
    pub(crate) async fn changed_since(&self, old: &KnownMetadata) -> Option<KnownMetadata> {
        let differs = |new: &KnownMetadata| new.0 != old.0;
        if let Some(new) = self.cached().filter(differs) {
            return Some(new);
        }
        // A fetch that was already in progress may have read the old metadata.
        for _ in 0..2 {
            let (outcome, is_own) = self.fetch().await;
            match outcome {
                Ok(new) if differs(&new) => return Some(new),
                Ok(_) if !is_own => {}
                _ => return None,
            }
        }
        None
    }

    /// Fetches the metadata, or waits for the fetch in progress. Returns also whether this call fetched it.
    async fn fetch(&self) -> (Outcome, bool) {
        loop {
            match self.role() {
                Role::Leads(sender, pulse) => {
                    let first = self.cached().map(|known| known.0.url().clone());
                    let fetch = self.discovery.fetch(&self.issuer, first.as_ref());
                    let fetched = pulse.beat_during(fetch).await;
                    let outcome = self.complete(fetched, &pulse);
                    sender.send_replace(Some(outcome.clone()));
                    return (outcome, true);
                }
                Role::Waits(flight) => match self.wait(&flight).await {
                    Some(outcome) => return (outcome, false),
                    None => self.lock().remove(&flight.pulse),
                },
            }
        }
    }

    fn role(&self) -> Role {
        let mut state = self.lock();
        if let Some(flight) = &state.flight
            && (flight.outcome.has_changed().is_ok() || flight.outcome.borrow().is_some())
        {
            return Role::Waits(flight.clone());
        }
        let (sender, outcome) = watch::channel(None);
        let pulse = Arc::<Pulse>::default();
        state.flight = Some(Flight {
            outcome,
            pulse: Arc::clone(&pulse),
        });
        Role::Leads(sender, pulse)
    }

    fn complete(
        &self,
        fetched: Result<(ServerMetadata, Option<Duration>), DiscoveryError>,
        pulse: &Arc<Pulse>,
    ) -> Outcome {
        let now = self.discovery.runtime.now();
        let mut state = self.lock();
        state.remove(pulse);
        match fetched {
            Ok((metadata, max_age)) => {
                let lifetime = max_age.unwrap_or(DEFAULT_LIFETIME).clamp(MIN_LIFETIME, MAX_LIFETIME);
                let known = KnownMetadata(Arc::new(metadata));
                state.current = Some(known.clone());
                state.renew_at = Some(now.plus(lifetime));
                drop(state);
                events::metadata_fetched(&self.client, known.0.url(), lifetime);
                Ok(known)
            }
            Err(error) => {
                let is_renewal = state.current.is_some();
                state.renew_at = is_renewal.then(|| now.plus(MIN_LIFETIME));
                drop(state);
                if is_renewal {
                    events::metadata_renewal_failed(&self.client, &error, MIN_LIFETIME);
                }
                Err(error)
            }
        }
    }

    /// Waits for a fetch in progress. `None` if it is abandoned, or if its task does not run.
    async fn wait(&self, flight: &Flight) -> Option<Outcome> {
        let mut outcome = flight.outcome.clone();
        loop {
            let beats = flight.pulse.ask();
            let done = outcome.wait_for(Option::is_some);
            match self.discovery.runtime.timeout(STALLED_AFTER, done).await {
                Some(done) => return done.ok()?.clone(),
                None if flight.pulse.has_beaten_since(beats) => {}
                None => return None,
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Removes this fetch, unless another one has replaced it.
    fn remove(&mut self, pulse: &Arc<Pulse>) {
        self.flight.take_if(|flight| Arc::ptr_eq(&flight.pulse, pulse));
    }
}

impl Pulse {
    /// Asks the task for a sign of life. Returns the number of signs so far.
    fn ask(&self) -> u64 {
        let beats = self.beats.load(Ordering::SeqCst);
        self.asked.notify_one();
        beats
    }

    fn has_beaten_since(&self, beats: u64) -> bool {
        self.beats.load(Ordering::SeqCst) > beats
    }

    /// Gives a sign of life whenever a waiting caller asks and the task is polled.
    async fn beat_during<T>(&self, fetch: impl Future<Output = T>) -> T {
        let beat = async {
            loop {
                self.asked.notified().await;
                self.beats.fetch_add(1, Ordering::SeqCst);
            }
        };
        let (mut fetch, mut beat) = (pin!(fetch), pin!(beat));
        poll_fn(|context| {
            let _: Poll<()> = beat.as_mut().poll(context);
            fetch.as_mut().poll(context)
        })
        .await
    }
}
