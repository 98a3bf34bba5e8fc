//! What a test asks the authorization server about the requests it received.

use super::{AuthServer, IssuedToken};
use crate::record::RecordedRequest;

impl AuthServer {
    /// How many token requests came, whatever became of them.
    #[must_use]
    pub fn token_requests(&self) -> usize {
        self.shared().records.count(is_token_request)
    }

    /// How many token requests the server granted. A token that a fault made up is not among them.
    #[must_use]
    pub fn tokens_granted(&self) -> u64 {
        self.registry().granted
    }

    /// How many token requests were answered with anything else than a success, or not at all so far.
    #[must_use]
    pub fn failed_token_requests(&self) -> usize {
        self.shared()
            .records
            .count(|request| is_token_request(request) && !request.status.is_some_and(|status| status.is_success()))
    }

    /// Whether an access token is one of this server's, and neither revoked nor expired.
    #[must_use]
    pub fn accepts(&self, access_token: &str) -> bool {
        self.shared().entitlement(access_token).is_some()
    }

    /// What an access token stands for, if it is one of this server's, and neither revoked nor expired: for an API that decides
    /// by itself, as a [route](crate::ApiServer::route) does.
    ///
    /// ```
    /// use evergrant_testing::AuthServer;
    ///
    /// let auth = AuthServer::builder().client("client-id", "not-a-real-secret").start();
    /// let token = auth.issue_token("client-id", &["books.read"]);
    /// let issued = auth.issued(&token).unwrap();
    /// assert!(issued.has_scope("books.read") && issued.grant_type == "client_credentials");
    ///
    /// auth.revoke(&token);
    /// assert!(auth.issued(&token).is_none());
    /// ```
    #[must_use]
    pub fn issued(&self, access_token: &str) -> Option<IssuedToken> {
        let entitlement = self.shared().entitlement(access_token)?;
        Some(IssuedToken {
            username: entitlement.username().map(str::to_owned),
            client_id: entitlement.client_id,
            scopes: entitlement.scopes,
            grant_type: entitlement.grant_type,
        })
    }

    /// Every request to every endpoint, in the order in which they were received in full.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.shared().records.all()
    }

    /// The latest token request.
    ///
    /// # Panics
    /// If there was none.
    #[must_use]
    pub fn last_token_request(&self) -> RecordedRequest {
        let mut requests = self.requests();
        requests.retain(is_token_request);
        requests.pop().expect("a token request")
    }

    /// Forgets all requests, and starts every count at zero again. Tokens and scripts are kept.
    pub fn reset_records(&self) {
        self.shared().records.reset();
        self.registry().granted = 0;
    }

    /// Waits until that many token requests have come in all, answered or not.
    ///
    /// # Panics
    /// If they have not come within 20 seconds of real time.
    pub async fn wait_for_token_requests(&self, count: usize) {
        self.shared().records.wait(count, is_token_request).await;
    }

    /// Waits until that many requests have come in all, to whichever endpoint, answered or not.
    ///
    /// # Panics
    /// If they have not come within 20 seconds of real time.
    pub async fn wait_for_requests(&self, count: usize) {
        self.shared().records.wait(count, |_| true).await;
    }
}

fn is_token_request(request: &RecordedRequest) -> bool {
    request.for_a_token
}
