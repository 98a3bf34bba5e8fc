//! What makes one token another one: everything that a token request depends on, hashed.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

use crate::client_auth::ClientAuth;
use crate::scope::{Scope, Scopes};

/// The name of a record in a store: a SHA-256 over every component of a token request, each with its name and length.
///
/// Changing any component changes the key; the order of scopes and of extra parameters does not matter. The secret is no
/// component: a [label](StoreKeyBuilder::credential_label) stands for it.
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

/// Collects the components of a [`StoreKey`].
#[derive(Clone)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct StoreKeyBuilder {
    endpoint: String,
    client_id: String,
    auth: ClientAuth,
    grant: String,
    username: Option<String>,
    credential_label: Option<String>,
    scopes: Scopes,
    parameters: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    namespace: Option<String>,
}

impl StoreKey {
    /// A key for this token endpoint and client; the client credentials grant, unless another one is named.
    pub fn builder(endpoint: impl Into<String>, client_id: impl Into<String>) -> StoreKeyBuilder {
        StoreKeyBuilder {
            endpoint: endpoint.into(),
            client_id: client_id.into(),
            auth: ClientAuth::default(),
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
    /// How the client authenticates.
    pub fn client_auth(mut self, auth: ClientAuth) -> Self {
        self.auth = auth;
        self
    }

    /// The grant, and the user's name if it has one.
    pub fn grant(mut self, name: impl Into<String>, username: Option<&str>) -> Self {
        self.grant = name.into();
        self.username = username.map(str::to_owned);
        self
    }

    /// What stands for the secret, where one client id has several.
    pub fn credential_label(mut self, label: impl Into<String>) -> Self {
        self.credential_label = Some(label.into());
        self
    }

    /// Adds scopes.
    pub fn scopes<S: Scope>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes.extend(scopes);
        self
    }

    /// Adds a parameter of the token request, such as an `audience` or a `resource`.
    pub fn param(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.parameters.push((name.into(), value.into()));
        self
    }

    /// Adds a header of the token request, in lower case. A secret's value is left empty.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// What keeps records apart that would otherwise be one, such as those of two deployments.
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// The key.
    #[must_use]
    pub fn build(mut self) -> StoreKey {
        let mut scopes: Vec<&str> = self.scopes.iter().collect();
        scopes.sort_unstable();
        self.parameters.sort_unstable();
        self.headers.sort_unstable();
        let mut hash = Components(Sha256::new());
        hash.add("version", "1");
        hash.add("endpoint", &self.endpoint);
        hash.add("client_id", &self.client_id);
        hash.add("client_auth", self.auth.name());
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
        hash.add_optional("namespace", self.namespace.as_deref());
        StoreKey(hash.0.finalize().into())
    }
}

/// Without the endpoint's query and the parameters' values, which are an application's own.
impl fmt::Debug for StoreKeyBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreKeyBuilder")
            .field("client_id", &self.client_id)
            .field("auth", &self.auth)
            .field("grant", &self.grant)
            .field("scopes", &self.scopes)
            .field("namespace", &self.namespace)
            .finish_non_exhaustive()
    }
}

/// Each component with the length of its name and of its value before it, so that none can be mistaken for a part of another.
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
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreKey({self})")
    }
}

/// A text is no [`StoreKey`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct InvalidStoreKey;

impl fmt::Display for InvalidStoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a store's key is 64 hexadecimal digits in lower case")
    }
}

impl std::error::Error for InvalidStoreKey {}

impl FromStr for StoreKey {
    type Err = InvalidStoreKey;

    fn from_str(text: &str) -> Result<Self, InvalidStoreKey> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Ok(byte - b'0'),
            b'a'..=b'f' => Ok(byte - b'a' + 10),
            _ => Err(InvalidStoreKey),
        };
        if text.len() != 64 {
            return Err(InvalidStoreKey);
        }
        let mut key = [0; 32];
        for (byte, digits) in key.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = digit(digits[0])? << 4 | digit(digits[1])?;
        }
        Ok(Self(key))
    }
}
