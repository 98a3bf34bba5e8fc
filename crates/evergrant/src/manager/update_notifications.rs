//! Notifies the application of new tokens, through the update callback and through subscriptions.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio::sync::watch;

use crate::error::ClientContext;
use crate::events;
use crate::redact::Redactor;
use crate::runtime::{SharedRuntime, panic_message};
use crate::token::Token;

pub(crate) type UpdateCallback = Arc<dyn Fn(Token) + Send + Sync>;

/// How many tokens are queued for a slow callback before the oldest is dropped.
const BACKLOG: usize = 256;

pub(super) struct Updates {
    queue: Option<Arc<Queue>>,
    latest: OnceLock<watch::Sender<Option<Token>>>,
}

struct Queue {
    callback: UpdateCallback,
    client: Arc<ClientContext>,
    pending: Mutex<Pending>,
}

#[derive(Default)]
struct Pending {
    tokens: VecDeque<Token>,
    /// A thread is calling the callback and continues until the queue is empty.
    draining: bool,
}

/// A queued token that subscribers have not been notified of yet.
pub(super) struct Announcement {
    token: Token,
    pushed: PushOutcome,
}

#[derive(Default)]
struct PushOutcome {
    /// The queue was full, and its oldest token was dropped.
    dropped_one: bool,
    needs_worker: bool,
}

impl Announcement {
    /// An announcement to subscribers only, not to the update callback.
    pub(super) fn for_subscribers(token: Token) -> Self {
        Self {
            token,
            pushed: PushOutcome::default(),
        }
    }
}

impl Updates {
    pub(super) fn new(callback: Option<UpdateCallback>, client: &Arc<ClientContext>) -> Self {
        Self {
            queue: callback.map(|callback| {
                Arc::new(Queue {
                    callback,
                    client: Arc::clone(client),
                    pending: Mutex::default(),
                })
            }),
            latest: OnceLock::new(),
        }
    }

    pub(super) fn callback(&self) -> Option<UpdateCallback> {
        self.queue.as_ref().map(|queue| Arc::clone(&queue.callback))
    }

    /// Queues the token. Runs no application code, so it may be called under a lock.
    pub(super) fn enqueue(&self, token: Token) -> Announcement {
        let pushed = match &self.queue {
            Some(queue) => queue.push(token.clone()),
            None => PushOutcome::default(),
        };
        Announcement { token, pushed }
    }

    /// Notifies the subscribers and the callback. Call it without a lock.
    pub(super) fn announce(&self, announcement: Announcement, runtime: &SharedRuntime) {
        let Announcement { token, pushed } = announcement;
        if let Some(latest) = self.latest.get() {
            latest.send_if_modified(|latest| {
                let newer = latest
                    .as_ref()
                    .is_none_or(|latest| latest.generation() < token.generation());
                if newer {
                    *latest = Some(token);
                }
                newer
            });
        }
        let Some(queue) = &self.queue else {
            return;
        };
        if pushed.dropped_one {
            events::update_dropped(&queue.client);
        }
        if pushed.needs_worker {
            let worker = Worker(Arc::clone(queue));
            // A worker that never runs drains the queue when it is dropped.
            let _ = runtime.spawn_blocking(Box::new(move || drop(worker)));
        }
    }

    pub(super) fn subscribe(&self) -> TokenUpdates {
        let latest = self.latest.get_or_init(|| watch::Sender::new(None));
        TokenUpdates(latest.subscribe())
    }
}

impl Queue {
    fn push(&self, token: Token) -> PushOutcome {
        let mut pending = self.pending();
        let dropped_one = pending.tokens.len() == BACKLOG;
        if dropped_one {
            pending.tokens.pop_front();
        }
        pending.tokens.push_back(token);
        PushOutcome {
            dropped_one,
            needs_worker: !std::mem::replace(&mut pending.draining, true),
        }
    }

    fn drain(&self) {
        loop {
            let token = {
                let mut pending = self.pending();
                let Some(token) = pending.tokens.pop_front() else {
                    pending.draining = false;
                    return;
                };
                token
            };
            let redactor = Redactor::new(std::iter::once(token.access_token()).chain(token.refresh_token()));
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| (self.callback)(token))) {
                events::update_callback_panicked(&self.client, &redactor.line(panic_message(&*panic), 200));
            }
        }
    }

    fn pending(&self) -> std::sync::MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Drains the queue when it is dropped: on the thread that runs it, or when the runtime shuts down before that, so that
/// the application gets each token even then.
struct Worker(Arc<Queue>);

impl Drop for Worker {
    fn drop(&mut self) {
        self.0.drain();
    }
}

/// A subscription to the new tokens of a token manager, returned by
/// [`TokenManager::subscribe`](crate::TokenManager::subscribe). A slow receiver gets only the newest token and misses
/// the tokens before it.
#[derive(Debug)]
pub struct TokenUpdates(watch::Receiver<Option<Token>>);

impl TokenUpdates {
    /// Waits for the manager's next new token. Returns `None` once the manager has been dropped.
    pub async fn next(&mut self) -> Option<Token> {
        loop {
            self.0.changed().await.ok()?;
            if let Some(token) = self.0.borrow_and_update().clone() {
                return Some(token);
            }
        }
    }
}
