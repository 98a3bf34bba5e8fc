//! Builder methods for users, redirect URIs and refresh tokens.

use std::time::Duration;

use super::super::AuthServerBuilder;
use super::{RedirectUri, RefreshTokens};

impl AuthServerBuilder {
    /// Registers a user and enables the `password` grant (RFC 6749 section 4.3). The authorization endpoint signs in
    /// the user that was registered first, without asking for the password.
    pub fn user(mut self, username: &str, password: &str) -> Self {
        self.registry.users.register(username, password);
        self
    }

    /// Registers a redirect URI of a registered client and enables the `authorization_code` grant. The redirect URI of
    /// a request must be identical, except for the port of a loopback IP address (RFC 8252 section 7.3).
    ///
    /// # Panics
    /// Panics if no client `client_id` is registered, or if `uri` is not an absolute URI without a fragment (RFC 6749
    /// section 3.1.2).
    pub fn redirect_uri(mut self, client_id: &str, uri: &str) -> Self {
        let known = RedirectUri::new(uri);
        let known = known.unwrap_or_else(|| panic!("{uri:?} is not an absolute URI without a fragment"));
        self.registry.client(client_id).redirect_uris.push(known);
        self
    }

    /// Makes the server also accept any path below a registered redirect URI, as some servers do.
    pub fn allow_redirect_subpaths(mut self) -> Self {
        self.registry.users.allow_redirect_subpaths = true;
        self
    }

    /// Makes the server omit `state` from redirects, as some servers do in violation of RFC 6749 section 4.1.2.
    pub fn omit_state(mut self) -> Self {
        self.registry.users.omit_state = true;
        self
    }

    /// Enables the device authorization grant (RFC 8628): `POST /device_authorization` issues codes, and the token
    /// endpoint is polled. [`AuthServer::approve_device`](super::super::AuthServer::approve_device) stands in for the
    /// user. A client that polls faster than the interval gets `slow_down`, after which its interval is 5 s longer.
    pub fn device_authorization(mut self) -> Self {
        self.registry.users.devices.is_enabled = true;
        self
    }

    /// Sets the polling interval in seconds that responses state. By default, they state none, and the interval is 5 s
    /// (RFC 8628 section 3.2).
    pub fn device_interval(mut self, seconds: u64) -> Self {
        self.registry.users.devices.interval = Some(seconds);
        self
    }

    /// Sets the lifetime of device codes. The default is 10 minutes.
    pub fn device_code_lifetime(mut self, lifetime: Duration) -> Self {
        self.registry.users.devices.lifetime = Some(lifetime);
        self
    }

    /// Enables pushed authorization requests (RFC 9126): `POST /par` stores a request, and the authorization endpoint
    /// accepts its `request_uri` once, from the same client, for 60 s.
    pub fn pushed_authorization(mut self) -> Self {
        self.registry.users.pushed.is_enabled = true;
        self
    }

    /// Makes the authorization endpoint accept only pushed authorization requests, which the metadata states
    /// (`require_pushed_authorization_requests`).
    pub fn require_pushed_authorization(mut self) -> Self {
        self.registry.users.pushed.is_required = true;
        self.pushed_authorization()
    }

    /// Makes the server add its issuer to redirects (`iss`, RFC 9207), which the metadata states.
    pub fn issuer_in_redirects(mut self) -> Self {
        self.registry.users.issuer_in_redirects = true;
        self
    }

    /// Sets how the server issues refresh tokens. The default is [`RefreshTokens::Rotating`].
    pub fn refresh_tokens(mut self, refresh_tokens: RefreshTokens) -> Self {
        self.registry.users.policy = refresh_tokens;
        self
    }
}
