//! The keys that a client's tokens are bound to: that of its proof of possession, and its certificate.

use crate::client_auth::SharedClientAuth;
use crate::error::{TokenJsonError, TokenProblem};
use crate::proof::{Proof, SharedProof};
use crate::token::{DPOP_KEY, Token};
use crate::transport::TransportIdentity;

/// The confirmation method of certificates (RFC 8705 section 3.1).
const CERTIFICATE: &str = "x5t#S256";

/// What holds the keys.
#[derive(Clone)]
pub(crate) struct ClientKeys {
    pub(crate) proof: Option<SharedProof>,
    pub(crate) auth: SharedClientAuth,
}

/// The keys that one token request is sent with.
#[derive(Default)]
pub(super) struct RequestKeys(Vec<(String, String)>);

impl ClientKeys {
    /// Returns whether requests must prove possession of a key.
    pub(crate) fn are_required(&self) -> bool {
        self.proof.is_some() || self.auth.transport_identity().is_some()
    }

    /// Returns whether the token needs a DPoP proof with each request, but this client makes none. Sent as a bearer
    /// token, it would be rejected, or the key would protect nothing.
    pub(crate) fn lack_proof_for(&self, token: &Token) -> bool {
        let has_proof = || {
            let method = self.proof.as_deref().and_then(Proof::confirmation_method);
            method == Some(DPOP_KEY)
        };
        token.bound_key(DPOP_KEY).is_some() && !has_proof()
    }

    /// Returns whether API requests with the token can prove possession of its keys now.
    pub(crate) fn holds_keys_of(&self, token: &Token) -> bool {
        let proof = self.proof.as_ref().and_then(|proof| {
            let key = token.stated_key(proof.confirmation_method()?)?;
            Some(proof.holds_key(&key))
        });
        proof != Some(false) && !self.lack_proof_for(token) && self.has_certificate_of(token)
    }

    fn has_certificate_of(&self, token: &Token) -> bool {
        let identity = self.auth.transport_identity();
        let Some(own) = identity.as_ref().and_then(TransportIdentity::thumbprint) else {
            return true;
        };
        // A server need not bind tokens, and another program may have stored the token.
        token.stated_key(CERTIFICATE).is_none_or(|bound| own == bound)
    }

    /// Returns the key of the proof that this token's refresh token requires. The server binds only that of a public
    /// client (RFC 9449 section 5), and other clients use their current key.
    pub(super) fn of_refresh_token(&self, token: &Token) -> Option<String> {
        let method = match &self.proof {
            Some(proof) => proof.confirmation_method()?,
            None => DPOP_KEY,
        };
        token.bound_key(method).filter(|_| self.auth.name() == "none")
    }

    /// Returns whether the token has a refresh token that requires a key which this client does not hold.
    pub(crate) fn lack_key_of_refresh_token(&self, token: &Token) -> bool {
        let key = token.refresh_token().and_then(|_| self.of_refresh_token(token));
        key.is_some_and(|key| !holds_key(self.proof.as_ref(), &key))
    }

    /// Returns the keys of a request with this certificate. `key_id` is that of its proof.
    pub(super) fn of_request(&self, identity: Option<&TransportIdentity>, key_id: Option<&str>) -> RequestKeys {
        let method = self.proof.as_deref().and_then(Proof::confirmation_method);
        let proof = method.zip(key_id);
        let certificate = identity.and_then(TransportIdentity::thumbprint);
        let keys = proof
            .into_iter()
            .chain(certificate.map(|thumbprint| (CERTIFICATE, thumbprint)));
        RequestKeys(keys.map(|(method, key)| (method.to_owned(), key.to_owned())).collect())
    }
}

/// Returns whether there is a proof that holds the key.
pub(super) fn holds_key(proof: Option<&SharedProof>, key: &str) -> bool {
    proof.is_some_and(|proof| proof.holds_key(key))
}

impl RequestKeys {
    /// Records the keys in the token, and rejects a token that is bound to other ones.
    pub(super) fn bind(&self, mut token: Token) -> Result<Token, TokenJsonError> {
        for (method, key) in &self.0 {
            if token.stated_key(method).is_some_and(|stated| stated != *key) {
                let problem = format!("is bound to another key than that of this client (`cnf`, `{method}`)");
                return Err(TokenJsonError::new(problem, TokenProblem::OtherKey));
            }
            token = token.with_bound_key(method, key);
        }
        Ok(token)
    }
}
