//! The error type for invalid settings of a token store.

use std::fmt;

use evergrant::error::{RelaxationForbidden, report};

/// An error in the settings of a token store. It is returned when the store is built, before anything is sent.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreBuildError {
    /// The scheme of the store's URL is not supported. The supported schemes are `file`, `memory`, `postgres`,
    /// `postgresql`, `redis`, `rediss`, `valkey` and `valkeys`. The last four can have the suffix `+cluster` or
    /// `+sentinel`.
    UnknownScheme {
        /// The unsupported scheme. An empty string means that the URL has no scheme.
        scheme: String,
    },
    /// The store requires a feature of `evergrant-store` that is not enabled.
    FeatureNotEnabled {
        /// The scheme of the store's URL.
        scheme: String,
        /// The feature of `evergrant-store` that the store requires.
        feature: &'static str,
    },
    /// The URL of the store is invalid.
    InvalidUrl {
        /// A description of the problem, which never contains a password.
        problem: String,
    },
    /// Other people may be able to read this store, and the settings do not say whether to encrypt tokens. Call
    /// [`encryption`](crate::StoreBuilder::encryption) or [`danger_plaintext`](crate::StoreBuilder::danger_plaintext).
    EncryptionNotDecided {
        /// The scheme of the store's URL.
        scheme: String,
    },
    /// The connection to the server is not encrypted, so passwords and tokens would be readable on the network.
    ConnectionNotEncrypted {
        /// The host that the store would connect to, without user name and password.
        host: String,
        /// The change that encrypts the connection, such as the scheme `rediss://`.
        instead: &'static str,
    },
    /// A `danger_*` setting of the store is used in a process that [forbids](evergrant::Relaxation::forbid_all) such
    /// settings.
    RelaxationForbidden(RelaxationForbidden),
    /// TLS connections cannot be set up, for example because of an invalid certificate file.
    Tls {
        /// A description of the problem, such as a file of certificates that cannot be read.
        problem: String,
    },
    /// The key ring, which contains the keys that encrypt tokens, is invalid or cannot be read.
    InvalidKeyRing {
        /// The source of the keys, such as a file or an environment variable, in words for a message.
        origin: String,
        /// A description of the problem. It may contain names of keys, but never a key.
        problem: String,
    },
}

impl StoreBuildError {
    #[cfg_attr(
        not(any(feature = "file", feature = "redis", feature = "postgres")),
        expect(dead_code, reason = "the store in memory reads no URL")
    )]
    pub(crate) fn invalid_url(problem: impl Into<String>) -> Self {
        let problem = problem.into();
        Self::InvalidUrl { problem }
    }

    #[cfg(any(feature = "redis", feature = "postgres"))]
    pub(crate) fn tls(problem: impl Into<String>) -> Self {
        let problem = problem.into();
        Self::Tls { problem }
    }
}

impl fmt::Display for StoreBuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownScheme { scheme } => {
                match scheme.as_str() {
                    "" => f.write_str("the store's URL has no scheme")?,
                    scheme => write!(f, "`{}:` URLs are not supported", scheme.escape_debug())?,
                }
                f.write_str(
                    "; supported are file:/folder, memory:, redis://host, rediss://host, redis+cluster://host,host, \
                     redis+sentinel://host,host/service or postgres://host/database",
                )
            }
            Self::FeatureNotEnabled { scheme, feature } => write!(
                f,
                "this program was built without support for `{scheme}:` URLs; enable the feature `{feature}` of \
                 evergrant-store"
            ),
            Self::InvalidUrl { problem } => write!(f, "the store's URL is invalid: {problem}"),
            Self::EncryptionNotDecided { scheme } => write!(
                f,
                "others may be able to read the tokens in a `{scheme}:` store; call encryption(..) with a key ring, or \
                 danger_plaintext() if that is safe"
            ),
            Self::ConnectionNotEncrypted { host, instead } => write!(
                f,
                "the connection to {host} is not encrypted, and passwords and tokens would be readable on the \
                 network; use {instead}, or danger_allow_unencrypted_connection() if that is safe"
            ),
            Self::RelaxationForbidden(forbidden) => forbidden.fmt(f),
            Self::Tls { problem } => write!(f, "TLS for the store cannot be set up: {problem}"),
            Self::InvalidKeyRing { origin, problem } => write!(f, "the key ring {origin} is invalid: {problem}"),
        }
    }
}

impl fmt::Debug for StoreBuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        report(self, f)
    }
}

impl std::error::Error for StoreBuildError {}

impl From<RelaxationForbidden> for StoreBuildError {
    fn from(forbidden: RelaxationForbidden) -> Self {
        Self::RelaxationForbidden(forbidden)
    }
}
