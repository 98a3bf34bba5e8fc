//! The builder of requirements, which detects schemes that would overwrite each other.

use std::fmt;

use super::alternative::{Alternative, Conflicts};
use super::{Fallback, Requirement, WhenNotConfigured};
use crate::error::BuildError;
use crate::scheme::SharedScheme;

/// Builder for a [`Requirement`]. Created by [`Requirement::of`].
///
/// `a.and(b).or(c)` means (a and b) or c.
#[must_use = "a builder does nothing until `build` is called"]
pub struct RequirementBuilder {
    alternatives: Vec<Vec<SharedScheme>>,
    when_not_configured: WhenNotConfigured,
    fallback: Fallback,
    conflicts: Conflicts,
}

impl RequirementBuilder {
    pub(super) fn new(scheme: SharedScheme) -> Self {
        Self {
            alternatives: vec![vec![scheme]],
            when_not_configured: WhenNotConfigured::Reject,
            fallback: Fallback::Off,
            conflicts: Conflicts::Reject,
        }
    }

    /// Adds a scheme to the current alternative. The credentials of all schemes of an alternative are sent together.
    pub fn and(mut self, scheme: impl Into<SharedScheme>) -> Self {
        if let Some(alternative) = self.alternatives.last_mut() {
            alternative.push(scheme.into());
        }
        self
    }

    /// Starts another alternative with this scheme. The alternative is used if no earlier alternative is configured.
    pub fn or(mut self, scheme: impl Into<SharedScheme>) -> Self {
        self.alternatives.push(vec![scheme.into()]);
        self
    }

    /// Sends the call without credentials if no alternative is configured (OpenAPI's `{}`, at any position).
    pub fn or_none(mut self) -> Self {
        self.when_not_configured = WhenNotConfigured::SendNothing;
        self
    }

    /// Uses the next configured alternative when fetching a token fails for a transient reason: the authorization
    /// server is unreachable, does not respond in time, or responds with 429 or 5xx. Each time, the event
    /// `evergrant.fallback` (warn; `from`, `to`, `error`) is reported.
    ///
    /// A rejection such as `invalid_client` ends the call, as does a failure of the last alternative; the call is never
    /// sent without authentication, not even with [`or_none`](Self::or_none). If all fail, the first failure is
    /// returned. Rejections by the API do not lead to another alternative. Off by default, because a fallback hides
    /// outages and may act under another identity.
    pub fn with_fallback(mut self) -> Self {
        self.fallback = Fallback::AfterTransientFailures;
        self
    }

    /// Allows schemes of one alternative to write to the same location: the credentials of the scheme listed last are
    /// sent. The other schemes must be configured nevertheless, and no token is fetched for them.
    pub fn allow_header_conflict(mut self) -> Self {
        self.conflicts = Conflicts::LastListedWins;
        self
    }

    /// Builds the requirement.
    ///
    /// # Errors
    /// [`BuildError::HeaderConflict`] with the names of two schemes of one alternative that write to the same location.
    pub fn build(self) -> Result<Requirement, BuildError> {
        let alternatives = self.alternatives.into_iter();
        let alternatives: Result<_, _> = alternatives
            .map(|schemes| Alternative::new(schemes, self.conflicts))
            .collect();
        Ok(Requirement {
            alternatives: alternatives?,
            when_not_configured: self.when_not_configured,
            fallback: self.fallback,
        })
    }
}

impl fmt::Debug for RequirementBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequirementBuilder")
            .field("alternatives", &self.alternatives)
            .finish_non_exhaustive()
    }
}
