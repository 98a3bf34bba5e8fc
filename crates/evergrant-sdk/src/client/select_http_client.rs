//! Selects the HTTP client of a call: one for each pair of requirement and server.

use std::time::Duration;

use evergrant::Scopes;
use http::{HeaderName, HeaderValue};

use super::Shared;
use crate::call::Backend;
use crate::error::Error;
use crate::metadata::{Operation, RequiredScheme};

impl Backend for Shared {
    fn http_client(&self, operation: &Operation) -> Result<&evergrant_reqwest::Client, Error> {
        self.servers.url(operation.server).map_err(Error::Request)?;
        let unknown = || Error::Request("the description does not contain its server or requirement".to_owned());
        let (server, requirement) = (operation.server, operation.requirement);
        let client = self.clients.get(server).and_then(Option::as_ref).ok_or_else(unknown)?;
        let authorizer = self.authorizers.get(requirement).ok_or_else(unknown)?;
        let index = requirement * self.clients.len() + server;
        let cell = self.authorized_clients.get(index).ok_or_else(unknown)?;
        Ok(cell.get_or_init(|| client.with_authorizer(authorizer.clone())))
    }

    fn server_url(&self, server: usize) -> Option<&str> {
        self.servers.url(server).ok()
    }

    fn header(&self, name: &HeaderName) -> Option<&HeaderValue> {
        self.configuration.headers.get(name)
    }

    fn timeout(&self) -> Duration {
        self.configuration.timeout
    }

    fn missing_scopes(&self, operation: &Operation) -> Scopes {
        let is_configured = |required: &RequiredScheme| {
            let scheme = self.configuration.schemes.get(required.scheme);
            scheme.is_some_and(|scheme| scheme.credentials.is_some())
        };
        let requirement = self.configuration.api.requirements.get(operation.requirement);
        let alternatives = requirement.map_or(&[][..], |requirement| requirement.alternatives);
        let used = alternatives
            .iter()
            .find(|alternative| alternative.iter().all(is_configured));
        let mut missing_scopes = Scopes::default();
        for required in used.into_iter().copied().flatten() {
            if let Some(Some(tokens)) = self.tokens.get(required.scheme) {
                let scopes: Scopes = required.scopes.iter().collect();
                missing_scopes.extend(tokens.missing_scopes(&scopes).iter());
            }
        }
        missing_scopes
    }
}
