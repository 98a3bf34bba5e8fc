//! A server, a store, a clock that stands still, and as many members as a test wants.

use std::fmt;
use std::future::pending;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use evergrant::runtime::{BlockingTask, BoxFuture, Runtime, SharedRuntime, SpawnError, Timestamp};
use evergrant::store::{
    Changes, Loaded, MemoryStore, Seal, SealError, StoreError, StoreErrorKind, StoreKey, Swap, SwapOutcome, TokenStore,
};
use evergrant::{ClientCredentials, Secret, Token, TokenManager, TokenManagerBuilder};
use evergrant_reqwest::Transport;
use evergrant_testing::{AuthServer, AuthServerBuilder, ManualClock};

pub(crate) const CLIENT: &str = "bookshop";
pub(crate) const SECRET: &str = "not-a-real-secret";

pub(crate) struct World {
    pub(crate) auth: AuthServer,
    pub(crate) clock: ManualClock,
    pub(crate) store: Engine,
    transport: Transport,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(|server| server)
    }

    pub(crate) fn with(configure: impl FnOnce(AuthServerBuilder) -> AuthServerBuilder) -> Self {
        let clock = ManualClock::new();
        let auth = configure(AuthServer::builder().client(CLIENT, SECRET).clock(&clock)).start();
        Self {
            auth,
            store: Engine::new(&clock),
            clock,
            transport: Transport::default(),
        }
    }

    pub(crate) fn builder(&self) -> TokenManagerBuilder {
        self.configured(ClientCredentials::new(CLIENT, SECRET))
    }

    pub(crate) fn configured(&self, builder: TokenManagerBuilder) -> TokenManagerBuilder {
        builder
            .token_url(self.auth.token_url())
            .runtime(self.clock.clone())
            .retries(0)
            .store(self.store.clone())
    }

    pub(crate) fn build(&self, builder: TokenManagerBuilder) -> TokenManager {
        builder.build(self.transport.clone()).unwrap()
    }

    /// A member with a way of its own to the server.
    pub(crate) fn member_over(&self, transport: impl evergrant::Transport) -> TokenManager {
        self.builder()
            .build(evergrant::SharedTransport::new(transport))
            .unwrap()
    }

    pub(crate) fn member(&self) -> TokenManager {
        self.build(self.builder())
    }

    pub(crate) fn members(&self, count: usize) -> Vec<TokenManager> {
        std::iter::repeat_with(|| self.member()).take(count).collect()
    }

    pub(crate) fn requests(&self) -> usize {
        self.auth.token_requests()
    }

    /// Lets time pass in small steps, and all work that it wakes be done, until the condition holds.
    pub(crate) async fn pass_until(&self, step: Duration, mut condition: impl FnMut() -> bool) -> Duration {
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
        panic!("it did not come to that within {passed:?}");
    }

    /// Lets all flights come to their end, without time passing.
    pub(crate) async fn rest(&self, members: &[TokenManager]) {
        self.clock.settle().await;
        self.until(|| members.iter().all(|member| !member.status().fetching))
            .await;
    }

    /// As [`pass_until`](Self::pass_until), with no time passing on the manual clock.
    pub(crate) async fn until(&self, mut condition: impl FnMut() -> bool) {
        for _ in 0..2000 {
            if condition() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("it did not come to that within ten seconds");
    }
}

pub(crate) const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(crate) fn value(token: &Token) -> String {
    token.access_token().expose().to_owned()
}

/// What every member gives, asked at once.
pub(crate) async fn ask(members: &[TokenManager]) -> Vec<Result<String, evergrant::Error>> {
    let calls: Vec<_> = members
        .iter()
        .cloned()
        .map(|member| tokio::spawn(async move { member.token().await.map(|token| value(&token)) }))
        .collect();
    let mut outcomes = Vec::new();
    for call in calls {
        outcomes.push(call.await.unwrap());
    }
    outcomes
}

/// The one token that all of them have.
pub(crate) async fn common(members: &[TokenManager]) -> String {
    let mut tokens: Vec<_> = ask(members).await.into_iter().map(Result::unwrap).collect();
    tokens.dedup();
    assert_eq!(tokens.len(), 1, "all have the same token");
    tokens.remove(0)
}

/// A memory store that can go away, or hang, at any moment.
#[derive(Clone)]
pub(crate) struct Engine(Arc<Inner>);

struct Inner {
    memory: MemoryStore,
    tells: AtomicBool,
    mood: AtomicU8,
    operations: AtomicUsize,
    clock: ManualClock,
    /// How long each operation takes.
    delay: Mutex<Duration>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Mood {
    Well,
    Failing,
    Hanging,
    /// It reads, and fails to write.
    ReadOnly,
    /// It writes, and says that it has failed to.
    Deaf,
}

impl Engine {
    fn new(clock: &ManualClock) -> Self {
        Self(Arc::new(Inner {
            memory: MemoryStore::with_runtime(clock.clone()),
            tells: AtomicBool::new(true),
            mood: AtomicU8::new(Mood::Well as u8),
            operations: AtomicUsize::new(0),
            clock: clock.clone(),
            delay: Mutex::default(),
        }))
    }

    pub(crate) fn takes(&self, delay: Duration) {
        *self.0.delay.lock().unwrap() = delay;
    }

    pub(crate) fn is(&self, mood: Mood) {
        self.0.mood.store(mood as u8, Ordering::SeqCst);
    }

    /// As the engine's notification.
    pub(crate) fn tell(&self, key: &StoreKey) {
        self.changes().unwrap().tell(key);
    }

    /// Managers that are built from now on hear of no change.
    pub(crate) fn tells_nobody(&self) {
        self.0.tells.store(false, Ordering::SeqCst);
    }

    pub(crate) fn operations(&self) -> usize {
        self.0.operations.load(Ordering::SeqCst)
    }

    async fn suffer(&self, writing: bool) -> Result<(), StoreError> {
        self.0.operations.fetch_add(1, Ordering::SeqCst);
        let delay = *self.0.delay.lock().unwrap();
        if !delay.is_zero() {
            self.0.clock.sleep(delay).await;
        }
        let mood = self.0.mood.load(Ordering::SeqCst);
        let failing = mood == Mood::Failing as u8 || writing && mood == Mood::ReadOnly as u8;
        if failing {
            return Err(StoreError::new(StoreErrorKind::Unavailable, "on purpose"));
        }
        if mood == Mood::Hanging as u8 {
            pending::<()>().await;
        }
        Ok(())
    }
}

impl TokenStore for Engine {
    async fn load(&self, key: &StoreKey) -> Result<Loaded, StoreError> {
        self.suffer(false).await?;
        self.0.memory.load(key).await
    }

    async fn swap(&self, key: &StoreKey, swap: Swap) -> Result<SwapOutcome, StoreError> {
        self.suffer(true).await?;
        let outcome = self.0.memory.swap(key, swap).await?;
        match self.0.mood.load(Ordering::SeqCst) == Mood::Deaf as u8 {
            true => Err(StoreError::new(StoreErrorKind::Unavailable, "its answer was lost")),
            false => Ok(outcome),
        }
    }

    async fn keys(&self) -> Result<Vec<StoreKey>, StoreError> {
        self.0.memory.keys().await
    }

    fn changes(&self) -> Option<&Changes> {
        let changes = self.0.memory.changes();
        changes.filter(|_| self.0.tells.load(Ordering::SeqCst))
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Engine")
    }
}

/// Keys that cannot be had, at once or never.
#[derive(Debug, Clone, Copy)]
pub(crate) enum NoKeys {
    Failing,
    Hanging,
}

impl NoKeys {
    async fn refuse<T>(self) -> Result<T, SealError> {
        match self {
            Self::Failing => Err(SealError::Keys("on purpose".into())),
            Self::Hanging => pending().await,
        }
    }
}

impl Seal for NoKeys {
    async fn seal(&self, _: &[u8], _: &Secret) -> Result<String, SealError> {
        self.refuse().await
    }

    async fn open(&self, _: &[u8], _: &str) -> Result<Secret, SealError> {
        self.refuse().await
    }
}

/// A machine whose wall clock is wrong.
#[derive(Debug, Clone)]
pub(crate) struct WrongClock {
    pub(crate) clock: ManualClock,
    pub(crate) ahead: Duration,
}

impl Runtime for WrongClock {
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

impl From<&World> for SharedRuntime {
    fn from(world: &World) -> Self {
        world.clock.clone().into()
    }
}
