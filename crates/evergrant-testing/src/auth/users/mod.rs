//! Users, and what they have allowed clients: what stands behind every grant but client credentials.

mod browser;
mod builder;
mod code;
mod control;
mod redirect;
mod refresh;

use std::collections::HashMap;
use std::time::SystemTime;

use serde_json::{Map, Value};

use self::code::Code;
pub(super) use self::code::CodeRequest;
pub(super) use self::redirect::RedirectUri;
use self::refresh::RefreshToken;
pub use self::refresh::RefreshTokens;
use super::registry::{Entitlement, Registry};

#[derive(Default)]
pub(super) struct Users {
    /// Names and passwords, in the order of their registration.
    accounts: Vec<(String, String)>,
    /// Nobody lets a client sign in.
    pub(super) deny: bool,
    pub(super) drops_state: bool,
    pub(super) takes_paths_below: bool,
    policy: RefreshTokens,
    codes: HashMap<String, Code>,
    refresh_tokens: HashMap<String, RefreshToken>,
    consents: u64,
}

/// A user's word to a client, given once: the tokens that came of it can be revoked together.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Consent {
    number: u64,
    username: String,
}

impl Users {
    /// Who signs in at the authorization endpoint.
    pub(super) fn first(&self) -> Option<&str> {
        self.accounts.first().map(|(name, _)| name.as_str())
    }

    pub(super) fn know(&self, username: &str, password: &str) -> bool {
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
            Some((_, known)) => password.clone_into(known),
            None => self.accounts.push((username.to_owned(), password.to_owned())),
        }
    }
}

impl Registry {
    /// Whether the `password` grant is offered.
    pub(super) fn offers_passwords(&self) -> bool {
        self.users.first().is_some()
    }

    /// Whether the `authorization_code` grant is offered.
    pub(super) fn offers_codes(&self) -> bool {
        self.clients.values().any(|client| !client.redirect_uris.is_empty())
    }

    /// Whether the `refresh_token` grant is offered.
    pub(super) fn offers_refresh(&self) -> bool {
        self.users.policy != RefreshTokens::None && (self.offers_passwords() || self.offers_codes())
    }

    /// The first tokens by a user's consent, as the members of their response.
    pub(super) fn grant_by_user(&mut self, asked: Entitlement, now: SystemTime) -> Map<String, Value> {
        let entitlement = Entitlement {
            scopes: self.response.granted(&asked.scopes),
            ..asked
        };
        let refresh_token = self.issue_refresh_token(&entitlement);
        self.grant(entitlement, refresh_token.as_deref(), now)
    }
}

impl Consent {
    pub(super) fn username(&self) -> &str {
        &self.username
    }
}
