//! What a test changes while the authorization server runs: secrets, tokens, and the wording of responses.

use std::time::Duration;

use super::registry::Entitlement;
use super::{AuthServer, ExpiresIn};

impl AuthServer {
    /// From now on the client has this secret, and no other.
    ///
    /// # Panics
    /// If there is no such client.
    pub fn rotate_secret(&self, client_id: &str, secret: &str) {
        self.registry().client(client_id).secrets = vec![secret.to_owned()];
    }

    /// From now on the client has this secret too.
    ///
    /// # Panics
    /// If there is no such client.
    pub fn add_secret(&self, client_id: &str, secret: &str) {
        self.registry().client(client_id).secrets.push(secret.to_owned());
    }

    /// Makes every access token issued so far invalid. Refresh tokens stay good; for these there is
    /// [`revoke_refresh_tokens`](Self::revoke_refresh_tokens).
    pub fn revoke_all(&self) {
        self.registry().revoke_all();
    }

    /// Makes one token invalid; with a refresh token go all tokens that came of the same sign-in (RFC 7009 section 2.1). One
    /// that was never issued stays invalid.
    pub fn revoke(&self, token: &str) {
        self.registry().revoke(token);
    }

    /// A valid token that nobody asked for, as if left over from an earlier run. It is in no record and no count.
    ///
    /// # Panics
    /// If there is no such client.
    #[must_use]
    pub fn issue_token(&self, client_id: &str, scopes: &[&str]) -> String {
        let now = (self.shared().clock)();
        let mut registry = self.registry();
        registry.client(client_id);
        let entitlement = Entitlement {
            client_id: client_id.to_owned(),
            scopes: scopes.iter().map(ToString::to_string).collect(),
            grant_type: "client_credentials",
            consent: None,
        };
        registry.issue(entitlement, now)
    }

    /// Sets the lifetime of tokens issued from now on.
    pub fn lifetime(&self, lifetime: Duration) {
        self.registry().response.lifetime = lifetime;
    }

    /// Sets how token responses tell the lifetime from now on.
    pub fn expires_in(&self, expires_in: ExpiresIn) {
        self.registry().response.expires_in = expires_in;
    }

    /// Grants these scopes from now on, whatever a client asks for.
    pub fn grant_scopes(&self, scopes: &[&str]) {
        self.registry().response.scopes = Some(scopes.iter().map(ToString::to_string).collect());
    }

    /// Sets a member of the token responses from now on, given as JSON text, as in `("expires_in", "\"3600\"")`. It changes
    /// what is said, not what is so: a `scope` set here is in the response only.
    ///
    /// # Panics
    /// If the text is not JSON.
    pub fn respond_with(&self, name: &str, json: &str) {
        self.registry().response.set(name, json);
    }

    /// Leaves a member out of the token responses from now on.
    pub fn respond_without(&self, name: &str) {
        self.registry().response.leave_out(name);
    }
}
