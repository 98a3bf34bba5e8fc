//! The settings for DPoP proofs, and what tests can ask about them.

use super::Proofs;
use crate::auth::{AuthServer, AuthServerBuilder};

impl AuthServerBuilder {
    /// Makes the token endpoint require a DPoP proof (RFC 9449). By default, a proof is optional. A token that is
    /// issued for a request with a proof has the type `DPoP` and is bound to the key of the proof, also at the
    /// [`ApiServer`](crate::ApiServer).
    ///
    /// A proof must have the method and the URL of its request, an `iat` within a minute of the server's clock, and a
    /// `jti` that was not used before. Any other proof is rejected with `invalid_dpop_proof`;
    /// [`AuthServer::rejected_proofs`] returns the reasons.
    ///
    /// ```
    /// use evergrant_testing::AuthServer;
    ///
    /// let auth = AuthServer::builder().client("client-id", "not-a-real-secret").require_dpop().start();
    /// auth.rotate_dpop_nonce();
    /// assert!(auth.rejected_proofs().is_empty());
    /// ```
    pub fn require_dpop(self) -> Self {
        self.proofs.state().required = true;
        self
    }
}

impl AuthServer {
    /// Makes the token endpoint require a new nonce in DPoP proofs (RFC 9449 section 8). Each response contains the
    /// nonce. Proofs with an earlier nonce, or without one, are rejected with `use_dpop_nonce`.
    pub fn rotate_dpop_nonce(&self) {
        self.shared().proofs.rotate_nonce();
    }

    /// Returns the reasons why the token endpoint rejected DPoP proofs so far, in the order of the requests.
    #[must_use]
    pub fn rejected_proofs(&self) -> Vec<&'static str> {
        self.shared().proofs.rejections()
    }
}

impl Proofs {
    pub(crate) fn rejections(&self) -> Vec<&'static str> {
        self.state().rejections.clone()
    }
}
