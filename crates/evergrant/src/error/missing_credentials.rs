//! The error of a call whose credentials are not configured.

use std::fmt;
use std::sync::Arc;

use super::Error;

/// The error of an API call whose credentials are missing: the call has a [`Requirement`](crate::Requirement), and no
/// alternative of this requirement is completely configured. Nothing was sent.
#[derive(Clone, PartialEq, Eq)]
pub struct RequirementError {
    alternatives: Vec<UnmetAlternative>,
    pub(super) call: Option<Arc<str>>,
}

/// An alternative of a [`Requirement`](crate::Requirement) that lacks credentials. An alternative consists of
/// authentication schemes whose credentials are sent together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnmetAlternative {
    schemes: Vec<String>,
    missing: Vec<String>,
}

impl RequirementError {
    /// Returns the alternatives. The credentials of any one of them are sufficient for the API call.
    #[must_use]
    pub fn alternatives(&self) -> &[UnmetAlternative] {
        &self.alternatives
    }
}

impl UnmetAlternative {
    /// Creates an alternative from pairs of a scheme's name and whether it is configured.
    pub(crate) fn new<'a>(schemes: impl IntoIterator<Item = (&'a str, bool)>) -> Self {
        let mut alternative = Self {
            schemes: Vec::new(),
            missing: Vec::new(),
        };
        for (name, configured) in schemes {
            alternative.schemes.push(name.to_owned());
            if !configured {
                alternative.missing.push(name.to_owned());
            }
        }
        alternative
    }

    /// Returns the names of all authentication schemes of the alternative, as in the API's OpenAPI document.
    #[must_use]
    pub fn schemes(&self) -> &[String] {
        &self.schemes
    }

    /// Returns the names of those authentication schemes of the alternative whose credentials are not configured.
    #[must_use]
    pub fn missing(&self) -> &[String] {
        &self.missing
    }
}

impl fmt::Display for RequirementError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nothing was sent because credentials are not configured: this call needs ")?;
        for (index, alternative) in self.alternatives.iter().enumerate() {
            if index > 0 {
                f.write_str(", or ")?;
            }
            alternative.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for UnmetAlternative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, names: &[String]| {
            for (index, name) in names.iter().enumerate() {
                let separator = if index > 0 { " and " } else { "" };
                write!(f, "{separator}`{}`", name.escape_debug())?;
            }
            Ok(())
        };
        list(f, &self.schemes)?;
        if self.missing.len() < self.schemes.len() {
            f.write_str(" (missing: ")?;
            list(f, &self.missing)?;
            f.write_str(")")?;
        }
        Ok(())
    }
}

impl std::error::Error for RequirementError {}

impl Error {
    pub(crate) fn requirement_not_met(alternatives: Vec<UnmetAlternative>) -> Self {
        Self::RequirementNotMet(Arc::new(RequirementError {
            alternatives,
            call: None,
        }))
    }
}
