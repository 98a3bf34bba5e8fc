//! The JWT bearer grant (RFC 7523) and token exchange (RFC 8693): known assertions and targets.

use std::collections::HashMap;
use std::time::SystemTime;

use super::registered_clients_and_tokens::Registry;
use super::{AuthServer, AuthServerBuilder};

/// What the server knows about assertions.
#[derive(Default)]
pub(super) struct AssertionGrants {
    jwt_bearer: bool,
    token_exchange: bool,
    /// The subjects of assertions that somebody else has issued.
    known: HashMap<String, KnownAssertion>,
    single_use: bool,
    /// `None` for any audience and resource.
    targets: Option<Vec<String>>,
}

struct KnownAssertion {
    subject: String,
    used: bool,
}

/// For whom and for which services a token was issued.
#[derive(Clone, Default)]
pub(crate) struct Delegation {
    pub(crate) subject: String,
    pub(crate) actor: Option<String>,
    /// The audiences and resources.
    pub(crate) targets: Vec<String>,
}

impl AuthServerBuilder {
    /// Enables the grant `urn:ietf:params:oauth:grant-type:jwt-bearer` (RFC 7523 section 2.1). The server accepts the
    /// assertions that [`assertion`](Self::assertion) or [`AuthServer::add_assertion`] registers.
    pub fn jwt_bearer(mut self) -> Self {
        self.registry.assertion_grants.jwt_bearer = true;
        self
    }

    /// Enables token exchange (RFC 8693). Subject and actor tokens are valid access tokens of this server, or
    /// registered assertions. Tokens of the types `access_token`, `jwt` and `id_token` are issued; the latter two have
    /// the `token_type` `N_A`.
    ///
    /// ```
    /// use evergrant_testing::AuthServer;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), reqwest::Error> {
    /// let auth = AuthServer::builder()
    ///     .client("client-id", "not-a-real-secret")
    ///     .token_exchange()
    ///     .assertion("not.a.real.assertion", "jane")
    ///     .start();
    /// let form = [
    ///     ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
    ///     ("subject_token", "not.a.real.assertion"),
    ///     ("subject_token_type", "urn:ietf:params:oauth:token-type:jwt"),
    /// ];
    /// let request = reqwest::Client::new().post(auth.token_url()).basic_auth("client-id", Some("not-a-real-secret"));
    /// let token: serde_json::Value = request.form(&form).send().await?.json().await?;
    /// let issued = auth.introspect(token["access_token"].as_str().unwrap()).unwrap();
    /// assert_eq!(issued.subject.as_deref(), Some("jane"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn token_exchange(mut self) -> Self {
        self.registry.assertion_grants.token_exchange = true;
        self
    }

    /// Registers an assertion for this subject, which the JWT bearer grant and token exchange then accept as if a
    /// trusted issuer had signed it. The server compares the text of the assertion, and does not parse it.
    pub fn assertion(mut self, assertion: &str, subject: &str) -> Self {
        self.registry.assertion_grants.add(assertion, subject);
        self
    }

    /// Makes the server accept each assertion only once. A second request with the same assertion fails with
    /// `invalid_grant`.
    pub fn single_use_assertions(mut self) -> Self {
        self.registry.assertion_grants.single_use = true;
        self
    }

    /// Sets the audiences and resources for which the server issues tokens. A token exchange for any other audience or
    /// resource fails with `invalid_target` (RFC 8693 section 2.2.2). By default, the server accepts all.
    pub fn targets(mut self, targets: &[&str]) -> Self {
        self.registry.assertion_grants.targets = Some(targets.iter().map(ToString::to_string).collect());
        self
    }
}

impl AuthServer {
    /// Registers an assertion for this subject, which the JWT bearer grant and token exchange then accept. See
    /// [`AuthServerBuilder::assertion`].
    pub fn add_assertion(&self, assertion: &str, subject: &str) {
        self.registry().assertion_grants.add(assertion, subject);
    }

    /// Makes the server reject a registered assertion from now on, as if it had expired.
    pub fn remove_assertion(&self, assertion: &str) {
        self.registry().assertion_grants.known.remove(assertion);
    }
}

impl AssertionGrants {
    fn add(&mut self, assertion: &str, subject: &str) {
        let known = KnownAssertion {
            subject: subject.to_owned(),
            used: false,
        };
        self.known.insert(assertion.to_owned(), known);
    }

    /// Returns whether tokens may be issued for an audience or a resource.
    pub(super) fn allows_target(&self, target: &str) -> bool {
        let targets = self.targets.as_ref();
        targets.is_none_or(|targets| targets.iter().any(|known| known == target))
    }

    /// Returns the subject of an assertion, or the reason for a rejection.
    pub(super) fn subject(&mut self, assertion: &str) -> Result<String, &'static str> {
        let known = self.known.get_mut(assertion).ok_or("the assertion is unknown")?;
        if self.single_use && known.used {
            return Err("the assertion was used before");
        }
        known.used = true;
        Ok(known.subject.clone())
    }
}

impl Registry {
    pub(super) fn jwt_bearer_enabled(&self) -> bool {
        self.assertion_grants.jwt_bearer
    }

    pub(super) fn token_exchange_enabled(&self) -> bool {
        self.assertion_grants.token_exchange
    }

    /// Returns the subject of an access token of this server or of an assertion, or the reason for a rejection.
    pub(super) fn subject_of(&mut self, token: &str, now: SystemTime) -> Result<String, &'static str> {
        match self.valid(token, now) {
            Some(issued) => Ok(issued.authorization.subject().to_owned()),
            None => self.assertion_grants.subject(token),
        }
    }
}
