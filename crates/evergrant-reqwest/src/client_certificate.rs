//! A client certificate with its key (RFC 8705), from PEM texts, or from files that are read again when they change.

use std::fmt;
use std::fs::File;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use evergrant::error::innermost;
use evergrant::transport::TransportIdentity;
use evergrant::{BuildError, Secret, SecretFile};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use sha2::{Digest as _, Sha256};

/// The X.509 certificate of a client with its private key, for [`TlsClientAuth`](crate::TlsClientAuth). Cheap to clone;
/// clones share the certificate.
///
/// Certificate files are read again before each token request, and at most once per second for API requests. While a
/// changed file cannot be used, for instance because only one of the two has been replaced yet, the last certificate
/// stays in use, and the event `evergrant.certificate_ignored` contains the reason.
///
/// ```
/// use evergrant_reqwest::ClientCertificate;
///
/// let certificate = ClientCertificate::from_files("/run/secrets/tls.crt", "/run/secrets/tls.key");
/// ```
#[derive(Clone)]
pub struct ClientCertificate {
    shared: Arc<Shared>,
}

struct Shared {
    files: Option<Files>,
    loaded: Mutex<Option<Loaded>>,
    /// Why the files cannot be used now, as reported.
    ignored: Mutex<Option<String>>,
}

struct Files {
    certificate: SecretFile,
    key: SecretFile,
}

struct Loaded {
    /// Identifies the contents of the files, so that they need not stay in memory.
    digest: [u8; 32],
    identity: TransportIdentity,
}

impl ClientCertificate {
    /// Creates a reference to a file with the certificate, followed by those of its issuers, and a file with its
    /// private key (PKCS#8, PKCS#1 or SEC 1), both in PEM and of at most 64 KiB. They can be the same file. The files
    /// are first read when the token manager is built.
    pub fn from_files(certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        let files = Files {
            certificate: SecretFile::new(certificate),
            key: SecretFile::new(key),
        };
        Self {
            shared: Arc::new(Shared {
                files: Some(files),
                loaded: Mutex::default(),
                ignored: Mutex::default(),
            }),
        }
    }

    /// Creates a certificate from PEM texts: the certificate, followed by those of its issuers, and its private key.
    ///
    /// # Errors
    /// [`BuildError::InvalidSetting`] if a text cannot be read, or if the key does not belong to the certificate.
    pub fn from_pem(certificate: &str, key: impl Into<Secret>) -> Result<Self, BuildError> {
        let loaded = Loaded::parse(certificate, &key.into()).map_err(invalid)?;
        Ok(Self {
            shared: Arc::new(Shared {
                files: None,
                loaded: Mutex::new(Some(loaded)),
                ignored: Mutex::default(),
            }),
        })
    }

    /// Returns the SHA-256 thumbprint of the certificate in DER, base64url-encoded (`x5t#S256`, RFC 8705 section 3.1).
    /// Reads the files if they have not been read yet.
    ///
    /// # Errors
    /// [`BuildError::InvalidSetting`] if a file cannot be used.
    pub fn thumbprint(&self) -> Result<String, BuildError> {
        self.current().map(|identity| identity.id().to_owned())
    }

    /// Returns the certificate, and reads it if it was not read before.
    pub(crate) fn current(&self) -> Result<TransportIdentity, BuildError> {
        let mut current = self.loaded();
        if current.is_none()
            && let Some(files) = &self.shared.files
        {
            *current = Some(files.load().map_err(invalid)?);
            files.check_mode();
        }
        let identity = current.as_ref().map(|loaded| loaded.identity.clone());
        identity.ok_or_else(|| invalid("it has not been read".to_owned()))
    }

    /// Reads the files again. An unusable certificate is ignored.
    pub(crate) fn reload(&self) {
        self.reload_with(self.shared.ignored.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Reads the files again, unless another thread is reading them.
    pub(crate) fn try_reload(&self) {
        match self.shared.ignored.try_lock() {
            Ok(ignored) => self.reload_with(ignored),
            Err(TryLockError::Poisoned(ignored)) => self.reload_with(ignored.into_inner()),
            Err(TryLockError::WouldBlock) => {}
        }
    }

    /// The guard is held during the reload, so that a slow one does not reinstall an old certificate.
    fn reload_with(&self, mut ignored: MutexGuard<'_, Option<String>>) {
        let Some(files) = &self.shared.files else { return };
        let known = self.loaded().as_ref().map(|loaded| loaded.digest);
        let loaded = files.read().and_then(|(certificate, key)| {
            let is_known = known == Some(digest(certificate.expose(), &key));
            (!is_known)
                .then(|| Loaded::parse(certificate.expose(), &key))
                .transpose()
        });
        let file = files.certificate.path().display();
        let problem = match loaded {
            Ok(loaded) => {
                if let Some(loaded) = loaded {
                    tracing::debug!(name: "evergrant.certificate_changed", target: "evergrant", %file,
                        thumbprint = loaded.identity.id(), "the client certificate has changed");
                    *self.loaded() = Some(loaded);
                }
                None
            }
            Err(problem) => Some(problem),
        };
        if let Some(problem) = problem.as_ref().filter(|problem| ignored.as_ref() != Some(*problem)) {
            tracing::warn!(name: "evergrant.certificate_ignored", target: "evergrant", %file, problem,
                "the changed client certificate cannot be used, and the last one stays in use");
        }
        *ignored = problem;
    }

    fn loaded(&self) -> MutexGuard<'_, Option<Loaded>> {
        self.shared.loaded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Files {
    fn read(&self) -> Result<(Secret, Secret), String> {
        let read = |file: &SecretFile| {
            let text = file.read();
            text.map_err(|error| format!("{error}; check the path, and that this user can read the file"))
        };
        Ok((read(&self.certificate)?, read(&self.key)?))
    }

    fn load(&self) -> Result<Loaded, String> {
        let (certificate, key) = self.read()?;
        Loaded::parse(certificate.expose(), &key).map_err(|problem| {
            let (certificate, key) = (self.certificate.path().display(), self.key.path().display());
            format!("the certificate `{certificate}` with the key `{key}`: {problem}")
        })
    }

    /// Warns if other users can read the key.
    fn check_mode(&self) {
        let is_exposed = File::open(self.key.path()).and_then(|file| SecretFile::is_open_to_others(&file));
        if matches!(is_exposed, Ok(true)) {
            let file = self.key.path().display();
            tracing::warn!(name: "evergrant.secret_file_exposed", target: "evergrant", %file,
                "the key file `{file}` can be read by other users of this machine; chmod 600 it");
        }
    }
}

impl Loaded {
    fn parse(certificate: &str, key: &Secret) -> Result<Self, String> {
        let own = CertificateDer::pem_slice_iter(certificate.as_bytes()).next();
        let own = own.ok_or("it contains no certificate in PEM; convert one in DER with `openssl x509 -inform DER`")?;
        let own = own.map_err(|_| "the PEM text of the certificate is damaged; copy the whole file")?;
        let thumbprint = URL_SAFE_NO_PAD.encode(Sha256::digest(&own));
        let identity = reqwest::Identity::from_pem(both(certificate, key).expose().as_bytes())
            .map_err(|_| "the key cannot be read; use an unencrypted private key in PEM (PKCS#8, PKCS#1 or SEC 1)")?;
        // rustls compares the key with the certificate.
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([]);
        let client = client.identity(identity.clone()).build();
        client.map_err(|error| {
            let cause = innermost(&error);
            format!("the key does not fit the certificate, which must be the first in its file: {cause}")
        })?;
        Ok(Self {
            digest: digest(certificate, key),
            identity: TransportIdentity::new(thumbprint.clone(), identity).with_thumbprint(thumbprint),
        })
    }
}

/// Returns one PEM text with the certificates of the first text and the key of the second, which can be the same text.
/// In one allocation, so that no copy of the key stays in memory.
fn both(certificate: &str, key: &Secret) -> Secret {
    let mut text = String::with_capacity(certificate.len() + key.expose().len() + 2);
    push_sections(&mut text, certificate, |label| label == "CERTIFICATE");
    push_sections(&mut text, key.expose(), |label| label.ends_with("PRIVATE KEY"));
    Secret::new(text)
}

/// Appends the PEM sections with these labels.
fn push_sections(text: &mut String, pem: &str, is_wanted: impl Fn(&str) -> bool) {
    let mut is_inside = false;
    for line in pem.split(['\n', '\r']).map(str::trim_end) {
        let label = |prefix| line.strip_prefix(prefix).and_then(|rest| rest.strip_suffix("-----"));
        if let Some(label) = label("-----BEGIN ") {
            is_inside = is_wanted(label);
        }
        if is_inside && !line.is_empty() {
            text.push_str(line);
            text.push('\n');
        }
        is_inside &= label("-----END ").is_none();
    }
}

fn digest(certificate: &str, key: &Secret) -> [u8; 32] {
    let mut both = Sha256::new();
    both.update(Sha256::digest(certificate));
    both.update(Sha256::digest(key.expose()));
    both.finalize().into()
}

fn invalid(problem: String) -> BuildError {
    BuildError::InvalidSetting {
        setting: "client certificate",
        problem,
    }
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let loaded = self.loaded();
        f.debug_struct("ClientCertificate")
            .field("thumbprint", &loaded.as_ref().map(|loaded| loaded.identity.id()))
            .finish_non_exhaustive()
    }
}
