//! A relaxation of a safety rule where all are forbidden.

use std::fmt;

use super::BuildError;

/// A `danger_*` setting is used in a process that forbids them all.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RelaxationForbidden {
    setting: &'static str,
}

impl RelaxationForbidden {
    pub(crate) fn new(setting: &'static str) -> Self {
        Self { setting }
    }

    /// The name of the setting.
    #[must_use]
    pub fn setting(&self) -> &'static str {
        self.setting
    }
}

impl fmt::Display for RelaxationForbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} is not allowed: this process forbids every relaxation of the safety rules (Relaxation::forbid_all); remove the setting",
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
