//! The builder of requirements, which detects schemes that would overwrite each other.

use std::fmt;

use super::alternative::{Alternative, Conflicts};
use super::{Fallback, Requirement, WhenNotConfigured};
use crate::error::BuildError;
use crate::scheme::SharedScheme;

/// Builds a [`Requirement`]: the alternative credentials that an API call needs. Created by [`Requirement::of`].
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

    /// Adds an authentication scheme to the alternative that was started last. The credentials of all schemes of an
    /// alternative are sent together.
    pub fn and(mut self, scheme: impl Into<SharedScheme>) -> Self {
        if let Some(alternative) = self.alternatives.last_mut() {
            alternative.push(scheme.into());
        }
        self
    }

    /// Starts another alternative with this authentication scheme. A call uses it if the credentials of no earlier
    /// alternative are completely configured.
    pub fn or(mut self, scheme: impl Into<SharedScheme>) -> Self {
        self.alternatives.push(vec![scheme.into()]);
        self
    }

    /// Allows a call to be sent without credentials if no alternative is completely configured (OpenAPI's `{}`, at any
    /// position of the list).
    pub fn or_none(mut self) -> Self {
        self.when_not_configured = WhenNotConfigured::SendNothing;
        self
    }

    /// Lets a call use the next configured alternative if fetching a token fails for a transient reason: the
    /// authorization server is unreachable, does not respond in time, or responds with 429 or 5xx. Each time, the event
    /// `evergrant.fallback` is emitted (level warn; fields `from`, `to`, `error`).
    ///
    /// If the authorization server rejects the token request, for example with `invalid_client`, the call fails. If all
    /// alternatives fail, the call fails with the first error: it is not sent without authentication, not even with
    /// [`or_none`](Self::or_none). If the API rejects the credentials, no other alternative is used. Off by default,
    /// because a fallback hides outages and may act under another identity.
    pub fn with_fallback(mut self) -> Self {
        self.fallback = Fallback::AfterTransientFailures;
        self
    }

    /// Allows authentication schemes of one alternative to write to the same location, such as the `Authorization`
    /// header. Only the credentials of the scheme listed last are then sent there. The credentials of the other schemes
    /// must be configured nevertheless, but no token is fetched for them.
    pub fn allow_header_conflict(mut self) -> Self {
        self.conflicts = Conflicts::LastListedWins;
        self
    }

    /// Builds the requirement of an API call.
    ///
    /// # Errors
    /// [`BuildError::HeaderConflict`] if two schemes of one alternative write to the same location. It contains their
    /// names.
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
