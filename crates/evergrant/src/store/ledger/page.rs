//! How a record is read, opened, sealed and written: the steps that all of the ledger's rules are made of.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use super::{Ledger, StoredToken, TRIES};
use crate::manager::events;
use crate::runtime::Timestamp;
use crate::store::record::{Body, RecordError, SharedToken, StoreTime, millis};
use crate::store::seal::DynSeal;
use crate::store::{MAX_RECORD_SIZE, Record, StoreError, StoreErrorKind, Swap, SwapOutcome};
use crate::token::Shared;
use crate::{Secret, Token, jitter};

impl Ledger {
    /// The record as it is now, as far as it is believed; an empty one where there is none.
    pub(crate) async fn page(&self) -> Result<Page, StoreError> {
        // Before the record is read: those that are written meanwhile are none that it could be older than.
        let seen = self.mark.revision();
        let before = self.runtime.now();
        let loaded = self.bounded(self.store.load(&self.key)).await?;
        let after = self.runtime.now();
        let record = match &loaded.record {
            None => Record::above(seen),
            Some(text) => self.believed(text, seen).await?,
        };
        Ok(Page {
            record,
            text: loaded.record,
            now: loaded.now,
            before,
            after,
        })
    }

    /// Changes the record by a rule, which is asked again whenever another process was faster.
    pub(crate) async fn edit<T>(
        &self,
        mut page: Page,
        mut rule: impl FnMut(&mut Record, StoreTime) -> Edit<T>,
    ) -> Result<(T, Page), StoreError> {
        for _ in 0..TRIES {
            let mut record = page.record.clone();
            let (outcome, announce) = match rule(&mut record, page.now) {
                Edit::Leave(outcome) => return Ok((outcome, page)),
                Edit::Write(outcome) => (outcome, false),
                Edit::Announce(outcome) => (outcome, true),
            };
            if self.write(&page, &record, announce).await? {
                return Ok((outcome, page));
            }
            self.pause().await;
            page = self.page().await?;
        }
        Err(contended())
    }

    /// The page's token by this process's clock, if it opens.
    pub(crate) async fn token_on(&self, page: &Page) -> Option<StoredToken> {
        let shared = page.record.token(page.now)?;
        let text = match (&shared.body, self.store.seal()) {
            (Body::Plain(text), None) => text.clone(),
            (Body::Sealed(sealed), Some(seal)) => {
                let identity = self.identity(shared);
                match self.runtime.timeout(self.limit, seal.open(&identity, sealed)).await {
                    Some(Ok(text)) => text,
                    Some(Err(error)) => {
                        self.refuse(&error);
                        return None;
                    }
                    None => {
                        self.refuse(&"its keys do not come in time");
                        return None;
                    }
                }
            }
            (Body::Plain(_), Some(_)) => {
                self.refuse(&"it is not encrypted, and encryption is asked for");
                return None;
            }
            (Body::Sealed(_), None) => {
                self.refuse(&"it is encrypted, and there are no keys");
                return None;
            }
        };
        let token = match Token::from_json(text.expose()) {
            Ok(token) => token,
            Err(error) => {
                self.refuse(&error);
                return None;
            }
        };
        let token = token.shared(Shared {
            generation: shared.generation,
            issued: page.local_time(shared.issued),
            ends: shared.expires.map(|time| page.local_time(time)),
            unproven: shared.unproven,
            pause: page.record.pause(page.now).map(|until| page.local_time(until)),
        });
        Some(StoredToken {
            token,
            generation: shared.generation,
            rejected: shared.rejected || self.mark.has_rejected(shared.generation),
        })
    }

    pub(super) async fn sealed(
        &self,
        seal: &dyn DynSeal,
        identity: &[u8],
        text: &Secret,
    ) -> Result<String, StoreError> {
        let sealing = async {
            let sealed = seal.seal(identity, text).await;
            sealed.map_err(|error| StoreError::new(StoreErrorKind::Refused, error))
        };
        self.bounded(sealing).await
    }

    /// Whether no other process was faster.
    pub(crate) async fn write(&self, page: &Page, record: &Record, announce: bool) -> Result<bool, StoreError> {
        let mut record = record.clone();
        record.advance(page.now);
        if self.client.is_some() {
            record.client = self.client.as_deref().cloned();
        }
        let text = self.tagged(record.write(&self.key)).await?;
        if text.expose().len() > MAX_RECORD_SIZE {
            return Err(too_long());
        }
        let mut swap = Swap::new(page.text.clone(), Some(text), record.keep(page.now));
        swap.announce = announce;
        let done = self.bounded(self.store.swap(&self.key, swap)).await? == SwapOutcome::Done;
        if done {
            self.mark.raise(record.revision);
        }
        Ok(done)
    }

    pub(super) async fn bounded<T>(
        &self,
        operation: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let limit = self.limit;
        let outcome = self.runtime.timeout(limit, operation).await;
        outcome.unwrap_or_else(|| Err(StoreError::timeout(limit)))
    }

    /// Those who were in one another's way should not be so again.
    pub(super) async fn pause(&self) {
        self.runtime
            .sleep(jitter::scaled(Duration::from_millis(10), jitter::unit()))
            .await;
    }

    /// What a token is sealed for: nothing of it can be changed, or moved elsewhere, without the seal breaking.
    pub(super) fn identity(&self, token: &SharedToken) -> Vec<u8> {
        let mut identity = b"evergrant token 1\0".to_vec();
        identity.extend_from_slice(self.key.to_string().as_bytes());
        let times = [token.issued, token.expires.unwrap_or(Duration::MAX)].map(millis);
        for number in [token.generation.0, times[0], times[1]] {
            identity.extend_from_slice(&number.to_be_bytes());
        }
        identity
    }

    pub(super) fn refuse(&self, problem: &dyn fmt::Display) {
        events::store_entry_refused(self.context.as_deref(), &self.key, problem);
    }
}

/// A record as it was read, and what the clocks showed then.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub(crate) record: Record,
    text: Option<Secret>,
    /// On the engine's clock.
    pub(crate) now: StoreTime,
    before: Timestamp,
    after: Timestamp,
}

impl Page {
    /// When it will be, or was, that time here; early rather than late.
    pub(crate) fn local_time(&self, time: StoreTime) -> Timestamp {
        match time.checked_sub(self.now) {
            Some(ahead) => self.before.plus(ahead),
            None => self.before.minus(self.now.saturating_sub(time)),
        }
    }

    /// What time it was on the engine's clock; early rather than late.
    pub(super) fn store_time(&self, time: Timestamp) -> StoreTime {
        let ago = self.after.elapsed_since(time);
        let ahead = time.elapsed_since(self.after);
        self.now.saturating_sub(ago).saturating_add(ahead)
    }
}

/// What a rule makes of a record.
pub(crate) enum Edit<T> {
    /// It stays as it is.
    Leave(T),
    /// It is written.
    Write(T),
    /// It is written, and the others are told.
    Announce(T),
}

pub(super) fn unusable(error: RecordError) -> StoreError {
    StoreError::new(StoreErrorKind::Unusable, error.to_string())
}

fn too_long() -> StoreError {
    let problem = format!("with this token it would have more than {MAX_RECORD_SIZE} bytes, so it is not shared");
    StoreError::new(StoreErrorKind::Unusable, problem)
}

pub(crate) fn contended() -> StoreError {
    StoreError::new(StoreErrorKind::Contended, format!("{TRIES} times in a row"))
}
