//! Converts store errors: the store could not be reached, or cannot be used.

use evergrant::store::{StoreError, StoreErrorKind};
use evergrant_profile::StoreLocation;

use crate::failure::{Failure, Kind};

/// A failure of the store at this location.
pub(super) fn of(location: &StoreLocation, error: &StoreError) -> Failure {
    Failure::new(kind(error), format!("{location}: {error}"))
}

pub(super) fn kind(error: &StoreError) -> Kind {
    match error.kind() {
        StoreErrorKind::Unavailable | StoreErrorKind::Timeout | StoreErrorKind::Contended => Kind::Unreachable,
        _ => Kind::Usage,
    }
}
