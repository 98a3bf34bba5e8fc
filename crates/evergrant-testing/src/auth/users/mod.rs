//! Users and their consents, for all grants except client credentials.

mod authorization_code;
mod browser;
mod builder;
mod device_codes;
mod pushed_requests;
mod redirect_uris;
mod refresh_tokens;
mod user_actions;

use std::collections::HashMap;
use std::time::SystemTime;

use serde_json::{Map, Value};

use self::authorization_code::Code;
pub(super) use self::authorization_code::CodeRequest;
use self::device_codes::DeviceCodes;
pub(super) use self::pushed_requests::LIFETIME as PUSHED_LIFETIME;
use self::pushed_requests::PushedRequests;
pub(super) use self::redirect_uris::RedirectUri;
use self::refresh_tokens::RefreshToken;
pub use self::refresh_tokens::RefreshTokens;
use super::registered_clients_and_tokens::{Authorization, Registry};

#[derive(Default)]
pub(super) struct Users {
    /// Names and passwords, in the order of registration.
    accounts: Vec<(String, String)>,
    /// Whether the user denies sign-ins.
    pub(super) deny: bool,
    pub(super) omit_state: bool,
    pub(super) allow_redirect_subpaths: bool,
    policy: RefreshTokens,
    codes: HashMap<String, Code>,
    refresh_tokens: HashMap<String, RefreshToken>,
    consents: u64,
    devices: DeviceCodes,
    pushed: PushedRequests,
    /// Whether redirects have the issuer.
    pub(super) issuer_in_redirects: bool,
}

/// A user's consent for a client. All its tokens are revoked together.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Consent {
    number: u64,
    username: String,
}

impl Users {
    /// Returns the user that the authorization endpoint signs in.
    pub(super) fn first(&self) -> Option<&str> {
        self.accounts.first().map(|(name, _)| name.as_str())
    }

    pub(super) fn authenticate(&self, username: &str, password: &str) -> bool {
        let account = |(name, secret): &(String, String)| name == username && secret == password;
        self.accounts.iter().any(account)
    }

    pub(super) fn consent(&mut self, username: &str) -> Consent {
        self.consents += 1;
        Consent {
            number: self.consents,
            username: username.to_owned(),
        }
    }

    fn register(&mut self, username: &str, password: &str) {
        match self.accounts.iter_mut().find(|(name, _)| name == username) {
            Some((_, current)) => password.clone_into(current),
            None => self.accounts.push((username.to_owned(), password.to_owned())),
        }
    }
}

impl Registry {
    /// Returns whether the `password` grant is enabled.
    pub(super) fn password_enabled(&self) -> bool {
        self.users.first().is_some()
    }

    /// Returns whether the `authorization_code` grant is enabled.
    pub(super) fn authorization_code_enabled(&self) -> bool {
        self.clients.values().any(|client| !client.redirect_uris.is_empty())
    }

    /// Returns whether the `refresh_token` grant is enabled.
    pub(super) fn refresh_token_enabled(&self) -> bool {
        self.users.policy != RefreshTokens::None
            && (self.password_enabled() || self.authorization_code_enabled() || self.device_authorization_enabled())
    }

    /// Issues the first tokens of a user's consent, and returns the members of the token response.
    pub(super) fn grant_by_user(&mut self, requested: Authorization, now: SystemTime) -> Map<String, Value> {
        let authorization = Authorization {
            scopes: self.response.granted(&requested.scopes),
            ..requested
        };
        let refresh_token = self.issue_refresh_token(&authorization);
        self.grant(authorization, refresh_token.as_deref(), now)
    }
}

impl Consent {
    pub(super) fn username(&self) -> &str {
        &self.username
    }
}
