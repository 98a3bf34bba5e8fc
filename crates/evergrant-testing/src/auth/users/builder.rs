//! Describes the users of an authorization server, and how clients get tokens from them.

use super::super::AuthServerBuilder;
use super::{RedirectUri, RefreshTokens};

impl AuthServerBuilder {
    /// Registers a user, and so offers the `password` grant (RFC 6749 section 4.3). The first one is who signs in at the
    /// authorization endpoint, without being asked.
    pub fn user(mut self, username: &str, password: &str) -> Self {
        self.registry.users.register(username, password);
        self
    }

    /// Registers a redirect URI for a registered client, and so offers the `authorization_code` grant. A request's must be
    /// the same to the letter, but for the port of a loopback IP address (RFC 8252 section 7.3).
    ///
    /// # Panics
    /// If there is no such client, or if that is not an absolute URI without a fragment (RFC 6749 section 3.1.2).
    pub fn redirect_uri(mut self, client_id: &str, uri: &str) -> Self {
        let known = RedirectUri::new(uri);
        let known = known.unwrap_or_else(|| panic!("{uri:?} is not an absolute URI without a fragment"));
        self.registry.client(client_id).redirect_uris.push(known);
        self
    }

    /// Takes any path below a registered redirect URI too, as some servers do.
    pub fn redirect_uris_below(mut self) -> Self {
        self.registry.users.takes_paths_below = true;
        self
    }

    /// Leaves `state` out of redirects, as some servers do (RFC 6749 section 4.1.2 forbids it).
    pub fn drop_state(mut self) -> Self {
        self.registry.users.drops_state = true;
        self
    }

    /// What becomes of refresh tokens: [`RefreshTokens::Rotating`] by default.
    pub fn refresh_tokens(mut self, refresh_tokens: RefreshTokens) -> Self {
        self.registry.users.policy = refresh_tokens;
        self
    }
}
