//! Members, their engine, and what happens to them.

use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use evergrant::store::{MemoryStore, StoreError, StoreKey, Swap, TokenStore as _};
use evergrant_testing::ManualClock;

use super::engine::{News, Trouble};
use super::member::{Member, Operation};
use super::rules::Rules;

pub(super) struct World {
    clock: ManualClock,
    store: MemoryStore,
    key: StoreKey,
    members: Vec<Member>,
    rules: Rules,
    damages: u32,
}

impl World {
    pub(super) fn new(members: usize) -> Self {
        let clock = ManualClock::new();
        let store = MemoryStore::with_runtime(clock.clone());
        let key = StoreKey::builder("https://auth.example.com/token", "client-id").build();
        let members = (0..members).map(|number| Member::new(number, &store, &clock, &key));
        Self {
            members: members.collect(),
            rules: Rules::new(clock.clone()),
            clock,
            store,
            key,
            damages: 0,
        }
    }

    /// Has the member begin, unless something is under way.
    pub(super) fn begin(&mut self, member: usize, operation: Operation) {
        let member = &mut self.members[member];
        if member.operation().is_none() {
            member.begin(operation, self.rules.generations());
        }
    }

    pub(super) fn turn(&mut self, member: usize, trouble: Option<Trouble>) {
        let Some(operation) = self.members[member].operation() else {
            return;
        };
        if operation == Operation::Clear && self.somebody_would_not_notice_a_loss() {
            return;
        }
        let member = &mut self.members[member];
        let polled = member.turn(trouble);
        let news = member.watch.lock().unwrap().news.take();
        match news {
            Some(News::Loaded) => member.account.seen = Some(self.rules.seen()),
            Some(News::Changed(change)) => self.rules.check_change(operation, &mut member.account, change),
            None => {}
        }
        if let Poll::Ready(outcome) = polled {
            match outcome {
                Ok(ended) => self.rules.check_end(member, ended),
                Err(error) => assert!(member.watch.lock().unwrap().failed, "{error}"),
            }
            member.drop_operation();
        }
    }

    pub(super) fn drop_operation(&mut self, member: usize) {
        self.members[member].drop_operation();
    }

    pub(super) fn pass(&mut self, millis: u64) {
        self.clock.advance(Duration::from_millis(millis));
    }

    pub(super) fn set_back(&mut self, millis: u64) {
        self.clock.step_wall_back(Duration::from_millis(millis));
        self.rules.clock_was_set_back();
    }

    pub(super) fn lose(&mut self) {
        if !self.somebody_would_not_notice_a_loss() {
            self.replace(None);
        }
    }

    pub(super) fn damage(&mut self) {
        self.damages += 1;
        self.replace(Some(format!("damage {}", self.damages)));
    }

    /// Whoever comes last gets the lease, saves, and is found.
    pub(super) fn all_is_well_in_the_end(&mut self) {
        // More than all leases last, and than the clock can have been set back.
        self.pass(2_000_000);
        self.rules.all_leases_have_run_out();
        let last = self.members.len();
        self.members
            .push(Member::new(last, &self.store, &self.clock, &self.key));
        for operation in [Operation::Acquire(1000), Operation::Save(60), Operation::Load] {
            self.begin(last, operation);
            for _ in 0..100 {
                self.turn(last, None);
            }
            assert_eq!(
                self.members[last].operation(),
                None,
                "{operation:?} has not come to an end"
            );
        }
        self.rules.the_last_save_is_the_newest();
    }

    /// Who has seen that there is no record, and is about to put one, notices neither that there was one nor that it was lost.
    fn somebody_would_not_notice_a_loss(&self) -> bool {
        self.members.iter().any(|member| {
            let loaded = member.watch.lock().unwrap().loaded.clone();
            member.operation().is_some() && loaded.is_some_and(|loaded| loaded.record.is_none())
        })
    }

    fn replace(&mut self, text: Option<String>) {
        self.pass(1);
        let expected = now(self.store.load(&self.key)).record;
        let swap = Swap::new(expected, text.map(Into::into), Duration::from_secs(3600));
        now(self.store.swap(&self.key, swap));
        self.rules.record_was_lost();
    }
}

/// An operation of the store in memory, which never waits.
fn now<T>(operation: impl Future<Output = Result<T, StoreError>>) -> T {
    match pin!(operation).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => outcome.unwrap(),
        Poll::Pending => panic!("the store in memory waits"),
    }
}
