//! Tells the application about new tokens: the update callback, in order and off the callers' path, and subscriptions.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio::sync::watch;

use super::events;
use crate::error::ClientContext;
use crate::redact::Redactor;
use crate::runtime::{SharedRuntime, panic_message};
use crate::token::Token;

pub(crate) type UpdateCallback = Arc<dyn Fn(Token) + Send + Sync>;

/// How many tokens wait for a slow callback before the oldest is dropped.
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
    /// Somebody is calling the callback, and will go on until the queue is empty.
    draining: bool,
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

    pub(super) fn announce(&self, token: &Token, runtime: &SharedRuntime) {
        if let Some(latest) = self.latest.get() {
            latest.send_replace(Some(token.clone()));
        }
        if let Some(queue) = &self.queue
            && queue.push(token.clone())
        {
            let worker = Worker(Some(Arc::clone(queue)));
            // A worker that never runs gives its place back when it is dropped.
            let _ = runtime.spawn_blocking(Box::new(move || worker.run()));
        }
    }

    pub(super) fn subscribe(&self) -> TokenUpdates {
        let latest = self.latest.get_or_init(|| watch::Sender::new(None));
        TokenUpdates(latest.subscribe())
    }
}

impl Queue {
    /// Whether somebody needs to start draining.
    fn push(&self, token: Token) -> bool {
        let mut pending = self.pending();
        if pending.tokens.len() == BACKLOG {
            pending.tokens.pop_front();
            events::update_dropped(&self.client);
        }
        pending.tokens.push_back(token);
        !std::mem::replace(&mut pending.draining, true)
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

/// The one that drains the queue, or would have if its runtime had not gone.
struct Worker(Option<Arc<Queue>>);

impl Worker {
    fn run(mut self) {
        if let Some(queue) = self.0.take() {
            queue.drain();
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        if let Some(queue) = &self.0 {
            queue.pending().draining = false;
        }
    }
}

/// Each new token of a manager, for programs that would rather wait for a change than be called back. Only the newest one
/// is kept: a slow reader skips those in between.
#[derive(Debug)]
pub struct TokenUpdates(watch::Receiver<Option<Token>>);

impl TokenUpdates {
    /// Waits for a token that this subscription has not given out yet; `None` once the manager is gone.
    pub async fn next(&mut self) -> Option<Token> {
        loop {
            self.0.changed().await.ok()?;
            if let Some(token) = self.0.borrow_and_update().clone() {
                return Some(token);
            }
        }
    }
}
