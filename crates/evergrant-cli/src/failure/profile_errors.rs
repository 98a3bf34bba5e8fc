//! Converts errors of profiles, secret references and stores. The messages name flags.

use evergrant_profile::Error;

use super::Failure;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::usage(match error {
            Error::RelaxationForbidden(forbidden) => return forbidden.into(),
            Error::Build(error) => return error.into(),
            Error::FileUnreadable { .. } => format!(
                "{error}; create the file (see `evergrant token --help` for an example), or pass another one with --config"
            ),
            Error::FileInvalid { .. } => format!("{error}; see `evergrant token --help` for an example"),
            Error::NoHome => format!("{error}; pass --config FILE"),
            Error::UnknownKey { similar: Some(_), .. } => {
                format!("{error} See `evergrant token --help` for the known keys")
            }
            Error::UnknownKey { .. } => format!("{error}; see `evergrant token --help` for the known keys"),
            #[cfg(feature = "store")]
            Error::Store { setting, source } => format!("{setting}: {}", store_message(&source)),
            _ => error.to_string(),
        })
    }
}

#[cfg(feature = "store")]
fn store_message(error: &evergrant_store::StoreBuildError) -> String {
    use evergrant_store::StoreBuildError;

    match error {
        StoreBuildError::EncryptionNotDecided { scheme } => format!(
            "others may be able to read tokens stored at `{scheme}:` URLs; pass encryption keys (--store-keys-env, --store-keys-file or EVERGRANT_STORE_KEYS; `evergrant store new-key` creates one), or --danger-plaintext-store if that is safe"
        ),
        StoreBuildError::ConnectionNotEncrypted { host, instead } => format!(
            "the connection to {host} is not encrypted, and passwords and tokens could be read on the network; use {instead}, or --danger-unencrypted-store-connection if that is safe"
        ),
        StoreBuildError::UnknownScheme { .. } => {
            "it is not a store URL; `evergrant store --help` lists the supported ones".to_owned()
        }
        StoreBuildError::RelaxationForbidden(forbidden) => Failure::from(*forbidden).message().to_owned(),
        _ => error.to_string(),
    }
}
