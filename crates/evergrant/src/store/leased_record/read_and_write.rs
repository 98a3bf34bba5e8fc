//! Reading, decrypting, encrypting and writing a record: the steps that all operations consist of.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use super::{LeasedRecord, MAX_ATTEMPTS, StoredToken};
use crate::events;
use crate::runtime::Timestamp;
use crate::store::record::{Body, RecordError, SharedToken, StoreTime, millis};
use crate::store::token_encryption::DynSeal;
use crate::store::{MAX_RECORD_SIZE, Record, StoreError, StoreErrorKind, Swap, SwapOutcome};
use crate::token::StoreMetadata;
use crate::{Secret, Token, jitter};

impl LeasedRecord {
    /// Loads the trusted part of the record, or an empty record if none exists.
    pub(crate) async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        // Read before the load: a record that another task writes in between must not make this one look older.
        let seen = self.mark.revision();
        let before = self.runtime.now();
        let loaded = self.with_time_limit(self.store.load(&self.key)).await?;
        let after = self.runtime.now();
        let (record, is_readable) = match &loaded.record {
            None => (Record::empty_above(seen), true),
            Some(text) => self.trusted_part(text, seen).await?,
        };
        Ok(Snapshot {
            record,
            is_readable,
            text: loaded.record,
            now: loaded.now,
            before,
            after,
        })
    }

    /// Changes the record with a rule, which is applied again whenever another process was faster.
    pub(crate) async fn edit<T>(
        &self,
        mut snapshot: Snapshot,
        mut rule: impl FnMut(&mut Record, StoreTime) -> Edit<T>,
    ) -> Result<(T, Snapshot), StoreError> {
        for _ in 0..MAX_ATTEMPTS {
            let mut record = snapshot.record.clone();
            let (outcome, notify) = match rule(&mut record, snapshot.now) {
                Edit::Leave(outcome) => return Ok((outcome, snapshot)),
                Edit::Write(outcome) => (outcome, false),
                Edit::WriteAndNotify(outcome) => (outcome, true),
            };
            if self.is_signed_out(&snapshot) {
                return Ok((outcome, snapshot));
            }
            if self.write(&snapshot, &record, notify).await? {
                return Ok((outcome, snapshot));
            }
            self.pause().await;
            snapshot = self.snapshot().await?;
        }
        Err(contended())
    }

    /// Returns the snapshot's token with times of this process's clock, if it can be decrypted.
    pub(crate) async fn token_in(&self, snapshot: &Snapshot) -> Option<StoredToken> {
        let shared = snapshot.record.token(snapshot.now)?;
        let text = match (&shared.body, self.store.seal()) {
            (Body::Plain(text), None) => text.clone(),
            (Body::Sealed(sealed), Some(seal)) => {
                let identity = self.token_identity(shared);
                match self.runtime.timeout(self.limit, seal.open(&identity, sealed)).await {
                    Some(Ok(text)) => text,
                    Some(Err(error)) => {
                        self.report_ignored(&error);
                        return None;
                    }
                    None => {
                        self.report_ignored(&"its keys are not available in time");
                        return None;
                    }
                }
            }
            (Body::Plain(_), Some(_)) => {
                self.report_ignored(&"it is not encrypted, but this process requires encryption");
                return None;
            }
            (Body::Sealed(_), None) => {
                self.report_ignored(&"it is encrypted, and this process has no keys");
                return None;
            }
        };
        let token = match Token::from_json(text.expose()) {
            Ok(token) => token,
            Err(error) => {
                self.report_ignored(&error);
                return None;
            }
        };
        let token = token.with_store_metadata(StoreMetadata {
            generation: shared.generation,
            issued: snapshot.local_time(shared.issued),
            expires: shared.expires.map(|time| snapshot.local_time(time)),
            unproven: shared.unproven,
            pause: snapshot
                .record
                .pause(snapshot.now)
                .map(|until| snapshot.local_time(until)),
        });
        Some(StoredToken {
            token,
            generation: shared.generation,
            rejected: shared.rejected || self.mark.is_rejected(shared.generation),
        })
    }

    /// Returns this token as the next one of the record, encrypted if the store is.
    pub(super) async fn shared_token(
        &self,
        snapshot: &Snapshot,
        token: &Token,
        received: Timestamp,
    ) -> Result<SharedToken, StoreError> {
        let last = snapshot.record.token.as_ref();
        let left = token.remaining(received);
        let mut shared = SharedToken {
            generation: snapshot.record.next_generation(snapshot.now),
            issued: snapshot.store_time(token.requested_at().unwrap_or(received)),
            expires: left.map(|left| snapshot.store_time(received).saturating_add(left)),
            rejected: false,
            unproven: last.is_some_and(|last| last.rejected),
            renewable: token.refresh_token().is_some(),
            body: Body::Plain(token.expose_json().into()),
        };
        if let (Body::Plain(text), Some(seal)) = (&shared.body, self.store.seal()) {
            shared.body = Body::Sealed(self.encrypt(seal, &self.token_identity(&shared), text).await?);
        }
        Ok(shared)
    }

    pub(super) async fn encrypt(
        &self,
        seal: &dyn DynSeal,
        identity: &[u8],
        text: &Secret,
    ) -> Result<String, StoreError> {
        let sealing = async {
            let sealed = seal.seal(identity, text).await;
            sealed.map_err(|error| StoreError::new(StoreErrorKind::Rejected, error))
        };
        self.with_time_limit(sealing).await
    }

    /// Writes the record. Returns `false` if another process was faster.
    pub(crate) async fn write(&self, snapshot: &Snapshot, record: &Record, notify: bool) -> Result<bool, StoreError> {
        let mut record = record.clone();
        record.advance(snapshot.now);
        if self.client.is_some() {
            record.client = self.client.as_deref().cloned();
        }
        let text = self.append_tag(record.write(&self.key)).await?;
        if text.expose().len() > MAX_RECORD_SIZE {
            return Err(too_long());
        }
        let ttl = record.ttl(snapshot.now, self.retention);
        let mut swap = Swap::new(snapshot.text.clone(), Some(text), ttl);
        swap.notify = notify;
        let done = self.with_time_limit(self.store.swap(&self.key, swap)).await? == SwapOutcome::Done;
        if done {
            self.mark.raise(record.revision);
        }
        Ok(done)
    }

    pub(super) async fn with_time_limit<T>(
        &self,
        operation: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let limit = self.limit;
        let outcome = self.runtime.timeout(limit, operation).await;
        outcome.unwrap_or_else(|| Err(StoreError::timeout(limit)))
    }

    /// Waits a random time, so that processes that conflicted do not conflict again.
    pub(super) async fn pause(&self) {
        self.runtime
            .sleep(jitter::scaled(Duration::from_millis(10), jitter::unit()))
            .await;
    }

    /// The identity that an encrypted token is bound to: changing the key, the generation or the times, or moving the
    /// token to another record, makes decryption fail.
    pub(super) fn token_identity(&self, token: &SharedToken) -> Vec<u8> {
        let mut identity = b"evergrant token 1\0".to_vec();
        identity.extend_from_slice(self.key.to_string().as_bytes());
        let times = [token.issued, token.expires.unwrap_or(Duration::MAX)].map(millis);
        for number in [token.generation.0, times[0], times[1]] {
            identity.extend_from_slice(&number.to_be_bytes());
        }
        identity
    }

    pub(super) fn report_ignored(&self, problem: &dyn fmt::Display) {
        events::store_record_ignored(self.context.as_deref(), &self.key, problem);
    }
}

/// A record as it was loaded, and the clocks at that time.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot {
    pub(crate) record: Record,
    /// Whether the keys of this process open the record.
    pub(super) is_readable: bool,
    pub(super) text: Option<Secret>,
    /// The time on the engine's clock.
    pub(crate) now: StoreTime,
    before: Timestamp,
    after: Timestamp,
}

impl Snapshot {
    /// Converts a time of the engine's clock to this process's clocks; early rather than late.
    pub(crate) fn local_time(&self, time: StoreTime) -> Timestamp {
        match time.checked_sub(self.now) {
            Some(ahead) => self.before.plus(ahead),
            None => self.before.minus(self.now.saturating_sub(time)),
        }
    }

    /// Converts a time of this process's clocks to the engine's clock; early rather than late.
    pub(super) fn store_time(&self, time: Timestamp) -> StoreTime {
        let ago = self.after.elapsed_since(time);
        let ahead = time.elapsed_since(self.after);
        self.now.saturating_sub(ago).saturating_add(ahead)
    }
}

/// How a rule changes a record.
pub(crate) enum Edit<T> {
    /// The record stays unchanged.
    Leave(T),
    /// The record is written.
    Write(T),
    /// The record is written, and the other processes are notified.
    WriteAndNotify(T),
}

pub(super) fn unusable(error: RecordError) -> StoreError {
    StoreError::new(StoreErrorKind::Unusable, error.to_string())
}

/// The error of a user's token that this process cannot read. An event has the reason.
pub(super) fn unusable_token() -> StoreError {
    let problem = "this process cannot decrypt its token; see the event evergrant.store_record_ignored";
    StoreError::new(StoreErrorKind::Unusable, problem)
}

fn too_long() -> StoreError {
    let problem =
        format!("with this token it would have more than {MAX_RECORD_SIZE} bytes, so the token is not shared");
    StoreError::new(StoreErrorKind::Unusable, problem)
}

pub(crate) fn contended() -> StoreError {
    StoreError::new(StoreErrorKind::Contended, format!("{MAX_ATTEMPTS} attempts in a row"))
}
