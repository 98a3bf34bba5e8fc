//! The settings for client assertions, and what tests can ask about them.

use super::{ClientKeys, JWT_BEARER, Jwk};
use crate::auth::client_authentication::Client;
use crate::auth::{AuthServer, AuthServerBuilder};

impl AuthServerBuilder {
    /// Registers a client with its public keys: a JWK, or a JWK set. The client authenticates with `private_key_jwt`
    /// (RFC 7523). Its assertion must be signed with one of the keys, and have the client as `iss` and `sub`, this
    /// server as `aud`, an `exp` within an hour, no `iat` or `nbf` in the future, and a `jti` that was not used before.
    /// Any other assertion is rejected with `invalid_client`; [`AuthServer::rejected_assertions`] returns the reasons.
    ///
    /// ```
    /// use evergrant_testing::AuthServer;
    ///
    /// let jwk = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    /// let auth = AuthServer::builder().client_keys("client-id", jwk).start();
    /// # let _ = auth;
    /// ```
    ///
    /// # Panics
    /// Panics if `jwks` is not a public JWK or a set of them.
    pub fn client_keys(self, id: &str, jwks: &str) -> Self {
        self.with_keys(id, jwks, None, JWT_BEARER)
    }

    /// Registers a client whose assertions another issuer signs, such as a Kubernetes cluster. `issuer` and `subject`
    /// are the `iss` and `sub` of its assertions, and `jwks` contains the public keys of the issuer. An assertion may
    /// be used several times until it expires. `assertion_type` is the expected `client_assertion_type`; `None` stands
    /// for the type in RFC 7523.
    ///
    /// # Panics
    /// Panics if `jwks` is not a public JWK or a set of them.
    pub fn federated_client(
        self,
        id: &str,
        (issuer, subject): (&str, &str),
        jwks: &str,
        assertion_type: Option<&str>,
    ) -> Self {
        let signed_by = Some((issuer.to_owned(), subject.to_owned()));
        self.with_keys(id, jwks, signed_by, assertion_type.unwrap_or(JWT_BEARER))
    }

    fn with_keys(mut self, id: &str, jwks: &str, signed_by: Option<(String, String)>, assertion_type: &str) -> Self {
        let client = Client {
            keys: Some(ClientKeys {
                keys: Jwk::parse(jwks),
                signed_by,
                assertion_type: assertion_type.to_owned(),
            }),
            ..Client::public()
        };
        self.registry.clients.insert(id.to_owned(), client);
        self
    }

    /// Sets the audience (`aud`) that assertions must have, in place of the issuer. `{token_url}` in `audience` stands
    /// for the URL of the token endpoint, which older servers require as the audience.
    pub fn assertion_audience(mut self, audience: &str) -> Self {
        self.registry.client_assertions.audience = Some(audience.to_owned());
        self
    }

    /// Makes the server require this `typ` in the header of assertions. By default, the server accepts any `typ`, and a
    /// header without `typ`.
    pub fn assertion_type_header(mut self, typ: &str) -> Self {
        self.registry.client_assertions.typ = Some(typ.to_owned());
        self
    }
}

impl AuthServer {
    /// Replaces the public keys of a client, as in a rotation.
    ///
    /// # Panics
    /// Panics if no client `client_id` with keys is registered, or if `jwks` is not a public JWK or a set of them.
    pub fn set_client_keys(&self, client_id: &str, jwks: &str) {
        let mut registry = self.registry();
        let keys = registry.client(client_id).keys.as_mut();
        keys.unwrap_or_else(|| panic!("the client {client_id:?} has no keys"))
            .keys = Jwk::parse(jwks);
    }

    /// Returns the reasons why the server rejected assertions so far, in the order of the requests.
    #[must_use]
    pub fn rejected_assertions(&self) -> Vec<&'static str> {
        self.registry().client_assertions.rejections.clone()
    }
}
