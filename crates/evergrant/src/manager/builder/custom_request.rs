//! Token requests with a format of their own: their server, and the settings that do not apply to them.

use std::sync::Arc;

use http::header::AUTHORIZATION;
use url::Url;

use super::TokenManagerBuilder;
use crate::client_auth::{ClientAuth as _, NoClientAuth};
use crate::error::BuildError;
use crate::grant::Grant;
use crate::token_endpoint::{CustomRequest, SharedCustomRequest};

/// The server of requests with a format of their own.
pub(crate) struct CustomServer {
    pub(super) request: SharedCustomRequest,
    url: String,
    /// The setting with the URL.
    setting: &'static str,
}

impl CustomServer {
    pub(crate) fn new(request: impl CustomRequest + 'static, url: String, setting: &'static str) -> Self {
        let request = Arc::new(request);
        Self { request, url, setting }
    }
}

impl<G: Grant> TokenManagerBuilder<G> {
    /// Sends requests with a format of their own to this server.
    pub(crate) fn custom_server(mut self, server: CustomServer) -> Self {
        self.custom_server = Some(server);
        self
    }

    /// Validates the URL of the server, and that no setting is set that such requests ignore.
    pub(super) fn check_custom_server(&self, server: &CustomServer) -> Result<Url, BuildError> {
        if let Some(setting) = self.ignored_setting()? {
            let problem = format!(
                "the token requests of `{}` have a format of their own, which does not contain it; remove the setting",
                self.grant.name()
            );
            return Err(BuildError::InvalidSetting { setting, problem });
        }
        let url = self.plaintext.parse_endpoint(server.setting, &server.url)?;
        match url.query() {
            None => Ok(url),
            Some(_) => Err(BuildError::InvalidUrl {
                setting: server.setting,
                problem: "it has a query; remove it".to_owned(),
            }),
        }
    }

    /// Returns a setting that requests with a format of their own ignore.
    fn ignored_setting(&self) -> Result<Option<&'static str>, BuildError> {
        let parameter = self.parameters.first().map(|(name, _)| match name.as_str() {
            "audience" => "audience",
            "resource" => "resource",
            _ => "param",
        });
        let sends_authorization = self.options.check(&self.auth)?.contains_key(AUTHORIZATION);
        let settings = [
            (self.token_url.is_some(), "token_url"),
            (self.issuer.is_some(), "issuer"),
            (self.auth.name() != NoClientAuth.name(), "client_auth"),
            (self.proof.is_some(), "proof"),
            (sends_authorization, "the header `Authorization`"),
        ];
        let ignored = settings.into_iter().find_map(|(is_set, name)| is_set.then_some(name));
        Ok(parameter.or(ignored).or(self.options.format_setting()))
    }
}
