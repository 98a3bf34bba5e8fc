//! Commands and options of features that are disabled in this build.

use std::ffi::OsString;

use crate::failure::Failure;

/// Commands with their features.
const COMMANDS: &[(&str, &str)] = &[
    #[cfg(not(feature = "demo"))]
    ("demo", "demo"),
    #[cfg(not(feature = "generate"))]
    ("generate", "generate"),
    #[cfg(not(feature = "generate"))]
    ("inspect", "generate"),
    #[cfg(not(feature = "store"))]
    ("store", "store"),
];

/// Options with their features.
const OPTIONS: &[(&str, &str)] = &[
    #[cfg(not(feature = "store"))]
    ("--cache", "store"),
    #[cfg(not(feature = "store"))]
    ("--no-cache", "store"),
    #[cfg(not(feature = "store"))]
    ("--store", "store"),
    #[cfg(not(feature = "store"))]
    ("--store-keys-env", "store"),
    #[cfg(not(feature = "store"))]
    ("--store-keys-file", "store"),
    #[cfg(not(feature = "store"))]
    ("--store-namespace", "store"),
    #[cfg(not(feature = "store"))]
    ("--credential-label", "store"),
];

/// Fails if a command or an option needs a disabled feature, and names it. `arguments` starts with the program's name.
pub(super) fn check(arguments: &[OsString]) -> Result<(), Failure> {
    let mut arguments = arguments.iter().skip(1).map(|argument| argument.to_string_lossy());
    let command = arguments
        .find(|argument| !argument.starts_with('-'))
        .unwrap_or_default();
    let options = arguments.take_while(|argument| argument != "--");
    let missing = find(COMMANDS, &command).map(|(name, feature)| (format!("the command `{name}`"), feature));
    let missing = missing.or_else(|| {
        let mut missing = options.filter_map(|option| find(OPTIONS, option.split('=').next().unwrap_or_default()));
        missing
            .next()
            .map(|(name, feature)| (format!("the option `{name}`"), feature))
    });
    match missing {
        None => Ok(()),
        Some((what, feature)) => Err(Failure::usage(format!(
            "{what} needs the feature `{feature}`, which this build lacks; reinstall with \
             `cargo install evergrant-cli --features {feature}`"
        ))),
    }
}

fn find(known: &[(&'static str, &'static str)], name: &str) -> Option<(&'static str, &'static str)> {
    known.iter().find(|(known, _)| *known == name).copied()
}
