//! The clients that authenticate with an assertion: one for each algorithm. Their keys are generated once.

use std::sync::OnceLock;

use anyhow::{Context as _, Result};
use evergrant::client_auth::SharedClientAuth;
use evergrant_jose::{Algorithm, ClientSecretJwt, PrivateKey, PrivateKeyJwt};
use serde_json::{Value, json};

/// A client that authenticates with an assertion.
#[derive(Debug)]
pub(crate) struct KeyClient {
    pub(crate) id: String,
    pub(crate) algorithm: Algorithm,
    credential: Credential,
}

#[derive(Debug)]
enum Credential {
    Key(PrivateKey),
    Secret(&'static str),
}

const SECRET: &str = "not-a-real-secret-that-is-long-enough-for-an-hmac-with-sha-512-of-64-bytes";

/// All algorithms of client assertions.
pub(crate) const ALGORITHMS: [Algorithm; 14] = [
    Algorithm::Hs256,
    Algorithm::Hs384,
    Algorithm::Hs512,
    Algorithm::Rs256,
    Algorithm::Rs384,
    Algorithm::Rs512,
    Algorithm::Ps256,
    Algorithm::Ps384,
    Algorithm::Ps512,
    Algorithm::Es256,
    Algorithm::Es384,
    Algorithm::Es512,
    Algorithm::EdDsa,
    Algorithm::Ed25519,
];

/// Returns the clients of all algorithms.
pub(crate) fn key_clients() -> Result<&'static [KeyClient]> {
    static CLIENTS: OnceLock<Option<Vec<KeyClient>>> = OnceLock::new();
    let clients = CLIENTS.get_or_init(|| {
        let rsa = PrivateKey::generate(Algorithm::Rs256).ok()?;
        ALGORITHMS
            .into_iter()
            .map(|algorithm| KeyClient::new(algorithm, &rsa))
            .collect()
    });
    clients.as_deref().context("a key cannot be generated")
}

impl KeyClient {
    fn new(algorithm: Algorithm, rsa: &PrivateKey) -> Option<Self> {
        let id = format!("evergrant-{}", algorithm.name().to_lowercase());
        let credential = match algorithm.name().get(..2) {
            Some("HS") => Credential::Secret(SECRET),
            // One key for all, because it takes long to generate one.
            Some("RS" | "PS") => Credential::Key(rsa.clone().with_algorithm(algorithm).ok()?),
            _ => Credential::Key(PrivateKey::generate(algorithm).ok()?),
        };
        Some(Self {
            id,
            algorithm,
            credential,
        })
    }

    pub(crate) fn auth(&self) -> SharedClientAuth {
        match &self.credential {
            Credential::Key(key) => PrivateKeyJwt::new(key.clone()).into(),
            Credential::Secret(secret) => ClientSecretJwt::new(*secret).algorithm(self.algorithm).into(),
        }
    }

    /// The private key, or the secret, in the form that the program reads.
    pub(crate) fn file_content(&self) -> Result<String> {
        Ok(match &self.credential {
            Credential::Key(key) => key.to_pem()?.expose().to_owned(),
            Credential::Secret(secret) => (*secret).to_owned(),
        })
    }

    pub(crate) fn has_key(&self) -> bool {
        matches!(self.credential, Credential::Key(_))
    }

    /// The registration, as the servers' scripts read it from `INTEROP_KEYS`.
    fn registration(&self) -> Result<Value> {
        let (jwk, secret) = match &self.credential {
            Credential::Key(key) => (Some(serde_json::from_str::<Value>(&key.public_jwk())?), None),
            Credential::Secret(secret) => (None, Some(*secret)),
        };
        Ok(json!({ "id": self.id, "alg": self.algorithm.name(), "jwk": jwk, "secret": secret }))
    }
}

/// All registrations, for the environment of the servers' scripts.
pub(crate) fn registrations() -> Result<Value> {
    key_clients()?.iter().map(KeyClient::registration).collect()
}
