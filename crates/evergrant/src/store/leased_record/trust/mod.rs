//! Decides how much of a record is trusted, because another party may have written it, changed it, or restored an older
//! one.

use super::LeasedRecord;
use crate::Secret;
use crate::store::record::{Body, Record, RecordError, Tagged, with_tag};
use crate::store::token_encryption::DynSeal;
use crate::store::{SealError, StoreError, StoreErrorKind};

/// How much of a record is trusted, with the reason if it is not trusted fully.
enum Trust {
    Full,
    /// Only the lease, so that processes with different keys do not disturb each other. A forged lease has a limited
    /// effect, because leases expire.
    LeaseOnly(String),
    None(String),
}

impl LeasedRecord {
    /// Returns the trusted part of a record, and whether the keys of this process open it. `seen` is the highest
    /// revision that this process knew before it read the text.
    pub(super) async fn trusted_part(&self, text: &Secret, seen: u64) -> Result<(Record, bool), StoreError> {
        let record = match Record::read(text, &self.key) {
            Ok(record) => record,
            Err(RecordError::Newer) => return Err(super::unusable(RecordError::Newer)),
            Err(error) => {
                self.report_ignored(&error);
                return Ok((Record::empty_above(seen), true));
            }
        };
        let trust = match self.trust(text, &record).await? {
            Trust::Full if record.revision < seen => {
                Trust::None("it is older than a record that this process has already seen".to_owned())
            }
            trust => trust,
        };
        match trust {
            Trust::Full => {
                self.mark.raise(record.revision);
                Ok((record, true))
            }
            Trust::LeaseOnly(problem) => {
                self.report_ignored(&problem);
                let lease = record.lease;
                let record = Record {
                    lease,
                    ..Record::empty_above(seen)
                };
                Ok((record, false))
            }
            Trust::None(problem) => {
                self.report_ignored(&problem);
                Ok((Record::empty_above(seen), true))
            }
        }
    }

    async fn trust(&self, text: &Secret, record: &Record) -> Result<Trust, StoreError> {
        let (seal, tagged) = match (self.store.seal(), Tagged::of(text.expose())) {
            (None, None) => return Ok(Trust::Full),
            (None, Some(_)) => {
                return Ok(Trust::LeaseOnly(
                    "it is encrypted, and this process has no keys".to_owned(),
                ));
            }
            (Some(_), None) => {
                let problem = "it is not encrypted, but this process requires encryption";
                return Ok(Trust::None(problem.to_owned()));
            }
            (Some(seal), Some(tagged)) => (seal, tagged),
        };
        let identity = self.record_identity(&tagged.record);
        match self.runtime.timeout(self.limit, seal.open(&identity, tagged.tag)).await {
            Some(Ok(_)) => Ok(Trust::Full),
            Some(Err(error @ SealError::UnknownKey { .. })) => Ok(Trust::LeaseOnly(error.to_string())),
            Some(Err(SealError::NotAuthentic)) => Ok(Trust::None(self.explain_mismatch(seal, record).await)),
            Some(Err(error @ SealError::KeysUnavailable(_))) => Err(StoreError::new(StoreErrorKind::Rejected, error)),
            None => Err(StoreError::timeout(self.limit)),
        }
    }

    /// Explains why a tag is invalid; the name of a missing key is more useful than "not authentic".
    async fn explain_mismatch(&self, seal: &dyn DynSeal, record: &Record) -> String {
        if let Some(token) = &record.token
            && let Body::Sealed(sealed) = &token.body
            && let Some(Err(error @ SealError::UnknownKey { .. })) =
                self.runtime.timeout(self.limit, seal.open(&[], sealed)).await
        {
            return error.to_string();
        }
        SealError::NotAuthentic.to_string()
    }

    /// Appends the authentication tag if the store is encrypted.
    pub(super) async fn append_tag(&self, record: Secret) -> Result<Secret, StoreError> {
        let Some(seal) = self.store.seal() else {
            return Ok(record);
        };
        let identity = self.record_identity(record.expose());
        let tag = self.encrypt(seal, &identity, &Secret::from("")).await?;
        let tagged = with_tag(record.expose(), &tag).map(Secret::from);
        tagged.ok_or_else(|| {
            let problem = "a sealed text with quotation marks, backslashes or control characters cannot be stored";
            StoreError::new(StoreErrorKind::Other, problem)
        })
    }

    /// The identity that a tag is bound to: the full text of the record, and its key.
    fn record_identity(&self, record: &str) -> Vec<u8> {
        [
            b"evergrant record 1\0",
            self.key.to_string().as_bytes(),
            record.as_bytes(),
        ]
        .concat()
    }
}

#[cfg(test)]
#[cfg(not(evergrant_loom))]
mod tests;
