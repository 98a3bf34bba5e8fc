//! The credentials that an API call needs: one of several alternatives, each with one or more authentication schemes,
//! as in OpenAPI.

mod alternative;
mod builder;
mod used_tokens;

use std::fmt;
use std::sync::Arc;

use http::request;
use tracing::warn;

use self::alternative::{Alternative, Failure};
pub use self::builder::RequirementBuilder;
pub(crate) use self::used_tokens::{UsedToken, UsedTokens};
use crate::error::Error;
use crate::manager::TokenManager;
use crate::scheme::{OAuth, Scheme, SharedScheme};

/// The credentials that an API call needs: one of several alternatives, each of which consists of one or more
/// authentication schemes. It is the equivalent of `security` in an OpenAPI document. Cheap to clone.
///
/// Each call uses the first alternative whose schemes all have credentials. If there is none, the call fails with
/// [`Error::RequirementNotMet`], which names the schemes, and nothing is sent.
///
/// This is a requirement in an OpenAPI document.
/// ```yaml
/// security:
///   - apiKey: []
///     apiHeader: []
///   - basicAuth: []
/// ```
/// This is the same requirement in Rust.
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
    when_not_configured: WhenNotConfigured,
    fallback: Fallback,
}

/// The behaviour when no alternative is configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WhenNotConfigured {
    Reject,
    SendNothing,
}

/// The behaviour when fetching a token of an alternative fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fallback {
    Off,
    AfterTransientFailures,
}

impl Requirement {
    /// Returns a builder for a requirement whose first alternative starts with this authentication scheme. Add others
    /// with [`and`](RequirementBuilder::and) and [`or`](RequirementBuilder::or). For a requirement with only one
    /// scheme, use `Requirement::from(scheme)`.
    pub fn of(scheme: impl Into<SharedScheme>) -> RequirementBuilder {
        RequirementBuilder::new(scheme.into())
    }

    /// Creates the requirement of a call without credentials (OpenAPI's `security: []`).
    #[must_use]
    pub fn none() -> Self {
        Self {
            alternatives: Arc::default(),
            when_not_configured: WhenNotConfigured::SendNothing,
            fallback: Fallback::Off,
        }
    }

    /// Writes the credentials if they are available without waiting; `None` leaves the head unchanged.
    #[inline]
    pub(crate) fn apply_now(&self, head: &mut request::Parts) -> Option<UsedTokens> {
        match self.configured().next() {
            Some((index, alternative)) => alternative.apply_now(index, head)?.ok(),
            None if self.when_not_configured == WhenNotConfigured::SendNothing => Some(UsedTokens::default()),
            None => None,
        }
    }

    /// Writes the credentials, waiting for tokens. On `Err`, the head is unchanged.
    pub(crate) async fn apply(&self, head: &mut request::Parts) -> Result<UsedTokens, Error> {
        // The first failure is returned, because its alternative is the preferred one.
        let mut failed: Option<(&Alternative, Failure<'_>)> = None;
        for (index, alternative) in self.configured() {
            if let Some((from, failure)) = &failed {
                report_fallback(from, alternative, failure);
            }
            let failure = match alternative.apply(index, head).await {
                Ok(used) => return Ok(used),
                Err(failure) => failure,
            };
            let falls_back = self.fallback == Fallback::AfterTransientFailures && failure.is_transient();
            let (_, first) = failed.get_or_insert((alternative, failure));
            if !falls_back {
                return Err(first.error.clone());
            }
        }
        match (failed, self.when_not_configured) {
            (Some((_, failure)), _) => Err(failure.error),
            (None, WhenNotConfigured::SendNothing) => Ok(UsedTokens::default()),
            (None, WhenNotConfigured::Reject) => Err(self.unmet()),
        }
    }

    /// Returns the scheme of a token that was used for this requirement.
    pub(crate) fn oauth(&self, token: &UsedToken) -> Option<&OAuth> {
        self.alternatives.get(token.alternative)?.oauth(token.scheme)
    }

    /// Returns the token managers of all alternatives.
    pub(crate) fn managers(&self) -> impl Iterator<Item = &TokenManager> {
        let oauths = self.alternatives.iter().flat_map(Alternative::oauths);
        oauths.filter_map(OAuth::tokens)
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

    fn single(scheme: SharedScheme) -> Self {
        Self {
            alternatives: Arc::new([Alternative::single(scheme)]),
            when_not_configured: WhenNotConfigured::Reject,
            fallback: Fallback::Off,
        }
    }
}

impl<S: Scheme> From<S> for Requirement {
    fn from(scheme: S) -> Self {
        Self::single(scheme.into())
    }
}

impl From<OAuth> for Requirement {
    fn from(scheme: OAuth) -> Self {
        Self::single(scheme.into())
    }
}

impl fmt::Debug for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Requirement")
            .field("alternatives", &self.alternatives)
            .field("when_not_configured", &self.when_not_configured)
            .field("fallback", &self.fallback)
            .finish()
    }
}

/// Reports an event that the documentation of the crate lists.
fn report_fallback(from: &Alternative, to: &Alternative, failure: &Failure<'_>) {
    warn!(
        name: "evergrant.fallback",
        target: "evergrant",
        client_id = failure.client.map(|client| client.client_id()),
        endpoint = failure.client.map(|client| client.endpoint()),
        from = %from,
        to = %to,
        error = %failure.error,
        "fetching a token failed, and the next alternative is used"
    );
}
