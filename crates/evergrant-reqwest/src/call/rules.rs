//! What the application has said about its calls: who authorizes them, where credentials may go, what counts as a refusal.

use std::sync::Arc;

use evergrant::origin::AllowedOrigins;
use evergrant::{Authorizer, BuildError, rejects_token};
use http::{HeaderMap, response};
use reqwest::Response;

#[derive(Clone)]
pub(crate) struct Rules {
    pub(crate) authorizer: Authorizer,
    pub(crate) origins: AllowedOrigins,
    /// For requests to allowed origins.
    pub(crate) headers: HeaderMap,
    pub(crate) renew_when: Option<Arc<RenewWhen>>,
    /// Or else a response that leads elsewhere is returned.
    pub(crate) follow_redirects: bool,
}

type RenewWhen = dyn Fn(&response::Parts) -> bool + Send + Sync;

impl Rules {
    /// Whether the API refused the token: a 401, `invalid_token`, or whatever else `renew_when` takes for a refusal.
    pub(super) fn is_refusal(&self, response: &Response) -> bool {
        rejects_token(response.status(), response.headers(), || {
            self.renew_when.as_ref().is_some_and(|renew_when| {
                let (mut head, ()) = http::Response::new(()).into_parts();
                head.status = response.status();
                head.version = response.version();
                head.headers.clone_from(response.headers());
                renew_when(&head)
            })
        })
    }
}

/// As far as they have been said.
pub(crate) struct RulesBuilder {
    pub(crate) rules: Rules,
    /// Origins that have not been looked at.
    pub(crate) allowed: Vec<String>,
}

impl RulesBuilder {
    pub(crate) fn new(authorizer: Authorizer) -> Self {
        Self {
            rules: Rules {
                authorizer,
                origins: AllowedOrigins::default(),
                headers: HeaderMap::new(),
                renew_when: None,
                follow_redirects: true,
            },
            allowed: Vec::new(),
        }
    }

    pub(crate) fn renew_when(&mut self, rule: impl Fn(&response::Parts) -> bool + Send + Sync + 'static) {
        self.rules.renew_when = Some(Arc::new(rule));
    }

    pub(crate) fn build(mut self) -> Result<Rules, BuildError> {
        for text in &self.allowed {
            self.rules.origins.allow_text(text)?;
        }
        self.rules.origins.apply_relaxations()?;
        Ok(self.rules)
    }
}
