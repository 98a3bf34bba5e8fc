//! Queries for tests: tokens, counts and recorded requests.

use super::{AuthServer, IssuedToken};
use crate::recorded_request::RecordedRequest;

impl AuthServer {
    /// Returns the number of token requests that the server received, successful or not.
    #[must_use]
    pub fn token_requests(&self) -> usize {
        self.shared().records.count(is_token_request)
    }

    /// Returns the number of tokens that the server granted in response to token requests. Responses that a fault
    /// replaced are not counted.
    #[must_use]
    pub fn tokens_granted(&self) -> u64 {
        self.registry().granted
    }

    /// Returns the number of token requests that received an error or no response so far.
    #[must_use]
    pub fn failed_token_requests(&self) -> usize {
        self.shared()
            .records
            .count(|request| is_token_request(request) && !request.status.is_some_and(|status| status.is_success()))
    }

    /// Returns whether this server issued `access_token`, and the token is neither revoked nor expired.
    #[must_use]
    pub fn accepts(&self, access_token: &str) -> bool {
        self.shared().authorization(access_token).is_some()
    }

    /// Returns the properties of a valid access token. Returns `None` if this server did not issue the token, or if the
    /// token is revoked or expired. Use this method to authorize requests in a [route](crate::ApiServer::route).
    ///
    /// ```
    /// use evergrant_testing::AuthServer;
    ///
    /// let auth = AuthServer::builder().client("client-id", "not-a-real-secret").start();
    /// let token = auth.issue_token("client-id", &["books.read"]);
    /// let issued = auth.introspect(&token).unwrap();
    /// assert!(issued.has_scope("books.read") && issued.grant_type == "client_credentials");
    ///
    /// auth.revoke(&token);
    /// assert!(auth.introspect(&token).is_none());
    /// ```
    #[must_use]
    pub fn introspect(&self, access_token: &str) -> Option<IssuedToken> {
        let authorization = self.shared().authorization(access_token)?;
        let username = authorization.username().map(str::to_owned);
        let delegation = authorization.delegation;
        let subject = delegation.as_ref().map(|delegation| delegation.subject.clone());
        let (actor, targets) = delegation
            .map(|delegation| (delegation.actor, delegation.targets))
            .unwrap_or_default();
        Some(IssuedToken {
            username,
            subject,
            actor,
            targets,
            client_id: authorization.client_id,
            scopes: authorization.scopes,
            grant_type: authorization.grant_type,
        })
    }

    /// Returns the recorded requests to all endpoints, in the order in which the server finished reading them.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.shared().records.all()
    }

    /// Returns the latest token request.
    ///
    /// # Panics
    /// Panics if the server received no token request.
    #[must_use]
    pub fn last_token_request(&self) -> RecordedRequest {
        let mut requests = self.requests();
        requests.retain(is_token_request);
        requests.pop().expect("a token request")
    }

    /// Discards all recorded requests and resets all counts to zero. Tokens and faults are kept.
    pub fn reset_records(&self) {
        self.shared().records.reset();
        self.registry().granted = 0;
    }

    /// Waits until the server has recorded at least `count` token requests, including those without a response yet.
    ///
    /// # Panics
    /// Panics if this takes longer than 20 seconds of real time.
    pub async fn wait_for_token_requests(&self, count: usize) {
        self.shared().records.wait(count, is_token_request).await;
    }

    /// Waits until the server has recorded at least `count` requests to any endpoint, including those without a
    /// response yet.
    ///
    /// # Panics
    /// Panics if this takes longer than 20 seconds of real time.
    pub async fn wait_for_requests(&self, count: usize) {
        self.shared().records.wait(count, |_| true).await;
    }
}

fn is_token_request(request: &RecordedRequest) -> bool {
    request.is_token_request
}
