//! What the server knows: its clients, and the tokens it has issued.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::time::SystemTime;

use serde_json::{Map, Value};

use super::credentials::{BasicDecoding, Client, ClientAuthMethod};
use super::response::TokenResponse;

pub(super) struct Registry {
    pub(super) clients: BTreeMap<String, Client>,
    pub(super) known_scopes: Option<Vec<String>>,
    pub(super) basic: BasicDecoding,
    pub(super) methods: Vec<ClientAuthMethod>,
    pub(super) response: TokenResponse,
    /// How many tokens were granted over the token endpoint since the records were last reset.
    pub(super) granted: u64,
    issued: u64,
    tokens: HashMap<String, Issued>,
}

/// A token that was issued.
pub(super) struct Issued {
    pub(super) client_id: String,
    pub(super) scopes: Vec<String>,
    pub(super) issued_at: SystemTime,
    pub(super) expires_at: SystemTime,
    revoked: bool,
}

impl Default for Registry {
    fn default() -> Self {
        Self {
            clients: BTreeMap::new(),
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

    /// A new token, as the members of its response.
    pub(super) fn grant(&mut self, client_id: &str, asked: &[String], now: SystemTime) -> Map<String, Value> {
        self.granted += 1;
        let scopes = self.response.granted(asked);
        let token = self.issue(client_id, scopes.clone(), now);
        self.response.members(&token, &scopes, now)
    }

    /// A new token.
    pub(super) fn issue(&mut self, client_id: &str, scopes: Vec<String>, now: SystemTime) -> String {
        self.issued += 1;
        let random = RandomState::new().hash_one(self.issued);
        let token = format!("test-token-{}-{random:016x}", self.issued);
        let issued = Issued {
            client_id: client_id.to_owned(),
            scopes,
            issued_at: now,
            expires_at: now + self.response.lifetime,
            revoked: false,
        };
        self.tokens.insert(token.clone(), issued);
        token
    }

    pub(super) fn valid(&self, token: &str, now: SystemTime) -> Option<&Issued> {
        self.tokens
            .get(token)
            .filter(|issued| !issued.revoked && now < issued.expires_at)
    }

    /// Whose token it is.
    pub(super) fn owner(&self, token: &str) -> Option<&str> {
        self.tokens.get(token).map(|issued| issued.client_id.as_str())
    }

    pub(super) fn revoke(&mut self, token: &str) {
        if let Some(issued) = self.tokens.get_mut(token) {
            issued.revoked = true;
        }
    }

    pub(super) fn revoke_all(&mut self) {
        self.tokens.values_mut().for_each(|issued| issued.revoked = true);
    }
}
