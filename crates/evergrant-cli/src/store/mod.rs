//! Tokens that outlive the program: which store keeps them, put together from flags, profile and environment.

mod keys;
mod place;

use std::time::Duration;

use evergrant::TokenManagerBuilder;
use evergrant::store::{Ledger, SharedStore, StoreKey};

pub(crate) use self::keys::KeySource;
pub(crate) use self::place::Place;
use crate::cli::{StoreArgs, StorePlaceArgs};
use crate::failure::{self, Failure};
use crate::profile::{self, Profile};
use crate::reference::Reference;
use crate::session::is_current;

/// What one of command line, profile and environment says of the store; what it does not say is left to the next.
#[derive(Default)]
pub(crate) struct StoreSettings {
    pub(crate) choice: Option<Choice>,
    pub(crate) encryption: Option<Encryption>,
    pub(crate) permits: Permits,
    pub(crate) namespace: Option<String>,
    pub(crate) credential_label: Option<String>,
    /// A flag that makes no sense without a store.
    pub(crate) needs_store: Option<&'static str>,
}

/// Whether tokens are kept.
pub(crate) enum Choice {
    Nowhere,
    At(Place),
}

/// What becomes of tokens on their way to the store.
pub(crate) enum Encryption {
    With(KeySource),
    Plaintext,
}

/// What the user lets pass on the way to the store.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Permits {
    pub(crate) unencrypted_connection: bool,
    pub(crate) clear_text_password: bool,
}

impl Permits {
    fn or(self, other: Self) -> Self {
        Self {
            unencrypted_connection: self.unencrypted_connection || other.unencrypted_connection,
            clear_text_password: self.clear_text_password || other.clear_text_password,
        }
    }
}

/// A store, and what a manager is to know of it.
pub(crate) struct Sharing {
    store: SharedStore,
    operation_limit: Duration,
    namespace: Option<String>,
    credential_label: Option<String>,
}

/// The environment variables that stand in for flags.
const STORE: &str = "EVERGRANT_STORE";
const STORE_KEYS: &str = "EVERGRANT_STORE_KEYS";

impl StoreSettings {
    /// Those of the command line.
    pub(crate) fn from_flags(args: StoreArgs) -> Result<Self, Failure> {
        let choice = match (args.no_cache, args.cache, args.store) {
            (true, ..) => Some(Choice::Nowhere),
            (_, true, _) => Some(Choice::At(Place::cache()?)),
            (.., Some(url)) => Some(Choice::At(Place::on_command_line(url, "--store")?)),
            (.., None) => None,
        };
        let from_variable = args.store_keys_env.map(|variable| KeySource::Env {
            reference: Reference::to_variable("--store-keys-env", &variable),
            variable,
        });
        let from_file = args.store_keys_file.map(|path| KeySource::File {
            reference: Reference::to_file("--store-keys-file", &path.to_string_lossy()),
            path,
        });
        let plaintext = args.danger_plaintext_store.then_some(Encryption::Plaintext);
        let needs_store = [
            (from_variable.is_some(), "--store-keys-env"),
            (from_file.is_some(), "--store-keys-file"),
            (args.store_namespace.is_some(), "--store-namespace"),
            (args.credential_label.is_some(), "--credential-label"),
            (plaintext.is_some(), "--danger-plaintext-store"),
            (
                args.danger_unencrypted_store_connection,
                "--danger-unencrypted-store-connection",
            ),
            (
                args.danger_clear_text_store_password,
                "--danger-clear-text-store-password",
            ),
        ];
        Ok(Self {
            choice,
            encryption: from_variable.or(from_file).map(Encryption::With).or(plaintext),
            permits: Permits {
                unencrypted_connection: args.danger_unencrypted_store_connection,
                clear_text_password: args.danger_clear_text_store_password,
            },
            namespace: args.store_namespace,
            credential_label: args.credential_label,
            needs_store: needs_store.into_iter().find_map(|(given, flag)| given.then_some(flag)),
        })
    }

    fn from_environment() -> Result<Self, Failure> {
        let place = from_variable(STORE)?.map(|url| Place::named(url, STORE));
        let keys = from_variable(STORE_KEYS)?.map(|_| KeySource::Env {
            variable: STORE_KEYS.to_owned(),
            reference: Reference::to_variable(STORE_KEYS, STORE_KEYS),
        });
        Ok(Self {
            choice: place.map(Choice::At),
            encryption: keys.map(Encryption::With),
            ..Self::default()
        })
    }

    /// What this leaves unsaid, from there. A permission to do without encryption holds for the store that it was given for.
    pub(crate) fn or(self, other: Self) -> Self {
        let permits = self.choice.is_none();
        let others = other
            .encryption
            .filter(|encryption| permits || matches!(encryption, Encryption::With(_)));
        Self {
            permits: match permits {
                true => self.permits.or(other.permits),
                false => self.permits,
            },
            encryption: self.encryption.or(others),
            choice: self.choice.or(other.choice),
            namespace: self.namespace.or(other.namespace),
            credential_label: self.credential_label.or(other.credential_label),
            needs_store: self.needs_store.or(other.needs_store),
        }
    }

    /// Opens the store, if tokens are to be kept.
    pub(crate) fn open(self) -> Result<Option<Sharing>, Failure> {
        let settings = self.or(Self::from_environment()?);
        let place = match (settings.choice, settings.needs_store) {
            (Some(Choice::At(place)), _) => place,
            (Some(Choice::Nowhere), _) | (None, None) => return Ok(None),
            (None, Some(flag)) => {
                return Err(Failure::usage(format!(
                    "{flag} is for a store, and there is none; give --cache, or --store with its URL"
                )));
            }
        };
        Ok(Some(Sharing {
            store: place.open(settings.encryption, settings.permits)?,
            operation_limit: place.operation_limit(),
            namespace: settings.namespace,
            credential_label: settings.credential_label,
        }))
    }
}

impl StoreSettings {
    /// A user's own token is the sign-in's to keep, in any case.
    pub(crate) fn check_for_user(&self) -> Result<(), Failure> {
        match &self.choice {
            Some(Choice::At(place)) if place.is_cache() => {
                failure::note(
                    "the token of the user who has signed in is kept already (see `evergrant login`), so there is nothing for --cache to do",
                );
                Ok(())
            }
            Some(Choice::At(_)) => Err(Failure::usage(
                "the token of a user who has signed in is that user's own, and is kept on this machine already (see `evergrant login`); drop --store (`store` in the profile)",
            )),
            Some(Choice::Nowhere) | None => Ok(()),
        }
    }
}

impl Sharing {
    /// Has tokens kept in the store.
    pub(crate) fn of(&self, builder: TokenManagerBuilder) -> TokenManagerBuilder {
        let mut builder = builder
            .store(self.store.clone())
            .store_timeout(self.operation_limit)
            // The program is gone before a renewal in the background could be of use.
            .renew_after(1.0);
        if let Some(namespace) = &self.namespace {
            builder = builder.store_namespace(namespace);
        }
        if let Some(label) = &self.credential_label {
            builder = builder.credential_label(label);
        }
        builder
    }

    /// Whether the store has a token under this key that would be served.
    pub(crate) async fn has_token(&self, key: &StoreKey) -> bool {
        let ledger = Ledger::new(self.store.clone(), key.clone()).with_limit(self.operation_limit);
        let stored = ledger.load().await.unwrap_or_default();
        stored.is_some_and(|stored| !stored.rejected && is_current(&stored.token))
    }

    /// How long one operation may take.
    pub(crate) fn operation_limit(&self) -> Duration {
        self.operation_limit
    }
}

/// The store that an operator means, to look at and to tidy: tokens are neither encrypted nor decrypted.
pub(crate) fn meant_by(args: StorePlaceArgs) -> Result<(Place, SharedStore), Failure> {
    let profile = match &args.profile {
        Some(name) => profile::load(name, args.config.as_deref())?,
        None => Profile::default(),
    };
    let given = args.url.map(|url| Place::on_command_line(url, "the URL given"));
    let given = StoreSettings {
        choice: given.transpose()?.map(Choice::At),
        permits: Permits {
            unencrypted_connection: args.danger_unencrypted_store_connection,
            clear_text_password: args.danger_clear_text_store_password,
        },
        ..StoreSettings::default()
    };
    let settings = given.or(profile.store).or(StoreSettings::from_environment()?);
    let place = match settings.choice {
        Some(Choice::At(place)) => place,
        Some(Choice::Nowhere) | None => Place::cache()?,
    };
    let store = place.open(Some(Encryption::Plaintext), settings.permits)?;
    Ok((place, store))
}

fn from_variable(name: &str) -> Result<Option<String>, Failure> {
    match std::env::var(name) {
        Ok(text) if text.is_empty() => Ok(None),
        Ok(text) => Ok(Some(text)),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => Err(Failure::usage(format!(
            "the environment variable {name} is not valid UTF-8"
        ))),
    }
}
