//! How a case ends before its end.

use evergrant::store::StoreError;

/// What a case, or a step of one, comes to.
pub(super) type Verdict<T = ()> = Result<T, Stop>;

#[derive(Debug)]
pub(super) enum Stop {
    Failed(String),
    Skipped(String),
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Failed(format!("an operation failed: {error}"))
    }
}

/// Ends the case as failed.
macro_rules! fail {
    ($($message:tt)+) => {
        return Err($crate::store::verdict::Stop::Failed(format!($($message)+)))
    };
}

/// Ends the case as failed unless the condition holds.
macro_rules! ensure {
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            $crate::store::verdict::fail!($($message)+);
        }
    };
}

pub(super) use {ensure, fail};
