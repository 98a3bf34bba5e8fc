//! References to secrets in environment variables and files, which are read on demand.

mod deserialize;
mod secret_from_bytes;
mod source_name_in_messages;

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};

use evergrant::{Secret, SecretFile};

pub use self::deserialize::deserialize_secret;
#[cfg(feature = "toml")]
pub(crate) use self::secret_from_bytes::drop_byte_order_mark;
pub use self::secret_from_bytes::read_secret;
use self::secret_from_bytes::unreadable;
use self::source_name_in_messages::SourceName;
use crate::error::Error;

/// A reference to a secret in an environment variable or a file. The secret is only read on demand. `Debug` shows the
/// reference, never the secret.
///
/// An application may pass a secret by mistake where the name of a variable or file belongs. If the name looks like a
/// secret, error messages do not show it.
///
/// ```
/// use evergrant_profile::SecretRef;
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("db-password");
/// # std::fs::write(&path, "not-a-real-secret\n")?;
/// let password = SecretRef::file("db.password_file", &path).read()?;
/// assert_eq!(password.expose(), "not-a-real-secret");
///
/// let error = SecretRef::env("db.password_env", "BOOKSHOP_DB_PASSWORD").read().unwrap_err();
/// assert!(error.to_string().contains("`BOOKSHOP_DB_PASSWORD` (db.password_env) is not set"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # In a configuration
/// The reference is deserialized from the text `env:VARIABLE` or `file:FILE`. Any other text is the secret itself; for
/// example, a configuration library may have read it from the environment. To read the secret during deserialization,
/// use [`deserialize_secret`] for a field of type [`Secret`].
///
/// ```
/// use evergrant_profile::SecretRef;
///
/// #[derive(serde::Deserialize)]
/// struct Database {
///     url: String,
///     password: SecretRef,
/// }
///
/// let text = "url = 'postgres://db'\npassword = 'env:BOOKSHOP_DB_PASSWORD'";
/// let database: Database = toml::from_str(text)?;
/// let error = database.password.read().unwrap_err();
/// assert!(error.to_string().contains("`BOOKSHOP_DB_PASSWORD` (a reference in the configuration) is not set"));
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Clone)]
pub struct SecretRef(Inner);

#[derive(Clone)]
enum Inner {
    Variable {
        name: String,
        reference: SourceName,
    },
    File {
        path: PathBuf,
        reference: SourceName,
    },
    /// A secret from the application, or one in a profile with `danger_client_secret_in_file`.
    Literal(Secret),
    /// A value of another type in a configuration.
    NotText,
}

impl SecretRef {
    /// Creates a reference to the environment variable `name`. `setting` identifies the reference in error messages.
    #[must_use]
    pub fn env(setting: impl Into<String>, name: impl Into<String>) -> Self {
        let name = name.into();
        let reference = SourceName::to_variable(setting, &name);
        Self(Inner::Variable { name, reference })
    }

    /// Creates a reference to the file at `path`. `setting` identifies the reference in error messages.
    #[must_use]
    pub fn file(setting: impl Into<String>, path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let reference = SourceName::to_file(setting, &path.to_string_lossy());
        Self(Inner::File { path, reference })
    }

    /// Creates a reference from the text `env:VARIABLE` or `file:FILE`, or `None` for any other text. `resolve`
    /// converts the name of such a file to its path.
    pub(crate) fn from_reference(setting: &str, text: &str, resolve: impl FnOnce(&str) -> PathBuf) -> Option<Self> {
        if let Some(variable) = text.strip_prefix("env:") {
            return Some(Self::env(setting, variable));
        }
        let file = text.strip_prefix("file:")?;
        Some(Self::file_with_display_path(setting, file, resolve(file)))
    }

    /// Creates a reference to a file. Errors show `display_path` instead of the resolved `path`.
    pub(crate) fn file_with_display_path(setting: impl Into<String>, display_path: &str, path: PathBuf) -> Self {
        let reference = SourceName::to_file(setting, display_path);
        Self(Inner::File { path, reference })
    }

    /// Reads the secret. The variable or file must contain one line of UTF-8, at most 64 KiB. The secret is this line
    /// without its line ending and byte order mark. If the secret is in a file that other users of this machine can
    /// read, the event `evergrant.secret_file_exposed` is emitted at level `warn`.
    ///
    /// # Errors
    /// Returns [`Error::SecretUnavailable`] if the variable or file cannot be read or does not contain one line of
    /// UTF-8, at most 64 KiB.
    pub fn read(&self) -> Result<Secret, Error> {
        match &self.0 {
            Inner::Variable { name, reference } => secret_from_bytes::one_line(
                read_variable(name, reference, "export it, or set another source of the secret")?,
                &format!("the environment variable {reference}"),
            ),
            Inner::File { path, reference } => read_file(path, reference),
            Inner::Literal(secret) => Ok(secret.clone()),
            Inner::NotText => Err(not_text()),
        }
    }

    /// Reads the URL of a store, which may contain a password.
    pub(crate) fn read_url(&self) -> Result<Secret, Error> {
        const REMEDY: &str = "export it with the store's URL";
        match &self.0 {
            Inner::Variable { name, reference } => match read_variable(name, reference, REMEDY)? {
                url if url.is_empty() => Err(unavailable(format!(
                    "the environment variable {reference} is empty; {REMEDY}"
                ))),
                url => Ok(Secret::new(url)),
            },
            _ => self.read(),
        }
    }

    /// Reads the keys that encrypt the tokens in a store.
    #[cfg(feature = "store")]
    pub(crate) fn read_keys(&self) -> Result<evergrant_store::KeyRing, Error> {
        use evergrant_store::KeyRing;

        let (keys, reference) = match &self.0 {
            Inner::Variable { name, reference } => {
                if std::env::var_os(name).is_none() {
                    return Err(unavailable(format!(
                        "the environment variable {reference} is not set; export it, or set another source of the keys"
                    )));
                }
                (KeyRing::from_env(name), reference)
            }
            Inner::File { path, reference } => {
                if std::fs::symlink_metadata(path).is_err() {
                    return Err(unavailable(format!(
                        "the file {reference} does not exist; `evergrant store new-key` prints a key for it"
                    )));
                }
                (KeyRing::from_file(path), reference)
            }
            Inner::NotText => return Err(not_text()),
            Inner::Literal(secret) => {
                let keys = KeyRing::parse(secret.expose());
                return keys.map_err(|error| unavailable(error.to_string()));
            }
        };
        keys.map_err(|error| unavailable(format!("{}: {error}", reference.setting())))
    }
}

/// Wraps a secret that the application provides.
impl From<Secret> for SecretRef {
    fn from(secret: Secret) -> Self {
        Self(Inner::Literal(secret))
    }
}

impl fmt::Debug for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Inner::Variable { reference, .. } => write!(f, "the environment variable {reference}"),
            Inner::File { reference, .. } => write!(f, "the file {reference}"),
            Inner::Literal(_) | Inner::NotText => f.write_str("[redacted]"),
        }
    }
}

fn not_text() -> Error {
    unavailable(
        "a secret in the configuration is not text; put it in quotes, or refer to it as env:VARIABLE or file:FILE"
            .to_owned(),
    )
}

fn unavailable(problem: String) -> Error {
    Error::SecretUnavailable { problem }
}

fn read_variable(name: &str, reference: &SourceName, remedy: &str) -> Result<String, Error> {
    let problem = match std::env::var(name) {
        Ok(text) => return Ok(text),
        Err(std::env::VarError::NotPresent) => format!("is not set; {remedy}"),
        Err(std::env::VarError::NotUnicode(_)) => "is not valid UTF-8".to_owned(),
    };
    Err(unavailable(format!("the environment variable {reference} {problem}")))
}

fn read_file(path: &Path, reference: &SourceName) -> Result<Secret, Error> {
    let source = format!("the secret file {reference}");
    let cannot_read = |error| unreadable(&source, &error);
    let file = File::open(path).map_err(cannot_read)?;
    if SecretFile::is_open_to_others(&file).map_err(cannot_read)? {
        tracing::warn!(
            name: "evergrant.secret_file_exposed",
            target: "evergrant",
            "{source} can be read by other users of this machine; chmod 600 it"
        );
    }
    read_secret(&source, file)
}
