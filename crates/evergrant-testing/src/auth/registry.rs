//! What the server knows: its clients, its users, and the tokens it has issued.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::time::SystemTime;

use serde_json::{Map, Value};

use super::credentials::{BasicDecoding, Client, ClientAuthMethod};
use super::response::TokenResponse;
use super::users::{Consent, Users};

pub(super) struct Registry {
    pub(super) clients: BTreeMap<String, Client>,
    pub(super) users: Users,
    pub(super) known_scopes: Option<Vec<String>>,
    pub(super) basic: BasicDecoding,
    pub(super) methods: Vec<ClientAuthMethod>,
    pub(super) response: TokenResponse,
    /// How many tokens were granted over the token endpoint since the records were last reset.
    pub(super) granted: u64,
    issued: u64,
    tokens: HashMap<String, Issued>,
}

/// What a token, or a code for one, entitles to.
#[derive(Clone)]
pub(crate) struct Entitlement {
    pub(crate) client_id: String,
    pub(crate) scopes: Vec<String>,
    /// Of the request that all came of; a refresh changes nothing.
    pub(super) grant_type: &'static str,
    /// `None` where the client acts for itself.
    pub(super) consent: Option<Consent>,
}

/// An access token that was issued.
pub(super) struct Issued {
    pub(super) entitlement: Entitlement,
    pub(super) issued_at: SystemTime,
    pub(super) expires_at: SystemTime,
    revoked: bool,
}

impl Default for Registry {
    fn default() -> Self {
        Self {
            clients: BTreeMap::new(),
            users: Users::default(),
            known_scopes: None,
            basic: BasicDecoding::default(),
            methods: vec![ClientAuthMethod::Basic, ClientAuthMethod::Post],
            response: TokenResponse::default(),
            granted: 0,
            issued: 0,
            tokens: HashMap::new(),
        }
    }
}

impl Registry {
    /// A registered client.
    pub(super) fn client(&mut self, id: &str) -> &mut Client {
        let client = self.clients.get_mut(id);
        client.unwrap_or_else(|| panic!("no client {id:?} is registered"))
    }

    /// Whether a client may have a scope.
    pub(super) fn allows(&self, client_id: &str, scope: &str) -> bool {
        let lists = [&self.known_scopes, &self.clients[client_id].scopes];
        lists
            .into_iter()
            .flatten()
            .all(|list| list.iter().any(|known| known == scope))
    }

    /// A new access token, and the refresh token that comes with it, as the members of their response.
    pub(super) fn grant(
        &mut self,
        entitlement: Entitlement,
        refresh_token: Option<&str>,
        now: SystemTime,
    ) -> Map<String, Value> {
        self.granted += 1;
        let scopes = entitlement.scopes.clone();
        let token = self.issue(entitlement, now);
        self.response.members(&token, refresh_token, &scopes, now)
    }

    /// A new access token.
    pub(super) fn issue(&mut self, entitlement: Entitlement, now: SystemTime) -> String {
        let token = self.unique("token");
        let issued = Issued {
            entitlement,
            issued_at: now,
            expires_at: now + self.response.lifetime,
            revoked: false,
        };
        self.tokens.insert(token.clone(), issued);
        token
    }

    /// A text that nobody has seen before.
    pub(super) fn unique(&mut self, kind: &str) -> String {
        self.issued += 1;
        let random = RandomState::new().hash_one(self.issued);
        format!("test-{kind}-{}-{random:016x}", self.issued)
    }

    pub(super) fn valid(&self, token: &str, now: SystemTime) -> Option<&Issued> {
        self.tokens
            .get(token)
            .filter(|issued| !issued.revoked && now < issued.expires_at)
    }

    /// Which client an access or refresh token belongs to.
    pub(super) fn owner(&self, token: &str) -> Option<&str> {
        let access = self.tokens.get(token).map(|issued| &issued.entitlement);
        access
            .or_else(|| self.users.entitlement(token))
            .map(|entitlement| entitlement.client_id.as_str())
    }

    /// Makes an access token invalid, or a refresh token and all that came of the same consent (RFC 7009 section 2.1).
    pub(super) fn revoke(&mut self, token: &str) {
        if let Some(issued) = self.tokens.get_mut(token) {
            issued.revoked = true;
        } else if let Some(consent) = self
            .users
            .entitlement(token)
            .and_then(|refresh| refresh.consent.clone())
        {
            self.revoke_consent(&consent);
        }
    }

    /// Makes all tokens invalid that came of a user's consent.
    pub(super) fn revoke_consent(&mut self, consent: &Consent) {
        self.tokens
            .values_mut()
            .filter(|issued| issued.entitlement.consent.as_ref() == Some(consent))
            .for_each(|issued| issued.revoked = true);
        self.users.revoke_consent(consent);
    }

    pub(super) fn revoke_all(&mut self) {
        self.tokens.values_mut().for_each(|issued| issued.revoked = true);
    }
}

impl Entitlement {
    /// Who has allowed it.
    pub(crate) fn username(&self) -> Option<&str> {
        self.consent.as_ref().map(Consent::username)
    }
}
