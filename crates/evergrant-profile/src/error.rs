//! The error type for invalid profiles.

use std::fmt;
use std::path::PathBuf;

use evergrant::BuildError;
use evergrant::error::RelaxationForbidden;

/// The reason why a profile cannot be read, or why nothing can be built from it. Messages contain the profile, the key
/// and the remedy, and no value that may be a secret.
#[non_exhaustive]
pub enum Error {
    /// A profile file cannot be read.
    FileUnreadable {
        /// The name of the requested profile.
        profile: String,
        /// The path of the profile file.
        file: PathBuf,
        /// The I/O error.
        source: std::io::Error,
    },
    /// A profile file is not valid TOML.
    FileInvalid {
        /// The path of the profile file.
        file: PathBuf,
        /// The line of the syntax error, starting at 1.
        line: usize,
    },
    /// The default profile file cannot be found, because the home directory of the user is not known.
    NoHome,
    /// A profile file does not contain the requested profile.
    UnknownProfile {
        /// The name of the requested profile.
        profile: String,
        /// The path of the profile file.
        file: PathBuf,
        /// The names of the other profiles, which the file contains.
        others: Vec<String>,
    },
    /// A profile or a profile file contains an unknown key.
    UnknownKey {
        /// The name and the file of the profile, or only the file, in words for a message.
        location: String,
        /// The name of the unknown key.
        key: String,
        /// A known key with a similar name, to suggest as the correct spelling.
        similar: Option<&'static str>,
    },
    /// A profile does not contain a required key.
    MissingKey {
        /// The name and the file of the profile, in words for a message.
        location: String,
        /// The name of the missing key.
        key: &'static str,
        /// A description of the missing value.
        purpose: &'static str,
    },
    /// The value of a key is invalid, or keys of a profile contradict each other.
    Invalid {
        /// The profile, or the setting of the application, in words for a message.
        location: String,
        /// A description of the problem and the remedy.
        problem: String,
    },
    /// A setting requires a feature of `evergrant-profile` that is not enabled.
    FeatureNotEnabled {
        /// The name of the setting that requires the feature.
        setting: String,
        /// The name of the feature.
        feature: &'static str,
    },
    /// A secret cannot be read from the variable or file that a setting names.
    SecretUnavailable {
        /// A description of the problem and the remedy.
        problem: String,
    },
    /// The file of trusted certificates (the profile's key `ca_file`) cannot be read or contains no valid certificate.
    CertificatesUnusable {
        /// A description of the problem and the remedy.
        problem: String,
    },
    /// A profile sets a `danger_*` key, in a process that [forbids](evergrant::Relaxation::forbid_all) these keys.
    RelaxationForbidden(RelaxationForbidden),
    /// The token manager, the transport or the client cannot be built.
    Build(BuildError),
    /// The token store cannot be opened.
    #[cfg(feature = "store")]
    Store {
        /// The name of the setting that contains the location of the store, such as `store`.
        setting: String,
        /// The error of the store builder.
        source: evergrant_store::StoreBuildError,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FileUnreadable { profile, file, source } => {
                write!(f, "cannot read the profile `{profile}` in {}: {source}", file.display())
            }
            Self::FileInvalid { file, line } => write!(f, "{} is not valid TOML at line {line}", file.display()),
            Self::NoHome => f.write_str("cannot find the profile file: there is no home directory"),
            Self::UnknownProfile { profile, file, others } => match others.as_slice() {
                [] => write!(
                    f,
                    "{} has no profile `{profile}` and no other profile; add it as [profiles.{profile}]",
                    file.display()
                ),
                others => {
                    let others: Vec<String> = others.iter().map(|name| format!("`{name}`")).collect();
                    write!(
                        f,
                        "{} has no profile `{profile}`; it has {}",
                        file.display(),
                        others.join(", ")
                    )
                }
            },
            Self::UnknownKey { location, key, similar } => {
                write!(f, "{location} has an unknown key `{key}`")?;
                match similar {
                    Some(similar) => write!(f, "; did you mean `{similar}`?"),
                    None => Ok(()),
                }
            }
            Self::MissingKey { location, key, purpose } => {
                write!(f, "`{key}` is missing in {location}; set it to {purpose}")
            }
            Self::Invalid { location, problem } => write!(f, "{location} {problem}"),
            Self::FeatureNotEnabled { setting, feature } => {
                write!(f, "{setting} requires the feature `{feature}` of evergrant-profile")
            }
            Self::SecretUnavailable { problem } | Self::CertificatesUnusable { problem } => f.write_str(problem),
            Self::RelaxationForbidden(forbidden) => forbidden.fmt(f),
            Self::Build(error) => error.fmt(f),
            #[cfg(feature = "store")]
            Self::Store { setting, source } => write!(f, "{setting}: {source}"),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        evergrant::error::report(self, f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::FileUnreadable { source, .. } => Some(source),
            Self::RelaxationForbidden(forbidden) => forbidden.source(),
            Self::Build(error) => error.source(),
            #[cfg(feature = "store")]
            Self::Store { source, .. } => source.source(),
            _ => None,
        }
    }
}

impl From<BuildError> for Error {
    fn from(error: BuildError) -> Self {
        Self::Build(error)
    }
}

impl From<RelaxationForbidden> for Error {
    fn from(forbidden: RelaxationForbidden) -> Self {
        Self::RelaxationForbidden(forbidden)
    }
}
