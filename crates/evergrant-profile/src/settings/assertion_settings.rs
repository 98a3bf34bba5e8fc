//! The keys of client authentication with an assertion.

use std::path::PathBuf;

use evergrant::client_auth::{ClientAssertion, SharedClientAuth};

use crate::error::Error;
use crate::profile_table_reader::Reader;

/// A profile's settings for a client that authenticates with an assertion (RFC 7523): a JWT that the client signs with
/// its key or secret, or that the platform (such as Kubernetes) writes to a file.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct AssertionSettings {
    /// The path of the file with the client's private key, as PEM or JWK (the profile's key `key_file`).
    pub key_file: Option<PathBuf>,
    /// The path of the PEM file with the certificate of the client's private key (the profile's key
    /// `certificate_file`).
    pub certificate_file: Option<PathBuf>,
    /// The id of the client's private key at the authorization server, which assertions contain as the JWS header `kid`
    /// (the profile's key `key_id`).
    pub key_id: Option<String>,
    /// The algorithm that signs assertions, such as `PS256` (the profile's key `key_algorithm`).
    pub algorithm: Option<String>,
    /// The path of the file to which the platform, such as Kubernetes, writes the client's assertion (the profile's key
    /// `assertion_file`).
    pub file: Option<PathBuf>,
    /// The parameter `client_assertion_type` of token requests, for an assertion that the platform writes to a file
    /// (the profile's key `assertion_type`).
    pub assertion_type: Option<String>,
    /// The audience (claim `aud`) of the assertions that the client signs: `issuer`, `token_endpoint`, or a text (the
    /// profile's key `assertion_audience`).
    pub audience: Option<String>,
    /// The JWS header `typ` of the assertions that the client signs; an empty text omits the header (the profile's key
    /// `assertion_header_type`).
    pub header_type: Option<String>,
    /// Whether token requests omit the parameter `client_id`, because the assertion identifies the client (the
    /// profile's key `assertion_without_client_id`).
    pub without_client_id: bool,
}

impl AssertionSettings {
    pub(super) fn read(profile: &mut Reader) -> Result<Self, Error> {
        let path = |profile: &mut Reader, key| -> Result<Option<PathBuf>, Error> {
            let file = profile.string(key)?;
            Ok(file.map(|file| profile.location.resolve(&file)))
        };
        Ok(Self {
            key_file: path(profile, "key_file")?,
            certificate_file: path(profile, "certificate_file")?,
            key_id: profile.string("key_id")?,
            algorithm: profile.string("key_algorithm")?,
            file: path(profile, "assertion_file")?,
            assertion_type: profile.string("assertion_type")?,
            audience: profile.string("assertion_audience")?,
            header_type: profile.string("assertion_header_type")?,
            without_client_id: profile.boolean("assertion_without_client_id")?,
        })
    }

    /// Returns whether the settings name a key file or a file with an assertion of the platform. The default client
    /// authentication method is then `private_key_jwt`.
    #[must_use]
    pub fn has_credential(&self) -> bool {
        self.key_file.is_some() || self.file.is_some()
    }

    /// Returns a setting that is set, although the method does not use it.
    pub(super) fn unused(&self, uses_key: bool, signs: bool, uses_file: bool) -> Option<&'static str> {
        let settings = [
            ("key_file", self.key_file.is_some(), uses_key),
            ("certificate_file", self.certificate_file.is_some(), uses_key),
            ("key_id", self.key_id.is_some(), uses_key),
            ("key_algorithm", self.algorithm.is_some(), signs),
            ("assertion_audience", self.audience.is_some(), signs),
            ("assertion_header_type", self.header_type.is_some(), signs),
            ("assertion_file", self.file.is_some(), uses_file),
            ("assertion_type", self.assertion_type.is_some(), uses_file),
            (
                "assertion_without_client_id",
                self.without_client_id,
                signs || uses_file,
            ),
        ];
        let unused = settings.into_iter().find(|(_, is_set, is_used)| *is_set && !is_used);
        unused.map(|(name, ..)| name)
    }

    /// Returns the method with the assertion that the platform writes to `file`.
    pub(super) fn client_assertion(&self, file: &std::path::Path) -> SharedClientAuth {
        let mut assertion = ClientAssertion::from_file(file);
        if let Some(uri) = &self.assertion_type {
            assertion = assertion.assertion_type(uri);
        }
        if self.without_client_id {
            assertion = assertion.without_client_id();
        }
        assertion.into()
    }
}

#[cfg(feature = "jose")]
mod signed {
    use std::path::Path;

    use evergrant::BuildError;
    use evergrant::client_auth::{ClientSecrets, CredentialProvider, SharedClientAuth};
    use evergrant_jose::{Algorithm, AssertionOptions, Audience, ClientSecretJwt, KeyFile, PrivateKeyJwt};

    use super::AssertionSettings;
    use crate::error::Error;

    impl AssertionSettings {
        pub(in crate::settings) fn private_key_jwt(&self, key_file: &Path) -> Result<SharedClientAuth, Error> {
            let mut file = KeyFile::new(key_file);
            if let Some(path) = &self.certificate_file {
                file = file.certificate(path);
            }
            if let Some(algorithm) = self.algorithm()? {
                file = file.algorithm(algorithm);
            }
            let mut auth = PrivateKeyJwt::from_file(file).options(self.options());
            if let Some(id) = &self.key_id {
                auth = auth.key_id(id);
            }
            Ok(auth.into())
        }

        pub(in crate::settings) fn client_secret_jwt(
            &self,
            secret: impl Into<ClientSecrets>,
        ) -> Result<SharedClientAuth, Error> {
            Ok(self.with_algorithm(ClientSecretJwt::new(secret))?.into())
        }

        pub(in crate::settings) fn client_secret_jwt_with_provider(
            &self,
            provider: impl CredentialProvider,
        ) -> Result<SharedClientAuth, Error> {
            Ok(self.with_algorithm(ClientSecretJwt::with_provider(provider))?.into())
        }

        fn with_algorithm(&self, auth: ClientSecretJwt) -> Result<ClientSecretJwt, Error> {
            let auth = auth.options(self.options());
            Ok(match self.algorithm()? {
                Some(algorithm) => auth.algorithm(algorithm),
                None => auth,
            })
        }

        fn algorithm(&self) -> Result<Option<Algorithm>, Error> {
            let parsed = self.algorithm.as_deref().map(str::parse).transpose();
            parsed.map_err(|error: evergrant_jose::KeyError| {
                Error::Build(BuildError::InvalidSetting {
                    setting: "key_algorithm",
                    problem: error.to_string(),
                })
            })
        }

        fn options(&self) -> AssertionOptions {
            let mut options = AssertionOptions::new();
            options = match self.audience.as_deref() {
                None | Some("issuer") => options,
                Some("token_endpoint") => options.audience(Audience::TokenEndpoint),
                Some(audience) => options.audience(audience),
            };
            options = match self.header_type.as_deref() {
                None => options,
                Some("") => options.without_header_type(),
                Some(typ) => options.header_type(typ),
            };
            match self.without_client_id {
                true => options.without_client_id(),
                false => options,
            }
        }
    }
}

#[cfg(not(feature = "jose"))]
mod signed {
    use std::path::Path;

    use evergrant::client_auth::{ClientSecrets, CredentialProvider, SharedClientAuth};

    use super::AssertionSettings;
    use crate::error::Error;

    impl AssertionSettings {
        pub(in crate::settings) fn private_key_jwt(&self, _: &Path) -> Result<SharedClientAuth, Error> {
            Err(not_enabled("a client with a key (`key_file`)"))
        }

        pub(in crate::settings) fn client_secret_jwt(
            &self,
            _: impl Into<ClientSecrets>,
        ) -> Result<SharedClientAuth, Error> {
            Err(not_enabled("the client authentication method `client_secret_jwt`"))
        }

        pub(in crate::settings) fn client_secret_jwt_with_provider(
            &self,
            _: impl CredentialProvider,
        ) -> Result<SharedClientAuth, Error> {
            Err(not_enabled("the client authentication method `client_secret_jwt`"))
        }
    }

    fn not_enabled(setting: &str) -> Error {
        Error::FeatureNotEnabled {
            setting: setting.to_owned(),
            feature: "jose",
        }
    }
}
