//! The additional members of a token response, which are kept for the application and may be secrets.

use serde_json::Value;

use crate::Secret;

/// The value of a member: a string as it is, any other value as JSON.
#[derive(Clone)]
pub(super) struct Extra {
    text: Secret,
    is_string: bool,
}

impl Extra {
    pub(super) fn new(value: &Value) -> Self {
        let is_string = value.is_string();
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Self {
            text: text.into(),
            is_string,
        }
    }

    pub(super) fn text(&self) -> &Secret {
        &self.text
    }

    /// Returns the value with its original type.
    pub(super) fn value(&self) -> Value {
        let text = self.text.expose();
        match self.is_string {
            true => text.into(),
            false => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
        }
    }
}
