//! Selects the store for tokens from flags, profile and environment.

use std::time::Duration;

use evergrant::store::{LeasedRecord, SharedStore, StoreKey};
use evergrant::{Sharing, TokenManagerBuilder};
use evergrant_profile::{SecretRef, StoreChoice, StoreEncryption, StoreLocation, StoreSettings};

use crate::arguments::{StoreArgs, StoreLocationArgs};
use crate::failure::{self, Failure};
use crate::user_token_file::is_current;
use crate::{profile, user_folders};

/// The store settings of the command line. Profile and environment supply the missing ones.
pub(crate) struct StoreFlags {
    settings: StoreSettings,
    /// A flag that requires a store.
    needs_store: Option<&'static str>,
}

/// An open store, and the settings with which a token manager uses it.
pub(crate) struct OpenStore {
    store: SharedStore,
    operation_timeout: Duration,
    namespace: Option<String>,
    credential_label: Option<String>,
}

/// Environment variables that replace flags.
const STORE: &str = "EVERGRANT_STORE";
const STORE_KEYS: &str = "EVERGRANT_STORE_KEYS";

impl StoreFlags {
    pub(crate) fn new(args: StoreArgs) -> Result<Self, Failure> {
        let needs_store = [
            (args.store_keys_env.is_some(), "--store-keys-env"),
            (args.store_keys_file.is_some(), "--store-keys-file"),
            (args.store_namespace.is_some(), "--store-namespace"),
            (args.credential_label.is_some(), "--credential-label"),
            (args.danger_plaintext_store, "--danger-plaintext-store"),
            (
                args.danger_unencrypted_store_connection,
                "--danger-unencrypted-store-connection",
            ),
            (
                args.danger_clear_text_store_password,
                "--danger-clear-text-store-password",
            ),
        ];
        let needs_store = needs_store
            .into_iter()
            .find_map(|(is_set, flag)| is_set.then_some(flag));
        let mut settings = StoreSettings::default();
        settings.choice = match (args.no_cache, args.cache, args.store) {
            (true, ..) => Some(StoreChoice::Disabled),
            (_, true, _) => Some(StoreChoice::At(cache()?)),
            (.., Some(url)) => Some(StoreChoice::At(without_password(url, "--store")?)),
            (.., None) => None,
        };
        let variable = args.store_keys_env.map(|name| SecretRef::env("--store-keys-env", name));
        let file = args
            .store_keys_file
            .map(|path| SecretRef::file("--store-keys-file", path));
        let plaintext = args.danger_plaintext_store.then_some(StoreEncryption::Plaintext);
        settings.encryption = variable.or(file).map(StoreEncryption::Keys).or(plaintext);
        settings.allow_unencrypted_connection = args.danger_unencrypted_store_connection;
        settings.allow_clear_text_password = args.danger_clear_text_store_password;
        settings.namespace = args.store_namespace;
        settings.credential_label = args.credential_label;
        Ok(Self { settings, needs_store })
    }

    /// Opens the store, if one is set.
    pub(crate) fn open(self, profile: StoreSettings) -> Result<Option<OpenStore>, Failure> {
        let settings = merge(merge(self.settings, profile), from_environment()?);
        let location = match (&settings.choice, self.needs_store) {
            (Some(StoreChoice::At(location)), _) => location,
            (Some(StoreChoice::Disabled), _) | (None, None) => return Ok(None),
            (None, Some(flag)) => {
                return Err(Failure::usage(format!(
                    "{flag} needs a store; pass --cache, or --store with its URL"
                )));
            }
        };
        let operation_timeout = location.operation_timeout();
        let store = open(location, &settings)?;
        Ok(Some(OpenStore {
            store,
            operation_timeout,
            namespace: settings.namespace,
            credential_label: settings.credential_label,
        }))
    }

    /// Checks the store settings for a signed-in user, whose token is always stored in the session file.
    pub(crate) fn check_for_user(self, profile: StoreSettings) -> Result<(), Failure> {
        match merge(self.settings, profile).choice {
            Some(StoreChoice::At(location)) if location.is_cache() => {
                failure::note(
                    "--cache has no effect: the token of a signed-in user is already stored (see `evergrant login`)",
                );
                Ok(())
            }
            Some(StoreChoice::At(_)) => Err(Failure::usage(
                "--store cannot be used for a signed-in user, whose token is already stored on this machine (see `evergrant login`); remove --store (`store` in the profile)",
            )),
            Some(StoreChoice::Disabled) | None => Ok(()),
        }
    }
}

impl OpenStore {
    /// Configures the manager to share its tokens through the store.
    pub(crate) fn configure(&self, builder: TokenManagerBuilder) -> TokenManagerBuilder {
        let mut sharing = Sharing::new(self.store.clone()).operation_timeout(self.operation_timeout);
        if let Some(namespace) = &self.namespace {
            sharing = sharing.namespace(namespace);
        }
        if let Some(label) = &self.credential_label {
            sharing = sharing.credential_label(label);
        }
        // The program ends before a background renewal could be of use.
        builder.store(sharing).renew_after(1.0)
    }

    /// Whether the store has a usable token under this key.
    pub(crate) async fn has_token(&self, key: &StoreKey) -> bool {
        let leased_record = LeasedRecord::new(self.store.clone(), key.clone()).with_limit(self.operation_timeout);
        let stored = leased_record.load().await.unwrap_or_default();
        stored.is_some_and(|stored| !stored.rejected && is_current(&stored.token))
    }

    /// Maximum time of one store operation.
    pub(crate) fn operation_timeout(&self) -> Duration {
        self.operation_timeout
    }
}

/// Opens the store that `evergrant store` reads and clears. Tokens are neither encrypted nor decrypted.
pub(crate) fn select(args: StoreLocationArgs) -> Result<(StoreLocation, SharedStore), Failure> {
    let from_profile = match &args.profile {
        Some(name) => profile::load(name, args.config.as_deref())?.store,
        None => StoreSettings::default(),
    };
    let location = args.url.map(|url| without_password(url, "the URL")).transpose()?;
    let mut flags = StoreSettings::default();
    flags.choice = location.map(StoreChoice::At);
    flags.allow_unencrypted_connection = args.danger_unencrypted_store_connection;
    flags.allow_clear_text_password = args.danger_clear_text_store_password;
    let mut settings = merge(merge(flags, from_profile), from_environment()?);
    let location = match settings.choice.take() {
        Some(StoreChoice::At(location)) => location,
        Some(StoreChoice::Disabled) | None => cache()?,
    };
    settings.choice = Some(StoreChoice::At(location.clone()));
    settings.encryption = Some(StoreEncryption::Plaintext);
    let store = open(&location, &settings)?;
    Ok((location, store))
}

/// The folder of `--cache`.
fn cache() -> Result<StoreLocation, Failure> {
    StoreLocation::cache("--cache").ok_or_else(user_folders::no_home)
}

/// Rejects a URL with a password, which others could see on the command line.
fn without_password(url: String, setting: &str) -> Result<StoreLocation, Failure> {
    let location = StoreLocation::new(url, setting);
    match location.has_password() {
        true => Err(Failure::usage(format!(
            "{setting} contains a user name or password, which process lists and the shell history show; put the URL into the environment variable EVERGRANT_STORE or into a profile, and replace the password if it was real"
        ))),
        false => Ok(location),
    }
}

fn from_environment() -> Result<StoreSettings, Failure> {
    let mut settings = StoreSettings::default();
    let location = variable(STORE)?.map(|url| StoreLocation::new(url, STORE));
    settings.choice = location.map(StoreChoice::At);
    let keys = variable(STORE_KEYS)?.map(|_| SecretRef::env(STORE_KEYS, STORE_KEYS));
    settings.encryption = keys.map(StoreEncryption::Keys);
    Ok(settings)
}

/// Fills the missing settings of `one` from `other`. Permissions to do without encryption are inherited for the same
/// store only.
fn merge(one: StoreSettings, other: StoreSettings) -> StoreSettings {
    let same_store = one.choice.is_none();
    let inherited = other
        .encryption
        .filter(|encryption| same_store || matches!(encryption, StoreEncryption::Keys(_)));
    let mut settings = one;
    if same_store {
        settings.allow_unencrypted_connection |= other.allow_unencrypted_connection;
        settings.allow_clear_text_password |= other.allow_clear_text_password;
    }
    settings.encryption = settings.encryption.or(inherited);
    settings.choice = settings.choice.or(other.choice);
    settings.namespace = settings.namespace.or(other.namespace);
    settings.credential_label = settings.credential_label.or(other.credential_label);
    settings
}

fn open(location: &StoreLocation, settings: &StoreSettings) -> Result<SharedStore, Failure> {
    let is_memory = |scheme: &str| scheme.eq_ignore_ascii_case("memory");
    let store = match location.scheme().is_some_and(is_memory) {
        true => None,
        false => settings.open()?,
    };
    store.ok_or_else(|| {
        Failure::usage(format!(
            "{}: a `memory:` store ends with the program; use --cache, or the URL of another store",
            location.setting()
        ))
    })
}

fn variable(name: &str) -> Result<Option<String>, Failure> {
    match std::env::var(name) {
        Ok(text) if text.is_empty() => Ok(None),
        Ok(text) => Ok(Some(text)),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => Err(Failure::usage(format!(
            "the environment variable {name} is not valid UTF-8"
        ))),
    }
}
