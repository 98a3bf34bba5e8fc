//! The error of a key, a certificate or a signature.

use std::fmt;

/// The error of a key, a certificate or a signature that cannot be used. The message names the cause and the remedy,
/// and contains no part of a key.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyError {
    kind: KeyErrorKind,
    problem: String,
}

/// The kind of a [`KeyError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyErrorKind {
    /// The file of a key or a certificate cannot be read.
    Unreadable,
    /// The text is not a key, a certificate or a signature in a supported format.
    Malformed,
    /// The key is encrypted with a password.
    Encrypted,
    /// The text is a public key or a certificate. Signing needs a private key.
    NotPrivate,
    /// The kind of key or its curve is not supported.
    Unsupported,
    /// The key is too small to be secure.
    TooSmall,
    /// The key or the signature does not fit the signature algorithm, or the key is not meant for signatures.
    WrongAlgorithm,
    /// The certificate belongs to a key other than the private key.
    WrongCertificate,
}

impl KeyError {
    pub(crate) fn new(kind: KeyErrorKind, problem: impl Into<String>) -> Self {
        let problem = problem.into();
        Self { kind, problem }
    }

    /// Adds the source of the key to the message.
    pub(crate) fn of(mut self, source: &str) -> Self {
        self.problem = format!("{source}: {}", self.problem);
        self
    }

    /// Returns what is wrong with the key, certificate or signature.
    #[must_use]
    pub fn kind(&self) -> KeyErrorKind {
        self.kind
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem)
    }
}

impl fmt::Debug for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        evergrant::error::report(self, f)
    }
}

impl std::error::Error for KeyError {}
