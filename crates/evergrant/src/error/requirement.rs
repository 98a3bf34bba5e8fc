//! The error of a call whose credentials are not configured.

use std::fmt;
use std::sync::Arc;

use super::Error;

/// No alternative of a requirement has all its credentials configured; nothing was sent.
#[derive(Clone, PartialEq, Eq)]
pub struct RequirementError {
    alternatives: Vec<UnmetAlternative>,
    pub(super) call: Option<Arc<str>>,
}

/// An alternative of a requirement that is not met: schemes whose credentials are needed together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnmetAlternative {
    schemes: Vec<String>,
    missing: Vec<String>,
}

impl RequirementError {
    /// Returns the alternatives; the credentials of any one of them are sufficient.
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

    /// Returns the names of all schemes of the alternative, as in the API's description.
    #[must_use]
    pub fn schemes(&self) -> &[String] {
        &self.schemes
    }

    /// Returns the names of those schemes of the alternative that have no credentials configured.
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
