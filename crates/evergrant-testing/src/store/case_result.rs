//! The result of a conformance case.

use evergrant::store::StoreError;

/// The result of a case or of one of its steps.
pub(super) type CaseResult<T = ()> = Result<T, CaseError>;

#[derive(Debug)]
pub(super) enum CaseError {
    Failed(String),
    Skipped(String),
}

impl From<StoreError> for CaseError {
    fn from(error: StoreError) -> Self {
        Self::Failed(format!("a store operation failed: {error}"))
    }
}

/// Fails the case with a message.
macro_rules! fail {
    ($($message:tt)+) => {
        return Err($crate::store::case_result::CaseError::Failed(format!($($message)+)))
    };
}

/// Fails the case unless the condition holds.
macro_rules! ensure {
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            $crate::store::case_result::fail!($($message)+);
        }
    };
}

pub(super) use {ensure, fail};
