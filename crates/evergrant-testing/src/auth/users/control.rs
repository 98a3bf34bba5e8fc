//! What a test does in the users' place: signs in, refuses to, and takes its word back.

use super::super::AuthServer;
use super::browser;

impl AuthServer {
    /// The URL of the authorization endpoint.
    #[must_use]
    pub fn authorization_url(&self) -> String {
        self.url(&self.shared().paths.authorization)
    }

    /// Stands in for the user's browser: opens a URL of the authorization endpoint, follows nothing, and returns the
    /// `Location` that it is redirected to. The thread is blocked until then; in an async test that does no harm, as the
    /// server has a thread of its own.
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
    /// If that is no `http` URL, if nobody answers within 20 seconds of real time, or if the answer is no redirect, as for an
    /// unknown client; the message has the status and the body.
    #[must_use = "the client under test wants to know where the browser is redirected to"]
    #[track_caller]
    pub fn visit(&self, authorization_url: &str) -> String {
        browser::visit(authorization_url).unwrap_or_else(|why| panic!("the browser is not redirected: {why}"))
    }

    /// From now on the user refuses: the authorization endpoint redirects with `access_denied`. Other grants go on.
    pub fn deny_sign_ins(&self) {
        self.registry().users.deny = true;
    }

    /// From now on the user signs in again.
    pub fn allow_sign_ins(&self) {
        self.registry().users.deny = false;
    }

    /// Makes every refresh token issued so far invalid. Access tokens stay good; for these there is
    /// [`revoke_all`](Self::revoke_all).
    pub fn revoke_refresh_tokens(&self) {
        self.registry().users.revoke_refresh_tokens(|_| true);
    }
}
