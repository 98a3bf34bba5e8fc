//! What the server knows: its clients, the tokens it has issued, and how it words its responses.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, SystemTime};

use serde_json::{Map, Value};

use super::credentials::{BasicDecoding, Client};

pub(crate) struct Registry {
    pub(crate) clients: BTreeMap<String, Client>,
    pub(crate) known_scopes: Option<Vec<String>>,
    pub(crate) lifetime: Duration,
    pub(crate) basic: BasicDecoding,
    /// Members set or, with `None`, left out by the test.
    pub(crate) members: BTreeMap<String, Option<Value>>,
    pub(crate) granted: u64,
    tokens: HashMap<String, Issued>,
}

/// A token that was issued.
pub(crate) struct Issued {
    pub(crate) client_id: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) expires_at: SystemTime,
    revoked: bool,
}

impl Default for Registry {
    fn default() -> Self {
        Self {
            clients: BTreeMap::new(),
            known_scopes: None,
            lifetime: Duration::from_secs(3600),
            basic: BasicDecoding::default(),
            members: BTreeMap::new(),
            granted: 0,
            tokens: HashMap::new(),
        }
    }
}

impl Registry {
    /// A new token, as the members of its response.
    pub(crate) fn issue(&mut self, client_id: &str, scopes: Vec<String>, now: SystemTime) -> Map<String, Value> {
        self.granted += 1;
        let token = format!(
            "test-token-{}-{:016x}",
            self.granted,
            RandomState::new().hash_one(self.granted)
        );
        let mut response = Map::new();
        response.insert("access_token".into(), token.clone().into());
        response.insert("token_type".into(), "Bearer".into());
        response.insert("expires_in".into(), self.lifetime.as_secs().into());
        if !scopes.is_empty() {
            response.insert("scope".into(), scopes.join(" ").into());
        }
        for (name, value) in &self.members {
            match value {
                Some(value) => response.insert(name.clone(), value.clone()),
                None => response.remove(name),
            };
        }
        let issued = Issued {
            client_id: client_id.to_owned(),
            scopes,
            expires_at: now + self.lifetime,
            revoked: false,
        };
        self.tokens.insert(token, issued);
        response
    }

    pub(crate) fn valid(&self, token: &str, now: SystemTime) -> Option<&Issued> {
        self.tokens
            .get(token)
            .filter(|issued| !issued.revoked && now < issued.expires_at)
    }

    pub(crate) fn revoke(&mut self, token: &str) {
        if let Some(issued) = self.tokens.get_mut(token) {
            issued.revoked = true;
        }
    }

    pub(crate) fn revoke_all(&mut self) {
        self.tokens.values_mut().for_each(|issued| issued.revoked = true);
    }

    pub(crate) fn rotate(&mut self, client_id: &str, secret: &str) {
        self.clients.insert(client_id.to_owned(), Client::new(secret));
    }

    pub(crate) fn set_member(&mut self, name: &str, json: &str) {
        let value = serde_json::from_str(json).expect("JSON text");
        self.members.insert(name.to_owned(), Some(value));
    }
}
