//! The token store of a profile: its location, and the encryption of its tokens.

mod location;
#[cfg(feature = "store")]
mod open;

pub use self::location::StoreLocation;
use crate::secret::SecretRef;

/// The settings of the token store of a profile.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct StoreSettings {
    /// Whether tokens are stored, and at which location (the profile's keys `cache`, `store` and `store_env`). `None`
    /// if the profile sets none of these keys.
    pub choice: Option<StoreChoice>,
    /// How stored tokens are encrypted (the profile's keys `store_keys_env`, `store_keys_file` and
    /// `danger_plaintext_store`). `None` if the profile sets none of these keys.
    pub encryption: Option<StoreEncryption>,
    /// Whether connections to the store may be unencrypted (the profile's key `danger_unencrypted_store_connection`).
    pub allow_unencrypted_connection: bool,
    /// Whether the store may send its password in clear text, over an unencrypted connection, to a Postgres server on
    /// this machine (the profile's key `danger_clear_text_store_password`).
    pub allow_clear_text_password: bool,
    /// A namespace that separates these tokens from other tokens of the same client in the store (the profile's key
    /// `store_namespace`).
    pub namespace: Option<String>,
    /// A non-secret label that tells several secrets of one client id apart (the profile's key `credential_label`).
    pub credential_label: Option<String>,
}

/// Whether tokens are stored, and at which location.
#[derive(Debug, Clone)]
pub enum StoreChoice {
    /// Tokens are not stored (the profile's key `cache = false`).
    Disabled,
    /// Tokens are stored at this location.
    At(StoreLocation),
}

/// Whether the tokens in a store are encrypted, and with which keys.
#[derive(Debug, Clone)]
pub enum StoreEncryption {
    /// Tokens are encrypted with the keys of a key ring, which is read from this reference.
    Keys(SecretRef),
    /// Tokens are stored unencrypted.
    Plaintext,
}
