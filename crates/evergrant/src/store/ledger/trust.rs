//! How much of a record is believed: somebody else may have written it, changed it, or put an older one in its place.

use super::Ledger;
use crate::Secret;
use crate::store::record::{Body, Record, RecordError, Tagged, with_tag};
use crate::store::seal::DynSeal;
use crate::store::{SealError, StoreError, StoreErrorKind};

/// How much of a record is believed, and why not all of it.
enum Trust {
    All,
    /// Who fetches, so that processes with different keys leave each other in peace; a lease does no more harm than it lasts.
    Lease(String),
    Nothing(String),
}

impl Ledger {
    /// As much of a record as is believed. `seen` is the revision that this process knew of before it read the text.
    pub(super) async fn believed(&self, text: &Secret, seen: u64) -> Result<Record, StoreError> {
        let record = match Record::read(text, &self.key) {
            Ok(record) => record,
            Err(RecordError::Newer) => return Err(super::unusable(RecordError::Newer)),
            Err(error) => {
                self.refuse(&error);
                return Ok(Record::above(seen));
            }
        };
        let trust = match self.trust(text, &record).await? {
            Trust::All if record.revision < seen => {
                Trust::Nothing("it is older than one that this process has seen".to_owned())
            }
            trust => trust,
        };
        match trust {
            Trust::All => {
                self.mark.raise(record.revision);
                Ok(record)
            }
            Trust::Lease(problem) => {
                self.refuse(&problem);
                let lease = record.lease;
                Ok(Record {
                    lease,
                    ..Record::above(seen)
                })
            }
            Trust::Nothing(problem) => {
                self.refuse(&problem);
                Ok(Record::above(seen))
            }
        }
    }

    async fn trust(&self, text: &Secret, record: &Record) -> Result<Trust, StoreError> {
        let (seal, tagged) = match (self.store.seal(), Tagged::of(text.expose())) {
            (None, None) => return Ok(Trust::All),
            (None, Some(_)) => return Ok(Trust::Lease("it is encrypted, and there are no keys".to_owned())),
            (Some(_), None) => {
                let problem = "it is not encrypted, and encryption is asked for";
                return Ok(Trust::Nothing(problem.to_owned()));
            }
            (Some(seal), Some(tagged)) => (seal, tagged),
        };
        let identity = self.record_identity(&tagged.record);
        match self.runtime.timeout(self.limit, seal.open(&identity, tagged.tag)).await {
            Some(Ok(_)) => Ok(Trust::All),
            Some(Err(error @ SealError::NoKey { .. })) => Ok(Trust::Lease(error.to_string())),
            Some(Err(SealError::NotAuthentic)) => Ok(Trust::Nothing(self.explained(seal, record).await)),
            Some(Err(error @ SealError::Keys(_))) => Err(StoreError::new(StoreErrorKind::Refused, error)),
            None => Err(StoreError::timeout(self.limit)),
        }
    }

    /// Why a tag is not the right one, as far as that shows: a key that is missing says more than that.
    async fn explained(&self, seal: &dyn DynSeal, record: &Record) -> String {
        if let Some(token) = &record.token
            && let Body::Sealed(sealed) = &token.body
            && let Some(Err(error @ SealError::NoKey { .. })) =
                self.runtime.timeout(self.limit, seal.open(&[], sealed)).await
        {
            return error.to_string();
        }
        SealError::NotAuthentic.to_string()
    }

    /// With the tag that other processes know it by, where there are keys.
    pub(super) async fn tagged(&self, record: Secret) -> Result<Secret, StoreError> {
        let Some(seal) = self.store.seal() else {
            return Ok(record);
        };
        let identity = self.record_identity(record.expose());
        let tag = self.sealed(seal, &identity, &Secret::from("")).await?;
        let tagged = with_tag(record.expose(), &tag).map(Secret::from);
        tagged.ok_or_else(|| {
            let problem = "a sealed text with quotation marks, backslashes or controls cannot be stored";
            StoreError::new(StoreErrorKind::Other, problem)
        })
    }

    /// What a tag is sealed for: every letter of the record, under this key and no other.
    fn record_identity(&self, record: &str) -> Vec<u8> {
        [
            b"evergrant record 1\0",
            self.key.to_string().as_bytes(),
            record.as_bytes(),
        ]
        .concat()
    }
}

#[cfg(all(test, not(evergrant_loom)))]
mod tests;
