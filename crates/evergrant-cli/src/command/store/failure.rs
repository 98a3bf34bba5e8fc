//! A store's failures as the program's: whether it could not be reached, or cannot be used.

use evergrant::store::{StoreError, StoreErrorKind};

use crate::failure::{Failure, Kind};
use crate::store::Place;

/// The store at this place failed.
pub(super) fn of(place: &Place, error: &StoreError) -> Failure {
    Failure::new(kind(error), format!("{}: {error}", place.shown()))
}

pub(super) fn kind(error: &StoreError) -> Kind {
    match error.kind() {
        StoreErrorKind::Unavailable | StoreErrorKind::Timeout | StoreErrorKind::Contended => Kind::Unreachable,
        _ => Kind::Usage,
    }
}
