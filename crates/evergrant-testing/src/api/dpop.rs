//! The DPoP nonces of the API, and what tests can ask about its proofs.

use super::ApiServer;

impl ApiServer {
    /// Makes the API require a new nonce in DPoP proofs (RFC 9449 section 9). Each response contains the nonce. Proofs
    /// with an earlier nonce, or without one, are rejected with `use_dpop_nonce`.
    pub fn rotate_dpop_nonce(&self) {
        self.inner.resource.proofs.rotate_nonce();
    }

    /// Returns the reasons why the API rejected DPoP proofs so far, in the order of the requests.
    #[must_use]
    pub fn rejected_proofs(&self) -> Vec<&'static str> {
        self.inner.resource.proofs.rejections()
    }
}
