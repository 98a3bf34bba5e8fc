//! A scheme of several API keys that form one credential.

use evergrant::Error;
use evergrant::scheme::{ApiKey, Location, Scheme};
use http::request;

/// Several API keys. Either all of them are configured or none.
#[derive(Debug)]
pub(super) struct ApiKeySet {
    pub(super) name: &'static str,
    pub(super) keys: Vec<ApiKey>,
}

impl Scheme for ApiKeySet {
    fn name(&self) -> &str {
        self.name
    }

    fn locations(&self) -> Vec<Location> {
        self.keys.iter().flat_map(Scheme::locations).collect()
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
