//! The trait for encryption of stored tokens. A token is encrypted for the record of one store key, and cannot be
//! decrypted as part of another record. The tag of a record is an encrypted empty string.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use crate::Secret;
use crate::error::BoxError;
use crate::runtime::BoxFuture;

/// The encryption of a token store: encrypts tokens before they are stored, and decrypts them after they are loaded
/// (authenticated encryption with associated data).
///
/// The key ring of `evergrant-store` implements this trait.
pub trait Seal: fmt::Debug + Send + Sync + 'static {
    /// Encrypts `text`, with `identity` as the associated data: only [`open`](Self::open) with the same `identity`
    /// decrypts it. The result starts with the name of the key, and contains no control characters, quotation marks or
    /// backslashes. If `text` is empty, the result only authenticates `identity`.
    ///
    /// # Errors
    /// [`SealError`] if no key for encryption is available.
    fn seal(&self, identity: &[u8], text: &Secret) -> impl Future<Output = Result<String, SealError>> + Send;

    /// Decrypts `sealed`, the result of [`seal`](Self::seal) with the same `identity`.
    ///
    /// # Errors
    /// [`SealError`] if the key is unknown, if the text was encrypted for another identity, or if it was changed.
    fn open(&self, identity: &[u8], sealed: &str) -> impl Future<Output = Result<Secret, SealError>> + Send;
}

/// The error of a failed encryption or decryption of a stored token.
#[non_exhaustive]
pub enum SealError {
    /// The key ring contains no key of this name, or no key at all.
    UnknownKey {
        /// The name of the key.
        name: String,
    },
    /// The text was encrypted for another record, or was changed.
    NotAuthentic,
    /// The keys could not be loaded.
    KeysUnavailable(BoxError),
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownKey { name } => write!(
                f,
                "the key ring contains no key `{}`; add it, or wait until all processes have the same key ring",
                name.escape_debug()
            ),
            Self::NotAuthentic => {
                f.write_str("it was encrypted for another record or with another key, or was changed")
            }
            Self::KeysUnavailable(error) => write!(f, "the key ring cannot be loaded ({error})"),
        }
    }
}

crate::error::debug_is_report!(SealError);

impl std::error::Error for SealError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::KeysUnavailable(error) => Some(&**error),
            _ => None,
        }
    }
}

pub(super) type SharedSeal = Arc<dyn DynSeal>;

/// The dyn-compatible counterpart of [`Seal`].
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

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn errors_state_the_reason() {
        let unknown = SealError::UnknownKey {
            name: "2026\n".to_owned(),
        };
        assert!(
            unknown
                .to_string()
                .starts_with(r"the key ring contains no key `2026\n`; add it")
        );
        assert!(unknown.source().is_none());
        assert!(SealError::NotAuthentic.to_string().contains("was changed"));
        assert!(SealError::NotAuthentic.source().is_none());
        let unavailable = SealError::KeysUnavailable("no access".into());
        assert_eq!(unavailable.to_string(), "the key ring cannot be loaded (no access)");
        assert_eq!(unavailable.source().unwrap().to_string(), "no access");
    }
}
