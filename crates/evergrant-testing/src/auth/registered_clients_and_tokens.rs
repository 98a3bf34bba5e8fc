//! The registered clients and users, and the issued tokens.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::time::SystemTime;

use serde_json::{Map, Value};

use super::assertion_grants::{AssertionGrants, Delegation};
use super::client_authentication::{BasicDecoding, Client, ClientAuthMethod};
use super::token_response::TokenResponse;
use super::users::{Consent, Users};

pub(super) struct Registry {
    pub(super) clients: BTreeMap<String, Client>,
    pub(super) users: Users,
    pub(super) assertion_grants: AssertionGrants,
    pub(super) known_scopes: Option<Vec<String>>,
    pub(super) basic: BasicDecoding,
    pub(super) methods: Vec<ClientAuthMethod>,
    pub(super) response: TokenResponse,
    /// Number of tokens granted at the token endpoint since the records were last reset.
    pub(super) granted: u64,
    #[cfg(feature = "assertions")]
    pub(super) client_assertions: super::client_assertion::ClientAssertions,
    #[cfg(feature = "assertions")]
    pub(super) bound: super::dpop::BoundTokens,
    issued: u64,
    tokens: HashMap<String, AccessToken>,
}

/// The authorization behind a token or an authorization code.
#[derive(Clone)]
pub(crate) struct Authorization {
    pub(crate) client_id: String,
    pub(crate) scopes: Vec<String>,
    /// The grant type of the original request. A refresh does not change it.
    pub(super) grant_type: &'static str,
    /// `None` for the client credentials grant.
    pub(super) consent: Option<Consent>,
    /// For tokens that were issued for an assertion or another token.
    pub(super) delegation: Option<Delegation>,
}

/// An issued access token.
pub(super) struct AccessToken {
    pub(super) authorization: Authorization,
    pub(super) issued_at: SystemTime,
    pub(super) expires_at: SystemTime,
    revoked: bool,
}

impl Default for Registry {
    fn default() -> Self {
        Self {
            clients: BTreeMap::new(),
            users: Users::default(),
            assertion_grants: AssertionGrants::default(),
            known_scopes: None,
            basic: BasicDecoding::default(),
            methods: vec![ClientAuthMethod::Basic, ClientAuthMethod::Post],
            response: TokenResponse::default(),
            granted: 0,
            #[cfg(feature = "assertions")]
            client_assertions: super::client_assertion::ClientAssertions::default(),
            #[cfg(feature = "assertions")]
            bound: super::dpop::BoundTokens::default(),
            issued: 0,
            tokens: HashMap::new(),
        }
    }
}

impl Registry {
    /// Returns a registered client, and panics if it is unknown.
    pub(super) fn client(&mut self, id: &str) -> &mut Client {
        let client = self.clients.get_mut(id);
        client.unwrap_or_else(|| panic!("no client {id:?} is registered"))
    }

    /// Returns whether secrets may sign assertions.
    #[cfg(feature = "assertions")]
    pub(super) fn accepts_secret_jwt(&self) -> bool {
        self.methods.contains(&ClientAuthMethod::SecretJwt)
    }

    /// Returns whether a client may request a scope.
    pub(super) fn allows(&self, client_id: &str, scope: &str) -> bool {
        let lists = [&self.known_scopes, &self.clients[client_id].scopes];
        lists
            .into_iter()
            .flatten()
            .all(|list| list.iter().any(|known| known == scope))
    }

    /// Issues an access token, and returns the members of the token response.
    pub(super) fn grant(
        &mut self,
        authorization: Authorization,
        refresh_token: Option<&str>,
        now: SystemTime,
    ) -> Map<String, Value> {
        self.granted += 1;
        let scopes = authorization.scopes.clone();
        let token = self.issue(authorization, now);
        self.response.members(&token, refresh_token, &scopes, now)
    }

    /// Issues an access token.
    pub(super) fn issue(&mut self, authorization: Authorization, now: SystemTime) -> String {
        let token = self.unique("token");
        let issued = AccessToken {
            authorization,
            issued_at: now,
            expires_at: now + self.response.lifetime,
            revoked: false,
        };
        self.tokens.insert(token.clone(), issued);
        token
    }

    /// Returns a string that is unique in this process and hard to guess.
    pub(super) fn unique(&mut self, kind: &str) -> String {
        self.issued += 1;
        let random = RandomState::new().hash_one(self.issued);
        format!("test-{kind}-{}-{random:016x}", self.issued)
    }

    pub(super) fn valid(&self, token: &str, now: SystemTime) -> Option<&AccessToken> {
        self.tokens
            .get(token)
            .filter(|issued| !issued.revoked && now < issued.expires_at)
    }

    /// Returns the client to which an access or refresh token was issued.
    pub(super) fn owner(&self, token: &str) -> Option<&str> {
        let access = self.tokens.get(token).map(|issued| &issued.authorization);
        access
            .or_else(|| self.users.authorization(token))
            .map(|authorization| authorization.client_id.as_str())
    }

    /// Revokes an access token, or a refresh token with all tokens of the same consent (RFC 7009 section 2.1).
    pub(super) fn revoke(&mut self, token: &str) {
        if let Some(issued) = self.tokens.get_mut(token) {
            issued.revoked = true;
        } else if let Some(consent) = self
            .users
            .authorization(token)
            .and_then(|refresh| refresh.consent.clone())
        {
            self.revoke_consent(&consent);
        }
    }

    /// Revokes all tokens of a user's consent.
    pub(super) fn revoke_consent(&mut self, consent: &Consent) {
        self.tokens
            .values_mut()
            .filter(|issued| issued.authorization.consent.as_ref() == Some(consent))
            .for_each(|issued| issued.revoked = true);
        self.users.revoke_consent(consent);
    }

    pub(super) fn revoke_all(&mut self) {
        self.tokens.values_mut().for_each(|issued| issued.revoked = true);
    }
}

impl Authorization {
    /// Returns the user who authorized the client.
    pub(crate) fn username(&self) -> Option<&str> {
        self.consent.as_ref().map(Consent::username)
    }

    /// Returns the user, the subject of an exchanged token, or the client itself.
    pub(super) fn subject(&self) -> &str {
        let subject = self.delegation.as_ref().map(|delegation| delegation.subject.as_str());
        subject.or(self.username()).unwrap_or(&self.client_id)
    }
}
