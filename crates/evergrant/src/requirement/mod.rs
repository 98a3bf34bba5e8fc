//! Which credentials a call needs: any of several alternatives, each of them all of several schemes, as in OpenAPI.

mod alternative;
mod builder;
mod used;

use std::fmt;
use std::sync::Arc;

use http::request;
use tracing::warn;

use self::alternative::{Alternative, Failure};
pub use self::builder::RequirementBuilder;
pub(crate) use self::used::{Used, UsedToken};
use crate::error::Error;
use crate::scheme::{OAuth, Scheme, SharedScheme};

/// The credentials that a call needs: any one of its alternatives, each of which is one scheme or several together. A cheap
/// clone.
///
/// For each request, the first alternative is taken whose schemes are all configured. If there is none, the call fails with
/// [`Error::RequirementNotMet`], which names the schemes, and nothing is sent.
///
/// OpenAPI's
/// ```yaml
/// security:
///   - apiKey: []
///     apiHeader: []
///   - basicAuth: []
/// ```
/// is
/// ```
/// use evergrant::Requirement;
/// use evergrant::scheme::{ApiKey, Basic};
///
/// let requirement = Requirement::of(ApiKey::in_query("apiKey", "api-key")?.with_key("not-a-real-key")?)
///     .and(ApiKey::in_header("apiHeader", "X-API-Key")?.with_key("not-a-real-key")?)
///     .or(Basic::new("basicAuth"))
///     .build()?;
/// # Ok::<(), evergrant::BuildError>(())
/// ```
#[derive(Clone)]
pub struct Requirement {
    alternatives: Arc<[Alternative]>,
    otherwise: Otherwise,
    fallback: Fallback,
}

/// What happens when no alternative is configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Otherwise {
    Refuse,
    SendNothing,
}

/// What happens when an alternative's token cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fallback {
    Off,
    AfterTransientFailures,
}

impl Requirement {
    /// Starts with one scheme, to which others are joined by `and` and `or`. A single scheme is a requirement by itself:
    /// `Requirement::from(scheme)`.
    pub fn of(scheme: impl Into<SharedScheme>) -> RequirementBuilder {
        RequirementBuilder::new(scheme.into())
    }

    /// No credentials at all (OpenAPI's `security: []`).
    #[must_use]
    pub fn none() -> Self {
        Self {
            alternatives: Arc::default(),
            otherwise: Otherwise::SendNothing,
            fallback: Fallback::Off,
        }
    }

    /// Writes the credentials that are to be used, if they are at hand; `None` leaves the head unchanged.
    #[inline]
    pub(crate) fn apply_now(&self, head: &mut request::Parts) -> Option<Used> {
        match self.configured().next() {
            Some((index, alternative)) => alternative.apply_now(index, head)?.ok(),
            None if self.otherwise == Otherwise::SendNothing => Some(Used::default()),
            None => None,
        }
    }

    /// Writes the credentials that are to be used, waiting for tokens. On `Err`, the head is unchanged.
    pub(crate) async fn apply(&self, head: &mut request::Parts) -> Result<Used, Error> {
        // The first failure is the one that is returned: its alternative is the preferred one, and may be back soon.
        let mut failed: Option<(&Alternative, Failure<'_>)> = None;
        for (index, alternative) in self.configured() {
            if let Some((from, failure)) = &failed {
                fallen_back(from, alternative, failure);
            }
            let failure = match alternative.apply(index, head).await {
                Ok(used) => return Ok(used),
                Err(failure) => failure,
            };
            let goes_on = self.fallback == Fallback::AfterTransientFailures && failure.is_transient();
            let (_, first) = failed.get_or_insert((alternative, failure));
            if !goes_on {
                return Err(first.error.clone());
            }
        }
        match (failed, self.otherwise) {
            (Some((_, failure)), _) => Err(failure.error),
            (None, Otherwise::SendNothing) => Ok(Used::default()),
            (None, Otherwise::Refuse) => Err(self.unmet()),
        }
    }

    /// The scheme of a token that this requirement was met with.
    pub(crate) fn oauth(&self, token: &UsedToken) -> Option<&OAuth> {
        self.alternatives.get(token.alternative)?.oauth(token.scheme)
    }

    fn configured(&self) -> impl Iterator<Item = (usize, &Alternative)> {
        let alternatives = self.alternatives.iter().enumerate();
        alternatives.filter(|(_, alternative)| alternative.is_configured())
    }

    #[cold]
    fn unmet(&self) -> Error {
        let alternatives = self.alternatives.iter().map(Alternative::unmet).collect();
        Error::requirement_not_met(alternatives)
    }

    fn of_one(scheme: SharedScheme) -> Self {
        Self {
            alternatives: Arc::new([Alternative::of_one(scheme)]),
            otherwise: Otherwise::Refuse,
            fallback: Fallback::Off,
        }
    }
}

impl<S: Scheme> From<S> for Requirement {
    fn from(scheme: S) -> Self {
        Self::of_one(scheme.into())
    }
}

impl From<OAuth> for Requirement {
    fn from(scheme: OAuth) -> Self {
        Self::of_one(scheme.into())
    }
}

impl fmt::Debug for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Requirement")
            .field("alternatives", &self.alternatives)
            .field("otherwise", &self.otherwise)
            .field("fallback", &self.fallback)
            .finish()
    }
}

/// One of the events on the crate's front page.
fn fallen_back(from: &Alternative, to: &Alternative, failure: &Failure<'_>) {
    warn!(
        name: "evergrant.fallback",
        target: "evergrant",
        client_id = failure.client.map(|client| client.client_id()),
        endpoint = failure.client.map(|client| client.endpoint()),
        from = %from,
        to = %to,
        error = %failure.error,
        "a token cannot be had, and the next alternative is used"
    );
}
