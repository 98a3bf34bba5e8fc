//! Where keys are from, what they were when they were last asked for, and when to ask again.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use evergrant::Secret;
use evergrant::error::{BoxError, innermost};
use evergrant::runtime::{BoxFuture, Runtime as _, SpawnError, Timestamp, TokioRuntime};
use tokio::sync::watch;

use super::keys::Keys;
use crate::{blocking, private};

/// Gives keys, and asks for them as seldom as possible.
pub(super) struct Source {
    origin: Origin,
    answer: Mutex<Answer>,
    runtime: TokioRuntime,
}

pub(super) enum Origin {
    Text,
    Variable(String),
    File(PathBuf),
    Provider(Box<Provider>),
}

pub(super) type Provider = dyn Fn() -> BoxFuture<'static, Result<Secret, BoxError>> + Send + Sync;

/// What is needed of the keys.
#[derive(Clone, Copy)]
pub(super) enum Need<'a> {
    /// That there are any.
    Any,
    /// That there is one of this name.
    Named(&'a str),
    /// That they are not old.
    Fresh,
}

/// Why there are no keys. Names where they are from.
#[derive(Debug, Clone)]
pub(super) struct Problem(Arc<str>);

#[derive(Default)]
struct Answer {
    keys: Option<Arc<Keys>>,
    /// When they were given.
    since: Option<Timestamp>,
    problem: Option<Problem>,
    /// When they were last asked for, successfully or not.
    asked: Option<Timestamp>,
    question: Option<Question>,
}

/// One that is on its way: on a task of its own, as those who wait for the answer may give up before it is here.
struct Question {
    since: Timestamp,
    /// Ends with it.
    over: watch::Receiver<()>,
}

/// However many records have an unknown key's name, nobody is asked more often than this.
const PAUSE: Duration = Duration::from_secs(5);
/// How old the keys may be that something is sealed with.
const FRESH: Duration = Duration::from_secs(5 * 60);
/// How long a provider is waited for.
const LIMIT: Duration = Duration::from_secs(5);

impl Source {
    pub(super) fn new(origin: Origin, keys: Option<Keys>) -> Self {
        let runtime = TokioRuntime::new();
        let answer = Answer {
            since: keys.is_some().then(|| runtime.now()),
            keys: keys.map(Arc::new),
            ..Answer::default()
        };
        Self {
            origin,
            answer: Mutex::new(answer),
            runtime,
        }
    }

    /// The keys, asked for if that may help. They need not be as needed even then.
    pub(super) async fn keys(self: &Arc<Self>, need: Need<'_>) -> Result<Arc<Keys>, Problem> {
        if let Some(outcome) = self.settled(need) {
            return outcome;
        }
        match self.question(need) {
            Ok(mut over) => while over.changed().await.is_ok() {},
            // Outside any runtime of tokio's, where only a provider can be asked.
            Err(SpawnError) => return self.answer().await,
        }
        self.lock().outcome()
    }

    /// Sees to it that the keys are fresh the next time.
    pub(super) fn freshen(self: &Arc<Self>) {
        if self.settled(Need::Fresh).is_none() {
            // The keys that there are do, where nothing can be started.
            let _ = self.question(Need::Fresh);
        }
    }

    /// The one that is on its way, or a new one.
    fn question(self: &Arc<Self>, need: Need<'_>) -> Result<watch::Receiver<()>, SpawnError> {
        let now = self.runtime.now();
        let mut answer = self.lock();
        let (sender, over) = watch::channel(());
        if answer.settled(need, now).is_some() {
            // The answer came just now.
            return Ok(over);
        }
        if let Some(question) = answer.question.as_ref().filter(|question| question.is_open(now)) {
            return Ok(question.over.clone());
        }
        let source = Arc::clone(self);
        self.runtime.spawn(Box::pin(async move {
            // What it was is told by then.
            let _ = source.answer().await;
            drop(sender);
        }))?;
        let (since, ours) = (now, over.clone());
        answer.question = Some(Question { since, over: ours });
        Ok(over)
    }

    async fn answer(&self) -> Result<Arc<Keys>, Problem> {
        let outcome = self.ask().await;
        self.lock().take(outcome, self.runtime.now())
    }

    fn settled(&self, need: Need<'_>) -> Option<Result<Arc<Keys>, Problem>> {
        match self.origin {
            Origin::Text | Origin::Variable(_) => Some(self.lock().outcome()),
            Origin::File(_) | Origin::Provider(_) => self.lock().settled(need, self.runtime.now()),
        }
    }

    async fn ask(&self) -> Result<Keys, Problem> {
        let text = match &self.origin {
            // Settled from the beginning.
            Origin::Text | Origin::Variable(_) => Err("it was never parsed".into()),
            Origin::File(path) => {
                let path = path.clone();
                let read = blocking::run(&self.runtime, move || private::read(&path)).await;
                read.map_err(BoxError::from)
                    .and_then(|text| text.ok_or_else(|| "there is no such file".into()))
            }
            Origin::Provider(provider) => tokio::select! {
                text = provider() => text,
                () = self.runtime.sleep(LIMIT) => Err(format!("no answer after {LIMIT:?}").into()),
            },
        };
        let keys = match text {
            Ok(text) => Keys::parse(text.expose()),
            Err(error) => Err(innermost(&*error)),
        };
        keys.map_err(|problem| {
            let problem = Problem(format!("key ring {}: {problem}", self.origin).into());
            tracing::warn!(
                name: "evergrant.key_ring_unavailable",
                target: "evergrant",
                problem = %problem,
                "the key ring cannot be had, and the keys that were known stay in use"
            );
            problem
        })
    }

    fn lock(&self) -> MutexGuard<'_, Answer> {
        self.answer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Question {
    /// Whether an answer may come. None does from a runtime that was shut down, or is driven no more.
    fn is_open(&self, now: Timestamp) -> bool {
        self.over.has_changed().is_ok() && now.elapsed_since(self.since) < LIMIT * 2
    }
}

impl Answer {
    fn take(&mut self, outcome: Result<Keys, Problem>, now: Timestamp) -> Result<Arc<Keys>, Problem> {
        self.asked = Some(now);
        match outcome {
            Ok(keys) => (self.keys, self.since, self.problem) = (Some(Arc::new(keys)), Some(now), None),
            Err(problem) => self.problem = Some(problem),
        }
        self.outcome()
    }

    fn outcome(&self) -> Result<Arc<Keys>, Problem> {
        let none = || Problem("key ring: nobody has asked for it yet".into());
        self.keys
            .clone()
            .ok_or_else(|| self.problem.clone().unwrap_or_else(none))
    }

    /// `None` when it is worth asking.
    fn settled(&self, need: Need<'_>, now: Timestamp) -> Option<Result<Arc<Keys>, Problem>> {
        let is_within = |limit, last: Option<Timestamp>| last.is_some_and(|last| now.elapsed_since(last) < limit);
        let met = self.keys.as_ref().is_some_and(|keys| match need {
            Need::Any => true,
            Need::Named(name) => keys.named(name).is_some(),
            Need::Fresh => is_within(FRESH, self.since),
        });
        (met || is_within(PAUSE, self.asked)).then(|| self.outcome())
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text => f.write_str("given as text"),
            Self::Variable(name) => write!(f, "in the environment variable {name}"),
            Self::File(path) => write!(f, "in {}", path.display()),
            Self::Provider(_) => f.write_str("from its provider"),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Problem {}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing")
            .field("origin", &format_args!("{}", self.origin))
            .field("keys", &self.lock().keys)
            .finish()
    }
}

#[cfg(test)]
mod tests;
