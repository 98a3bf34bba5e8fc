//! Puts a requirement together, and refuses schemes that would overwrite each other.

use std::fmt;

use super::alternative::{Alternative, Conflicts};
use super::{Fallback, Otherwise, Requirement};
use crate::error::BuildError;
use crate::scheme::SharedScheme;

/// A [`Requirement`] in the making. Started by [`Requirement::of`].
///
/// `a.and(b).or(c)` reads as (a and b), or c.
#[must_use = "a builder does nothing until `build` is called"]
pub struct RequirementBuilder {
    alternatives: Vec<Vec<SharedScheme>>,
    otherwise: Otherwise,
    fallback: Fallback,
    conflicts: Conflicts,
}

impl RequirementBuilder {
    pub(super) fn new(scheme: SharedScheme) -> Self {
        Self {
            alternatives: vec![vec![scheme]],
            otherwise: Otherwise::Refuse,
            fallback: Fallback::Off,
            conflicts: Conflicts::Refuse,
        }
    }

    /// Adds a scheme to the alternative that was begun last; its credentials are sent together with the others.
    pub fn and(mut self, scheme: impl Into<SharedScheme>) -> Self {
        if let Some(alternative) = self.alternatives.last_mut() {
            alternative.push(scheme.into());
        }
        self
    }

    /// Begins another alternative, for when those before it are not configured.
    pub fn or(mut self, scheme: impl Into<SharedScheme>) -> Self {
        self.alternatives.push(vec![scheme.into()]);
        self
    }

    /// Sends the call without credentials when no alternative is configured (OpenAPI's `{}`, wherever it is listed).
    pub fn or_none(mut self) -> Self {
        self.otherwise = Otherwise::SendNothing;
        self
    }

    /// Moves on to the next configured alternative when a token cannot be had for a reason that may pass by itself: the
    /// authorization server is not reached, does not answer in time, or says 429 or 5xx. Each time, the event
    /// `evergrant.fallback` (warn; `from`, `to`, `error`) says so.
    ///
    /// A refusal such as `invalid_client` ends the call, as does a failure of the last alternative; it never goes out
    /// without authentication, not even with [`or_none`](Self::or_none). When all fail, the first failure is returned.
    /// Whether the API accepts the credentials plays no part. Off by default, since it hides an outage and may act under
    /// another identity.
    pub fn with_fallback(mut self) -> Self {
        self.fallback = Fallback::AfterTransientFailures;
        self
    }

    /// Lets schemes of one alternative write the same header, query key or cookie: the last listed is sent. The others must
    /// be configured all the same, and no token is fetched for them.
    pub fn allow_header_conflict(mut self) -> Self {
        self.conflicts = Conflicts::LastListedWins;
        self
    }

    /// Builds the requirement.
    ///
    /// # Errors
    /// [`BuildError::HeaderConflict`] when two schemes of one alternative write the same place; it names both.
    pub fn build(self) -> Result<Requirement, BuildError> {
        let alternatives = self.alternatives.into_iter();
        let alternatives: Result<_, _> = alternatives
            .map(|schemes| Alternative::new(schemes, self.conflicts))
            .collect();
        Ok(Requirement {
            alternatives: alternatives?,
            otherwise: self.otherwise,
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
