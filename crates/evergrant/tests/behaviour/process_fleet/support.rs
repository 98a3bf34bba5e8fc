//! The fixture: a server, a store with fault injection, a manual clock, and any number of processes.

use std::fmt;
use std::future::pending;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use evergrant::Sharing;
use evergrant::runtime::{BlockingTask, BoxFuture, Runtime, SharedRuntime, SpawnError, Timestamp};
use evergrant::store::{
    Changes, Loaded, MemoryStore, Seal, SealError, StoreError, StoreErrorKind, StoreKey, Swap, SwapOutcome, TokenStore,
};
use evergrant::{ClientCredentials, Repeatable, Secret, TokenManager, TokenManagerBuilder};
use evergrant_reqwest::Transport;
use evergrant_testing::{AuthServer, AuthServerBuilder, ManualClock};

pub(crate) use crate::support::{CLIENT, seconds, value};

pub(crate) const SECRET: &str = "not-a-real-secret";

pub(crate) struct Fixture {
    pub(crate) auth: AuthServer,
    pub(crate) clock: ManualClock,
    pub(crate) store: FaultyStore,
    transport: Transport,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        Self::with(|server| server)
    }

    pub(crate) fn with(configure: impl FnOnce(AuthServerBuilder) -> AuthServerBuilder) -> Self {
        let clock = ManualClock::new();
        let auth = configure(AuthServer::builder().client(CLIENT, SECRET).clock(&clock)).start();
        Self {
            auth,
            store: FaultyStore::new(&clock),
            clock,
            transport: Transport::default(),
        }
    }

    pub(crate) fn builder(&self) -> TokenManagerBuilder {
        self.configured(ClientCredentials::builder(CLIENT, SECRET))
    }

    pub(crate) fn configured<G: Repeatable>(&self, builder: TokenManagerBuilder<G>) -> TokenManagerBuilder<G> {
        builder
            .token_url(self.auth.token_url())
            .runtime(self.clock.clone())
            .retries(0)
            .store(self.store.clone())
    }

    /// Returns the sharing settings of the processes.
    pub(crate) fn sharing(&self) -> Sharing {
        Sharing::new(self.store.clone())
    }

    pub(crate) fn build(&self, builder: TokenManagerBuilder<impl Repeatable>) -> TokenManager {
        builder.build(self.transport.clone()).unwrap()
    }

    /// Creates a process with a custom transport.
    pub(crate) fn process_over(&self, transport: impl evergrant::Transport) -> TokenManager {
        self.builder()
            .build(evergrant::SharedTransport::new(transport))
            .unwrap()
    }

    pub(crate) fn process(&self) -> TokenManager {
        self.build(self.builder())
    }

    pub(crate) fn processes(&self, count: usize) -> Vec<TokenManager> {
        std::iter::repeat_with(|| self.process()).take(count).collect()
    }

    pub(crate) fn requests(&self) -> usize {
        self.auth.token_requests()
    }

    /// Advances the clock in steps until the condition holds, and returns the elapsed time. Woken tasks run between the
    /// steps.
    pub(crate) async fn advance_until(&self, step: Duration, mut condition: impl FnMut() -> bool) -> Duration {
        let mut passed = Duration::ZERO;
        for _ in 0..2000 {
            for _ in 0..20 {
                if condition() {
                    return passed;
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            self.clock.advance(step);
            passed += step;
        }
        panic!("the condition does not hold after {passed:?}");
    }

    /// Waits until all flights have ended, without advancing the clock.
    pub(crate) async fn settle(&self, processes: &[TokenManager]) {
        self.clock.settle().await;
        self.wait_until(|| processes.iter().all(|process| !process.status().fetching))
            .await;
    }

    /// Waits until the condition holds, without advancing the clock.
    pub(crate) async fn wait_until(&self, mut condition: impl FnMut() -> bool) {
        for _ in 0..2000 {
            if condition() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("the condition does not hold after ten seconds");
    }
}

/// Requests a token from all processes concurrently.
pub(crate) async fn request_tokens(processes: &[TokenManager]) -> Vec<Result<String, evergrant::Error>> {
    let calls: Vec<_> = processes
        .iter()
        .cloned()
        .map(|process| tokio::spawn(async move { process.token().await.map(|token| value(&token)) }))
        .collect();
    let mut outcomes = Vec::new();
    for call in calls {
        outcomes.push(call.await.unwrap());
    }
    outcomes
}

/// Returns the token that all processes share.
pub(crate) async fn common_token(processes: &[TokenManager]) -> String {
    let mut tokens: Vec<_> = request_tokens(processes)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    tokens.dedup();
    assert_eq!(tokens.len(), 1, "all processes have the same token");
    tokens.remove(0)
}

/// A memory store that can fail or hang at any time.
#[derive(Clone)]
pub(crate) struct FaultyStore(Arc<Inner>);

struct Inner {
    memory: MemoryStore,
    notifications: AtomicBool,
    mode: AtomicU8,
    operations: AtomicUsize,
    clock: ManualClock,
    /// Duration of each operation.
    delay: Mutex<Duration>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Mode {
    Normal,
    Failing,
    Hanging,
    /// Reads succeed, writes fail.
    ReadOnly,
    /// Writes take effect, but return an error.
    LosesResponses,
}

impl FaultyStore {
    fn new(clock: &ManualClock) -> Self {
        Self(Arc::new(Inner {
            memory: MemoryStore::with_runtime(clock.clone()),
            notifications: AtomicBool::new(true),
            mode: AtomicU8::new(Mode::Normal as u8),
            operations: AtomicUsize::new(0),
            clock: clock.clone(),
            delay: Mutex::default(),
        }))
    }

    pub(crate) fn set_delay(&self, delay: Duration) {
        *self.0.delay.lock().unwrap() = delay;
    }

    pub(crate) fn set_mode(&self, mode: Mode) {
        self.0.mode.store(mode as u8, Ordering::SeqCst);
    }

    /// Simulates a change notification of the engine.
    pub(crate) fn notify(&self, key: &StoreKey) {
        self.changes().unwrap().notify(key);
    }

    /// Disables change notifications for managers built from now on.
    pub(crate) fn disable_notifications(&self) {
        self.0.notifications.store(false, Ordering::SeqCst);
    }

    pub(crate) fn operations(&self) -> usize {
        self.0.operations.load(Ordering::SeqCst)
    }

    async fn inject_fault(&self, writing: bool) -> Result<(), StoreError> {
        self.0.operations.fetch_add(1, Ordering::SeqCst);
        let delay = *self.0.delay.lock().unwrap();
        if !delay.is_zero() {
            self.0.clock.sleep(delay).await;
        }
        let mode = self.0.mode.load(Ordering::SeqCst);
        let failing = mode == Mode::Failing as u8 || writing && mode == Mode::ReadOnly as u8;
        if failing {
            return Err(StoreError::new(StoreErrorKind::Unavailable, "injected fault"));
        }
        if mode == Mode::Hanging as u8 {
            pending::<()>().await;
        }
        Ok(())
    }
}

impl TokenStore for FaultyStore {
    async fn load(&self, key: &StoreKey) -> Result<Loaded, StoreError> {
        self.inject_fault(false).await?;
        self.0.memory.load(key).await
    }

    async fn swap(&self, key: &StoreKey, swap: Swap) -> Result<SwapOutcome, StoreError> {
        self.inject_fault(true).await?;
        let outcome = self.0.memory.swap(key, swap).await?;
        match self.0.mode.load(Ordering::SeqCst) == Mode::LosesResponses as u8 {
            true => Err(StoreError::new(StoreErrorKind::Unavailable, "the response was lost")),
            false => Ok(outcome),
        }
    }

    async fn keys(&self) -> Result<Vec<StoreKey>, StoreError> {
        self.0.memory.keys().await
    }

    fn changes(&self) -> Option<&Changes> {
        let changes = self.0.memory.changes();
        changes.filter(|_| self.0.notifications.load(Ordering::SeqCst))
    }
}

impl fmt::Debug for FaultyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FaultyStore")
    }
}

/// A key source that always fails or hangs.
#[derive(Debug, Clone, Copy)]
pub(crate) enum UnavailableKeys {
    Failing,
    Hanging,
}

impl UnavailableKeys {
    async fn fail<T>(self) -> Result<T, SealError> {
        match self {
            Self::Failing => Err(SealError::KeysUnavailable("injected fault".into())),
            Self::Hanging => pending().await,
        }
    }
}

impl Seal for UnavailableKeys {
    async fn seal(&self, _: &[u8], _: &Secret) -> Result<String, SealError> {
        self.fail().await
    }

    async fn open(&self, _: &[u8], _: &str) -> Result<Secret, SealError> {
        self.fail().await
    }
}

/// A runtime with a wrong wall clock.
#[derive(Debug, Clone)]
pub(crate) struct SkewedClock {
    pub(crate) clock: ManualClock,
    pub(crate) ahead: Duration,
}

impl Runtime for SkewedClock {
    fn now(&self) -> Timestamp {
        let now = self.clock.now();
        Timestamp::new(now.wall() + self.ahead, now.since_boot())
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send {
        self.clock.sleep(duration)
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        self.clock.spawn(task)
    }

    fn spawn_blocking(&self, task: BlockingTask) -> Result<(), SpawnError> {
        self.clock.spawn_blocking(task)
    }
}

impl From<&Fixture> for SharedRuntime {
    fn from(fixture: &Fixture) -> Self {
        fixture.clock.clone().into()
    }
}
