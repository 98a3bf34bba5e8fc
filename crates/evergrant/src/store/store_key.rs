//! Store keys: hashes of everything that distinguishes the tokens of different token requests.

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use crate::scope::{Scope, Scopes};

/// The key of a record in a token store: a SHA-256 hash of everything that distinguishes a token request, such as the
/// token endpoint, the client id, the grant and the scopes. Token managers with equal keys share a token.
///
/// Any change of such a component changes the key. The order of scopes and of additional parameters does not matter.
/// The client's secret is not a component. Use a [label](StoreKeyBuilder::credential_label) to distinguish secrets.
///
/// ```
/// use evergrant::store::StoreKey;
///
/// let key = StoreKey::builder("https://auth.example.com/token", "client-id")
///     .scopes(["orders.read", "books.read"])
///     .build();
/// let same = StoreKey::builder("https://auth.example.com/token", "client-id")
///     .scopes(["books.read", "orders.read"])
///     .build();
/// assert_eq!(key, same);
/// assert_eq!(key.to_string().len(), 64);
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoreKey([u8; 32]);

/// Builds a [`StoreKey`], the key of a record in a token store. Created by [`StoreKey::builder`].
#[derive(Clone)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct StoreKeyBuilder {
    server: Server,
    client_id: String,
    client_auth: String,
    bindings: Vec<(String, String)>,
    grant: String,
    username: Option<String>,
    credential_label: Option<String>,
    scopes: Scopes,
    parameters: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    namespace: Option<String>,
}

/// The authorization server.
#[derive(Clone)]
enum Server {
    /// The URL of its token endpoint.
    Endpoint(String),
    /// The issuer whose metadata has the endpoint.
    Issuer(String),
}

impl StoreKey {
    /// Returns a builder for the store key of this token endpoint and client. The grant is client credentials unless
    /// [`grant`](StoreKeyBuilder::grant) sets another one.
    pub fn builder(endpoint: impl Into<String>, client_id: impl Into<String>) -> StoreKeyBuilder {
        Self::of(Server::Endpoint(endpoint.into()), client_id)
    }

    /// Returns a builder for the store key of a client that is configured with an issuer instead of a token URL, as
    /// with [`TokenManagerBuilder::issuer`](crate::TokenManagerBuilder::issuer). The key stays the same when the token
    /// endpoint moves. If the issuer's path is empty, omit the trailing slash: `https://idp.example.com`.
    ///
    /// ```
    /// use evergrant::store::StoreKey;
    ///
    /// let key = StoreKey::for_issuer("https://idp.example.com/realms/a", "client-id").build();
    /// assert_ne!(key, StoreKey::for_issuer("https://idp.example.com/realms/b", "client-id").build());
    /// ```
    pub fn for_issuer(issuer: impl Into<String>, client_id: impl Into<String>) -> StoreKeyBuilder {
        Self::of(Server::Issuer(issuer.into()), client_id)
    }

    fn of(server: Server, client_id: impl Into<String>) -> StoreKeyBuilder {
        StoreKeyBuilder {
            server,
            client_id: client_id.into(),
            client_auth: "client_secret_basic, percent-encoded".to_owned(),
            bindings: Vec::new(),
            grant: "client credentials".to_owned(),
            username: None,
            credential_label: None,
            scopes: Scopes::default(),
            parameters: Vec::new(),
            headers: Vec::new(),
            namespace: None,
        }
    }
}

impl StoreKeyBuilder {
    /// Sets the [name](crate::client_auth::ClientAuth::name) of the client authentication method, as a component of the
    /// store key.
    pub fn client_auth(mut self, name: impl Into<String>) -> Self {
        self.client_auth = name.into();
        self
    }

    /// Adds a component of the store key for something that tokens are bound to, such as the thumbprint of a key, or
    /// the issuer. Must not be a secret.
    pub fn binding(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.bindings.push((name.into(), value.into()));
        self
    }

    /// Sets the name of the grant and, for a grant with a user name, the user name, as components of the store key.
    pub fn grant(mut self, name: impl Into<String>, username: Option<&str>) -> Self {
        self.grant = name.into();
        self.username = username.map(str::to_owned);
        self
    }

    /// Sets a label that distinguishes several client secrets of one client id, as a component of the store key. Must
    /// not be a secret.
    pub fn credential_label(mut self, label: impl Into<String>) -> Self {
        self.credential_label = Some(label.into());
        self
    }

    /// Adds the scopes of the token request, as components of the store key.
    pub fn scopes<S: Scope>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes.extend(scopes);
        self
    }

    /// Adds a parameter of the token request, such as `audience` or `resource`, as a component of the store key.
    pub fn param(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.parameters.push((name.into(), value.into()));
        self
    }

    /// Adds a header of the token request, as a component of the store key. Pass the header's name in lower case, and
    /// an empty `value` if the value is secret.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sets a namespace, such as the name of a deployment, as a component of the store key. Managers with different
    /// namespaces share no token.
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// Computes the store key from all components.
    #[must_use]
    pub fn build(mut self) -> StoreKey {
        let mut scopes: Vec<&str> = self.scopes.iter().collect();
        scopes.sort_unstable();
        self.parameters.sort_unstable();
        self.headers.sort_unstable();
        self.bindings.sort_unstable();
        let mut hash = Components(Sha256::new());
        hash.add("version", "1");
        match &self.server {
            Server::Endpoint(url) => hash.add("endpoint", url),
            Server::Issuer(issuer) => hash.add("issuer", issuer),
        }
        hash.add("client_id", &self.client_id);
        hash.add("client_auth", &self.client_auth);
        hash.add("grant", &self.grant);
        hash.add_optional("username", self.username.as_deref());
        hash.add_optional("credential_label", self.credential_label.as_deref());
        for scope in scopes {
            hash.add("scope", scope);
        }
        for (name, value) in &self.parameters {
            hash.add("parameter name", name);
            hash.add("parameter value", value);
        }
        for (name, value) in &self.headers {
            hash.add("header name", name);
            hash.add("header value", value);
        }
        for (name, value) in &self.bindings {
            hash.add("binding name", name);
            hash.add("binding value", value);
        }
        hash.add_optional("namespace", self.namespace.as_deref());
        StoreKey(hash.0.finalize().into())
    }
}

/// Omits the endpoint's query and the values of parameters, which may be confidential.
impl fmt::Debug for StoreKeyBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreKeyBuilder")
            .field("client_id", &self.client_id)
            .field("client_auth", &self.client_auth)
            .field("grant", &self.grant)
            .field("scopes", &self.scopes)
            .field("namespace", &self.namespace)
            .finish_non_exhaustive()
    }
}

/// Hashes each component with the lengths of its name and value, so that no two sets of components have the same input.
struct Components(Sha256);

impl Components {
    fn add(&mut self, name: &str, value: &str) {
        for text in [name, value] {
            self.0.update((text.len() as u64).to_be_bytes());
            self.0.update(text);
        }
    }

    fn add_optional(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.add(name, value);
        }
    }
}

impl fmt::Display for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        HEXLOWER.encode_display(&self.0).fmt(f)
    }
}

impl fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreKey({self})")
    }
}

/// The error of parsing a [`StoreKey`]: the string is not a valid store key, which has 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct InvalidStoreKey;

impl fmt::Display for InvalidStoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a store key has 64 hexadecimal digits in lower case")
    }
}

crate::error::debug_is_report!(InvalidStoreKey);

impl std::error::Error for InvalidStoreKey {}

impl FromStr for StoreKey {
    type Err = InvalidStoreKey;

    fn from_str(text: &str) -> Result<Self, InvalidStoreKey> {
        let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_| InvalidStoreKey)?;
        bytes.try_into().map(Self).map_err(|_| InvalidStoreKey)
    }
}
