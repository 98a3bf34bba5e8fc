//! Refuses what cannot work, naming the setting.

use std::collections::HashSet;

use url::Url;

use super::TokenManagerBuilder;
use crate::error::BuildError;
use crate::exchange::may_repeat;
use crate::origin;
use crate::token::Token;

impl TokenManagerBuilder {
    pub(super) fn check(&self) -> Result<Url, BuildError> {
        if self.client_id.is_empty() {
            return Err(BuildError::EmptyClientId);
        }
        if let Some(scope) = self.scopes.first_invalid() {
            return Err(BuildError::InvalidScope {
                scope: scope.to_owned(),
            });
        }
        for (name, _) in &self.parameters {
            let instead = match name.as_str() {
                "grant_type" => "the grant's own constructor, or TokenEndpointOptions::grant_type(..)",
                "scope" => "scopes(..)",
                "client_id" => {
                    "the grant's constructor; TokenEndpointOptions::client_id_in_body() sends it in the body too"
                }
                "client_secret" => "the grant's constructor, and client_auth(ClientAuth::Post)",
                "username" | "password" => "Password::new(..)",
                "refresh_token" => "token(..), with a token that has one",
                "code" | "code_verifier" => "TokenManager::sign_in()",
                "redirect_uri" => "redirect_uri(..)",
                _ => continue,
            };
            let name = name.clone();
            return Err(BuildError::ReservedParameter { name, instead });
        }
        check_repetition(&self.parameters)?;
        if self.renewal.is_some_and(|share| !(share > 0.0 && share <= 1.0)) {
            return Err(BuildError::OutOfRange {
                setting: "renew_after",
                expected: "above 0 and at most 1",
            });
        }
        self.options.check_response()?;
        self.check_store()?;
        let limits = [
            ("attempt_timeout", self.attempt_timeout),
            ("flight_timeout", self.flight_timeout),
            ("max_wait", self.max_wait),
        ];
        if let Some((setting, _)) = limits.into_iter().find(|(_, limit)| limit.is_zero()) {
            let expected = "longer than zero";
            return Err(BuildError::OutOfRange { setting, expected });
        }
        if let Some(token) = &self.token {
            check_preset(token)?;
        }
        let url = self.token_url.as_deref().ok_or(BuildError::MissingTokenUrl)?;
        let url = origin::check_endpoint("token_url", url, &self.plaintext)?;
        self.check_query(&url)?;
        Ok(url)
    }

    /// The URL's query is sent too (RFC 6749 section 3.2), so that it has nothing that the body has.
    fn check_query(&self, url: &Url) -> Result<(), BuildError> {
        let in_body: HashSet<&str> = self.parameters.iter().map(|(name, _)| name.as_str()).collect();
        let is_sent = |name: &str| match name {
            "grant_type" | "client_secret" => true,
            "scope" => !self.scopes.is_empty(),
            "client_id" => self.options.client_id_in_body || !self.auth.is_in_header(),
            _ => in_body.contains(name),
        };
        let Some((name, _)) = url.query_pairs().find(|(name, _)| is_sent(name)) else {
            return Ok(());
        };
        let name = name.escape_debug();
        Err(BuildError::InvalidUrl {
            setting: "token_url",
            problem: match name.to_string().as_str() {
                "client_secret" => "it has `client_secret` in its query, which logs would show".to_owned(),
                "grant_type" => {
                    "it has `grant_type` in its query, and the request has it in its body; leave it out, and give a \
                    grant type of the server's own as an option of the token endpoint"
                        .to_owned()
                }
                _ => format!("it has `{name}` in its query, and the request has it in its body; leave it out"),
            },
        })
    }
}

/// Refuses a parameter that is given twice.
pub(super) fn check_repetition(parameters: &[(String, String)]) -> Result<(), BuildError> {
    let mut names = HashSet::new();
    let repeated = parameters
        .iter()
        .find(|(name, _)| !may_repeat(name) && !names.insert(name));
    match repeated {
        Some((name, _)) => Err(BuildError::RepeatedParameter { name: name.clone() }),
        None => Ok(()),
    }
}

pub(in crate::manager) fn check_preset(token: &Token) -> Result<(), BuildError> {
    if token.access_token().fits_header() {
        Ok(())
    } else {
        Err(BuildError::InvalidToken)
    }
}
