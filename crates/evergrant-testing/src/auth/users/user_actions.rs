//! Actions of a user: signing in, denying a sign-in and revoking consent.

use super::super::AuthServer;
use super::browser;
use super::device_codes::Decision;

impl AuthServer {
    /// Returns the URL of the authorization endpoint.
    #[must_use]
    pub fn authorization_url(&self) -> String {
        self.url(&self.shared().paths().authorization)
    }

    /// Stands in for the user's browser: opens a URL of the authorization endpoint and returns the `Location` of the
    /// redirect, without following it. This method blocks the thread, which is safe in an async test because the server
    /// has its own thread.
    ///
    /// ```
    /// # use evergrant_testing::AuthServer;
    /// let auth = AuthServer::builder()
    ///     .client("web", "not-a-real-secret")
    ///     .redirect_uri("web", "https://web.example/callback")
    ///     .user("jane", "not-a-real-password")
    ///     .start();
    /// let back = auth.visit(&format!("{}?response_type=code&client_id=web&state=xyz", auth.authorization_url()));
    /// assert!(back.starts_with("https://web.example/callback?code=") && back.ends_with("&state=xyz"));
    /// ```
    ///
    /// # Panics
    /// Panics if the URL is not an `http` URL, if no response arrives within 20 seconds of real time, or if the
    /// response is not a redirect, as for an unknown client. The message contains the status and the body.
    #[must_use = "the client under test needs the URL of the redirect"]
    #[track_caller]
    pub fn visit(&self, authorization_url: &str) -> String {
        browser::visit(authorization_url).unwrap_or_else(|reason| panic!("the browser is not redirected: {reason}"))
    }

    /// Stands in for a user who enters this code on another device and approves (RFC 8628 section 3.3).
    ///
    /// # Panics
    /// Panics if the server has not issued this user code.
    pub fn approve_device(&self, user_code: &str) {
        let is_known = self.registry().decide_device(user_code, Decision::Approved);
        assert!(is_known, "the user code {user_code:?} was not issued");
    }

    /// Stands in for a user who enters this code on another device and denies access.
    ///
    /// # Panics
    /// Panics if the server has not issued this user code.
    pub fn deny_device(&self, user_code: &str) {
        let is_known = self.registry().decide_device(user_code, Decision::Denied);
        assert!(is_known, "the user code {user_code:?} was not issued");
    }

    /// Rejects the next request with each issued device code with `slow_down`, whatever its pause.
    pub fn slow_devices_down(&self) {
        self.registry().slow_devices_down();
    }

    /// Returns the URL of the device authorization endpoint.
    #[must_use]
    pub fn device_authorization_url(&self) -> String {
        self.url("/device_authorization")
    }

    /// Makes all further sign-ins fail as if the user denied them: the authorization endpoint redirects with
    /// `access_denied`. Other grants still work.
    pub fn deny_sign_ins(&self) {
        self.registry().users.deny = true;
    }

    /// Makes sign-ins succeed again, after [`deny_sign_ins`](Self::deny_sign_ins).
    pub fn allow_sign_ins(&self) {
        self.registry().users.deny = false;
    }

    /// Revokes all refresh tokens issued so far. Access tokens stay valid; see [`revoke_all`](Self::revoke_all).
    pub fn revoke_refresh_tokens(&self) {
        self.registry().users.revoke_refresh_tokens(|_| true);
    }
}
