//! Several API keys that are one credential.

use evergrant::Error;
use evergrant::scheme::{ApiKey, Place, Scheme};
use http::request;

/// All of them are configured, or none is.
#[derive(Debug)]
pub(super) struct Keys {
    pub(super) name: &'static str,
    pub(super) keys: Vec<ApiKey>,
}

impl Scheme for Keys {
    fn name(&self) -> &str {
        self.name
    }

    fn places(&self) -> Vec<Place> {
        self.keys.iter().flat_map(Scheme::places).collect()
    }

    fn is_configured(&self) -> bool {
        self.keys.iter().all(Scheme::is_configured)
    }

    fn apply(&self, head: &mut request::Parts) -> Result<(), Error> {
        let before = (self.keys.len() > 1).then(|| (head.headers.clone(), head.uri.clone()));
        let outcome = self.keys.iter().try_for_each(|key| key.apply(head));
        if outcome.is_err()
            && let Some((headers, uri)) = before
        {
            (head.headers, head.uri) = (headers, uri);
        }
        outcome
    }
}
