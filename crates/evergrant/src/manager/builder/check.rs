//! Refuses what cannot work, naming the setting.

use url::Url;

use super::TokenManagerBuilder;
use crate::error::BuildError;
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
                "grant_type" => "the grant's own constructor",
                "scope" => "scopes(..)",
                "client_id" => "the grant's constructor",
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
        if self.renewal.is_some_and(|share| !(share > 0.0 && share <= 1.0)) {
            return Err(BuildError::OutOfRange {
                setting: "renew_after",
                expected: "above 0 and at most 1",
            });
        }
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
        origin::check_endpoint("token_url", url, &self.plaintext)
    }
}

pub(in crate::manager) fn check_preset(token: &Token) -> Result<(), BuildError> {
    if token.access_token().fits_header() {
        Ok(())
    } else {
        Err(BuildError::InvalidToken)
    }
}
