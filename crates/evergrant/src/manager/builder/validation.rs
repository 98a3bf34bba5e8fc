//! Validates the settings of a token manager when it is built.

use std::collections::HashSet;

use url::Url;

use super::TokenManagerBuilder;
use crate::authorization_details::{AUTHORIZATION_DETAILS, canonical};
use crate::discovery::Issuer;
use crate::encoding::may_repeat;
use crate::error::BuildError;
use crate::grant::Grant;
use crate::token::Token;
use crate::token_endpoint::ClientKeys;

/// Where the authorization server is.
pub(super) enum CheckedServer {
    TokenUrl(Url),
    /// The metadata of this issuer has the token endpoint.
    Issuer(Issuer),
}

impl CheckedServer {
    /// Returns the URL that errors and events name.
    pub(super) fn url(&self) -> &Url {
        match self {
            Self::TokenUrl(url) => url,
            Self::Issuer(issuer) => issuer.url(),
        }
    }
}

impl<G: Grant> TokenManagerBuilder<G> {
    /// Validates all settings but those of a sign-in. Returns where the authorization server is.
    pub(super) fn check(&self) -> Result<CheckedServer, BuildError> {
        if self.client_id.is_empty() {
            return Err(BuildError::EmptyClientId);
        }
        if let Some(scope) = self.scopes.first_invalid() {
            return Err(BuildError::InvalidScope {
                scope: scope.to_owned(),
            });
        }
        let issuer = self.issuer.as_deref();
        self.grant.check(issuer)?;
        self.auth.check(issuer)?;
        for (name, _) in &self.parameters {
            let instead = match name.as_str() {
                "grant_type" => "the constructor of the grant, or grant_type(..) of client credentials",
                "scope" => "scopes(..)",
                "client_id" => {
                    "the builder of the grant; TokenEndpointOptions::client_id_in_body() also sends it in the body"
                }
                "client_secret" => "ClientSecretPost::new(..) as the client authentication",
                "username" | "password" => "Password::new(..)",
                "refresh_token" => "token(..), with a token that has one",
                "code" | "code_verifier" => "TokenManager::sign_in()",
                "redirect_uri" => "redirect_uri(..)",
                AUTHORIZATION_DETAILS => "authorization_details(..)",
                name if self.auth.parameters().contains(&name) => "the client authentication method",
                name if self.grant.parameters().contains(&name) => "the constructor and the methods of the grant",
                _ => continue,
            };
            let name = name.clone();
            return Err(BuildError::ReservedParameter { name, instead });
        }
        check_repetition(&self.parameters)?;
        if let Some(proof) = &self.proof {
            // RFC 9110 section 5.6.2; no registered scheme is longer than 64 bytes.
            let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
            let scheme = proof.scheme();
            if scheme.is_empty() || scheme.len() > 64 || !scheme.bytes().all(is_token) {
                let problem = "its scheme is not a valid name of an authentication scheme, such as `DPoP`".to_owned();
                return Err(BuildError::InvalidSetting {
                    setting: "proof",
                    problem,
                });
            }
        }
        if self.renewal.is_some_and(|share| !(share > 0.0 && share <= 1.0)) {
            return Err(BuildError::OutOfRange {
                setting: "renew_after",
                expected: "above 0 and at most 1",
            });
        }
        self.options.check_response()?;
        self.check_store()?;
        if let Some((setting, _)) = self.limits.by_name().into_iter().find(|(_, limit)| limit.is_zero()) {
            let expected = "longer than zero";
            return Err(BuildError::OutOfRange { setting, expected });
        }
        if let Some(token) = &self.token {
            let keys = ClientKeys {
                proof: self.proof.clone(),
                auth: self.auth.clone(),
            };
            check_initial_token(token, &keys)?;
        }
        if let Some(server) = &self.custom_server {
            return self.check_custom_server(server).map(CheckedServer::TokenUrl);
        }
        match (&self.token_url, &self.issuer) {
            (Some(url), _) => {
                let url = self.plaintext.parse_endpoint("token_url", url)?;
                self.check_query(&url)?;
                Ok(CheckedServer::TokenUrl(url))
            }
            (None, Some(issuer)) => Issuer::parse(issuer, &self.plaintext).map(CheckedServer::Issuer),
            (None, None) => Err(BuildError::MissingTokenUrl),
        }
    }

    /// Checks the authorization details, and adds them to the parameters.
    pub(super) fn add_authorization_details(&mut self) -> Result<(), BuildError> {
        let Some(json) = self.authorization_details.take() else {
            return Ok(());
        };
        let setting = AUTHORIZATION_DETAILS;
        let details = canonical(&json).map_err(|problem| BuildError::InvalidSetting { setting, problem })?;
        self.parameters.push((setting.to_owned(), details));
        Ok(())
    }

    /// Rejects a URL whose query repeats a parameter of the request body (RFC 6749 section 3.2).
    fn check_query(&self, url: &Url) -> Result<(), BuildError> {
        let in_body: HashSet<&str> = self.parameters.iter().map(|(name, _)| name.as_str()).collect();
        let is_sent = |name: &str| match name {
            "grant_type" | "client_secret" => true,
            "scope" => !self.scopes.is_empty(),
            "client_id" if self.options.client_id_in_body => true,
            _ => {
                let declared = [self.auth.parameters(), self.grant.parameters()];
                in_body.contains(name) || declared.iter().any(|names| names.contains(&name))
            }
        };
        let Some((name, _)) = url.query_pairs().find(|(name, _)| is_sent(name)) else {
            return Ok(());
        };
        let name = name.escape_debug();
        Err(BuildError::InvalidUrl {
            setting: "token_url",
            problem: match name.to_string().as_str() {
                "client_secret" => "its query contains `client_secret`, which would appear in logs".to_owned(),
                "grant_type" => {
                    "its query contains `grant_type`, which the request body contains too; remove it, and set a \
                    server-specific grant type with grant_type(..)"
                        .to_owned()
                }
                _ => format!("its query contains `{name}`, which the request body contains too; remove it"),
            },
        })
    }
}

/// Rejects a repeated parameter.
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

pub(in crate::manager) fn check_initial_token(token: &Token, keys: &ClientKeys) -> Result<(), BuildError> {
    if !token.access_token().fits_header() {
        return Err(BuildError::InvalidToken);
    }
    if keys.lack_proof_for(token) {
        return Err(BuildError::InvalidSetting {
            setting: "token",
            problem: "it is bound to a DPoP key, which must prove each request; set the key with proof(..)".to_owned(),
        });
    }
    if keys.lack_key_of_refresh_token(token) {
        return Err(BuildError::InvalidSetting {
            setting: "token",
            problem: "its refresh token is bound to another key than those of the proof; keep the key with the token"
                .to_owned(),
        });
    }
    Ok(())
}
