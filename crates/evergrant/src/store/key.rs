//! Store keys: a hash of everything that a token request depends on.

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use crate::scope::{Scope, Scopes};

/// The name of a record in a store: a SHA-256 hash of all components of a token request, each with its name and length.
///
/// Any change of a component changes the key; the order of scopes and of extra parameters does not matter. The client's
/// secret is not a component; use a [label](StoreKeyBuilder::credential_label) to distinguish secrets.
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

/// Builds a [`StoreKey`]. Created by [`StoreKey::builder`].
#[derive(Clone)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct StoreKeyBuilder {
    endpoint: String,
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

impl StoreKey {
    /// Returns a builder for the key of this token endpoint and client. The grant is client credentials unless
    /// [`grant`](StoreKeyBuilder::grant) sets another one.
    pub fn builder(endpoint: impl Into<String>, client_id: impl Into<String>) -> StoreKeyBuilder {
        StoreKeyBuilder {
            endpoint: endpoint.into(),
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
    /// Sets the [name](crate::client_auth::ClientAuth::name) of the client authentication method.
    pub fn client_auth(mut self, name: impl Into<String>) -> Self {
        self.client_auth = name.into();
        self
    }

    /// Adds a component that tokens are bound to, such as the thumbprint of a key, or the issuer. Must not be a secret.
    pub fn binding(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.bindings.push((name.into(), value.into()));
        self
    }

    /// Sets the name of the grant and, for grants with a user name, the user name.
    pub fn grant(mut self, name: impl Into<String>, username: Option<&str>) -> Self {
        self.grant = name.into();
        self.username = username.map(str::to_owned);
        self
    }

    /// Sets a non-secret label that distinguishes several secrets of one client id.
    pub fn credential_label(mut self, label: impl Into<String>) -> Self {
        self.credential_label = Some(label.into());
        self
    }

    /// Adds scopes of the token request.
    pub fn scopes<S: Scope>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes.extend(scopes);
        self
    }

    /// Adds a parameter of the token request, such as `audience` or `resource`.
    pub fn param(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.parameters.push((name.into(), value.into()));
        self
    }

    /// Adds a header of the token request, with the header's name in lower case. Pass an empty `value` if the value is
    /// secret.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sets a namespace that separates otherwise equal records, such as those of two deployments.
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// Computes the key from all components.
    #[must_use]
    pub fn build(mut self) -> StoreKey {
        let mut scopes: Vec<&str> = self.scopes.iter().collect();
        scopes.sort_unstable();
        self.parameters.sort_unstable();
        self.headers.sort_unstable();
        self.bindings.sort_unstable();
        let mut hash = Components(Sha256::new());
        hash.add("version", "1");
        hash.add("endpoint", &self.endpoint);
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

/// The error of parsing a [`StoreKey`]: the string is not a valid store key.
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
