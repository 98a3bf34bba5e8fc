//! Members of a token response that mean nothing to us, and may be secrets to the application.

use serde_json::Value;

use crate::Secret;

/// A member's value: a string as it is, anything else as its JSON text.
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

    /// The value, of the type that the server gave it.
    pub(super) fn value(&self) -> Value {
        let text = self.text.expose();
        match self.is_string {
            true => text.into(),
            false => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
        }
    }
}
