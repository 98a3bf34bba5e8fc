//! What can be wrong with a store's settings, found when it is built and before anything is sent.

use std::fmt;

use evergrant::error::{RelaxationForbidden, report};

/// Settings that no store can be made of.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreBuildError {
    /// The URL's scheme is of no store. Those that are: `file`, `memory`, `redis`, `rediss`, `valkey`, `valkeys` (and with
    /// `+cluster` or `+sentinel`), `postgres`, `postgresql`.
    UnknownScheme {
        /// The scheme; empty when the URL has none.
        scheme: String,
    },
    /// The store was left out when this program was compiled.
    FeatureNotEnabled {
        /// The URL's scheme.
        scheme: String,
        /// The feature of `evergrant-store` that has it.
        feature: &'static str,
    },
    /// The URL cannot be used.
    InvalidUrl {
        /// What is wrong with it. Never contains a password.
        problem: String,
    },
    /// Others can read what is in this store, and nobody has said whether tokens are encrypted there.
    EncryptionNotDecided {
        /// The URL's scheme.
        scheme: String,
    },
    /// Whoever is on the way to the store could read passwords and tokens.
    ConnectionNotEncrypted {
        /// The host, without user information.
        host: String,
        /// What would make it encrypted, such as `rediss://`.
        instead: &'static str,
    },
    /// A `danger_*` setting is used in a process that forbids them all.
    RelaxationForbidden(RelaxationForbidden),
    /// Encryption of the connection cannot be set up.
    Tls {
        /// What is wrong, such as a file of certificates that cannot be read.
        problem: String,
    },
    /// There is something wrong with the keys.
    InvalidKeyRing {
        /// Where they are from.
        origin: String,
        /// What is wrong. Names keys, and never shows one.
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
                    scheme => write!(f, "there is no store for `{}:` URLs", scheme.escape_debug())?,
                }
                f.write_str(
                    "; write it as file:/folder, memory:, redis://host, rediss://host, redis+cluster://host,host, \
                     redis+sentinel://host,host/service or postgres://host/database",
                )
            }
            Self::FeatureNotEnabled { scheme, feature } => write!(
                f,
                "this program was built without the store for `{scheme}:` URLs; enable the feature `{feature}` of evergrant-store"
            ),
            Self::InvalidUrl { problem } => write!(f, "the store's URL cannot be used: {problem}"),
            Self::EncryptionNotDecided { scheme } => write!(
                f,
                "others may be able to read what is stored at `{scheme}:` URLs; call encryption(..) with a key ring, or \
                 danger_plaintext() where that is safe"
            ),
            Self::ConnectionNotEncrypted { host, instead } => write!(
                f,
                "the connection to {host} is not encrypted, and passwords and tokens would be readable on the way; use \
                 {instead}, or danger_allow_unencrypted_connection() where that is safe"
            ),
            Self::RelaxationForbidden(forbidden) => forbidden.fmt(f),
            Self::Tls { problem } => write!(f, "encryption of the store's connection cannot be set up: {problem}"),
            Self::InvalidKeyRing { origin, problem } => write!(f, "the key ring {origin} cannot be used: {problem}"),
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
