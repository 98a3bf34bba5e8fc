//! The error of a `danger_*` setting in a process that forbids them.

use std::fmt;

use super::BuildError;

/// The error of a `danger_*` setting in a process that forbids all of them
/// ([`Relaxation::forbid_all`](crate::Relaxation::forbid_all)).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RelaxationForbidden {
    setting: &'static str,
}

impl RelaxationForbidden {
    pub(crate) fn new(setting: &'static str) -> Self {
        Self { setting }
    }

    /// Returns the name of the `danger_*` setting that was used.
    #[must_use]
    pub fn setting(&self) -> &'static str {
        self.setting
    }
}

impl fmt::Display for RelaxationForbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} is not allowed: this process forbids all relaxations of safety rules (Relaxation::forbid_all); remove the setting",
            self.setting
        )
    }
}

impl std::error::Error for RelaxationForbidden {}

impl From<RelaxationForbidden> for BuildError {
    fn from(forbidden: RelaxationForbidden) -> Self {
        Self::RelaxationForbidden(forbidden)
    }
}
