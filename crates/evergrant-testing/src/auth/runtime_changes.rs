//! Changes to a running authorization server: secrets, tokens and token responses.

use std::time::Duration;

use super::registered_clients_and_tokens::Authorization;
use super::{AuthServer, ExpiresIn};

impl AuthServer {
    /// Replaces all secrets of a client with `secret`.
    ///
    /// # Panics
    /// Panics if no client `client_id` is registered.
    pub fn rotate_secret(&self, client_id: &str, secret: &str) {
        self.registry().client(client_id).secrets = vec![secret.to_owned()];
    }

    /// Adds a further secret to a client. The server accepts all secrets of the client.
    ///
    /// # Panics
    /// Panics if no client `client_id` is registered.
    pub fn add_secret(&self, client_id: &str, secret: &str) {
        self.registry().client(client_id).secrets.push(secret.to_owned());
    }

    /// Revokes all access tokens issued so far. Refresh tokens stay valid; see
    /// [`revoke_refresh_tokens`](Self::revoke_refresh_tokens).
    pub fn revoke_all(&self) {
        self.registry().revoke_all();
    }

    /// Revokes one token. Revoking a refresh token revokes all tokens of the same sign-in (RFC 7009 section 2.1).
    /// Unknown tokens are ignored.
    pub fn revoke(&self, token: &str) {
        self.registry().revoke(token);
    }

    /// Issues a valid access token without a token request, as if the client had fetched it in an earlier run. The
    /// server neither records this nor counts it as a granted token.
    ///
    /// # Panics
    /// Panics if no client `client_id` is registered.
    #[must_use]
    pub fn issue_token(&self, client_id: &str, scopes: &[&str]) -> String {
        let now = (self.shared().clock)();
        let mut registry = self.registry();
        registry.client(client_id);
        let authorization = Authorization {
            client_id: client_id.to_owned(),
            scopes: scopes.iter().map(ToString::to_string).collect(),
            grant_type: "client_credentials",
            consent: None,
            delegation: None,
        };
        registry.issue(authorization, now)
    }

    /// Sets the lifetime of access tokens that are issued after this call.
    pub fn lifetime(&self, lifetime: Duration) {
        self.registry().response.lifetime = lifetime;
    }

    /// Sets how further token responses express the lifetime of the token.
    pub fn expires_in(&self, expires_in: ExpiresIn) {
        self.registry().response.expires_in = expires_in;
    }

    /// Makes the server grant these scopes for all further token requests, whatever scopes the client requests.
    pub fn grant_scopes(&self, scopes: &[&str]) {
        self.registry().response.scopes = Some(scopes.iter().map(ToString::to_string).collect());
    }

    /// Sets the member `name` of all further token responses to a JSON value, for example `respond_with("expires_in",
    /// "\"3600\"")`. Only the response changes: a `scope` that is set with this method does not change the granted
    /// scopes.
    ///
    /// # Panics
    /// Panics if `json` is not valid JSON.
    pub fn respond_with(&self, name: &str, json: &str) {
        self.registry().response.set(name, json);
    }

    /// Omits the member `name` from all further token responses.
    pub fn respond_without(&self, name: &str) {
        self.registry().response.omit(name);
    }
}
