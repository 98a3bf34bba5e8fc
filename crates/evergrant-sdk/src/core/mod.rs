//! A built client.

use evergrant::TokenManager;

use crate::describe::Operation;
use crate::{Call, Settings};

/// A built client, on which generated ones stand. A cheap clone.
#[derive(Debug, Clone)]
pub struct Core {
    pub(crate) settings: Settings,
}

impl Core {
    /// Starts a call of an operation.
    #[must_use]
    pub fn request(&self, operation: &'static Operation) -> Call {
        Call::new(self.clone(), operation)
    }

    /// The settings that it was built with. A client that is built of them shares what they have in common.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.settings.clone()
    }

    /// The tokens of an OAuth or session scheme, if it is configured.
    #[must_use]
    pub fn manager(&self, _scheme: usize) -> Option<&TokenManager> {
        None
    }
}
