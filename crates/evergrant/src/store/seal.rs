//! The seam to encryption: a token is sealed for one record of one key, and opens nowhere else. A record's tag is an empty text
//! that is sealed for the record.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use crate::Secret;
use crate::error::BoxError;
use crate::runtime::BoxFuture;

/// Encrypts what goes into a store (authenticated encryption with associated data), and decrypts what comes out of it.
///
/// `evergrant-store`'s key ring is one.
pub trait Seal: fmt::Debug + Send + Sync + 'static {
    /// The text, encrypted and bound to `identity`; itself a text without controls, quotation marks and backslashes, that begins
    /// with the name of the key. The text may be empty: then the result authenticates `identity`.
    ///
    /// # Errors
    /// [`SealError`] when there is no key to encrypt with.
    fn seal(&self, identity: &[u8], text: &Secret) -> impl Future<Output = Result<String, SealError>> + Send;

    /// What was sealed for the same `identity`.
    ///
    /// # Errors
    /// [`SealError`] when the key is unknown, when it was sealed for another identity, or when it was tampered with.
    fn open(&self, identity: &[u8], sealed: &str) -> impl Future<Output = Result<Secret, SealError>> + Send;
}

/// Why something could not be sealed or opened.
#[non_exhaustive]
pub enum SealError {
    /// There is no key of this name, or none at all.
    NoKey {
        /// Its name.
        name: String,
    },
    /// It was sealed for another record, or was changed.
    NotAuthentic,
    /// The keys could not be had.
    Keys(BoxError),
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoKey { name } => write!(
                f,
                "there is no key `{}` in the key ring; add it, or wait until all processes have the same ring",
                name.escape_debug()
            ),
            Self::NotAuthentic => f.write_str("it was sealed for another entry or with another key, or was changed"),
            Self::Keys(error) => write!(f, "the key ring cannot be had ({error})"),
        }
    }
}

impl std::error::Error for SealError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Keys(error) => Some(&**error),
            _ => None,
        }
    }
}

pub(super) type SharedSeal = Arc<dyn DynSeal>;

/// The object-safe twin of [`Seal`].
pub(super) trait DynSeal: fmt::Debug + Send + Sync {
    fn seal<'a>(&'a self, identity: &'a [u8], text: &'a Secret) -> BoxFuture<'a, Result<String, SealError>>;
    fn open<'a>(&'a self, identity: &'a [u8], sealed: &'a str) -> BoxFuture<'a, Result<Secret, SealError>>;
}

impl<S: Seal> DynSeal for S {
    fn seal<'a>(&'a self, identity: &'a [u8], text: &'a Secret) -> BoxFuture<'a, Result<String, SealError>> {
        Box::pin(Seal::seal(self, identity, text))
    }

    fn open<'a>(&'a self, identity: &'a [u8], sealed: &'a str) -> BoxFuture<'a, Result<Secret, SealError>> {
        Box::pin(Seal::open(self, identity, sealed))
    }
}
