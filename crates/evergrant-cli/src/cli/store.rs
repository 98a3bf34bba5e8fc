//! Flags that say where tokens are kept for later, and the arguments of `evergrant store`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};
use evergrant::store::StoreKey;

use super::help;

/// Where `token` and `call` keep the token, and take it from.
#[derive(Args)]
#[command(next_help_heading = "Token store")]
pub(crate) struct StoreArgs {
    /// Keep the token for later invocations in ~/.local/state/evergrant/tokens ($XDG_STATE_HOME), for you alone, and use the
    /// one that is there
    #[arg(long, conflicts_with_all = ["store", "no_cache"])]
    pub(crate) cache: bool,

    /// The same in a store that other programs and machines may share: file:/folder, redis://host, postgres://host/database, ...
    /// (see `evergrant store --help`) [default: $EVERGRANT_STORE]
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url, conflicts_with = "no_cache")]
    pub(crate) store: Option<String>,

    /// Use no store, whatever the profile or the environment says
    #[arg(long)]
    pub(crate) no_cache: bool,

    /// The environment variable with the keys that tokens are encrypted with in the store [default: EVERGRANT_STORE_KEYS]
    #[arg(long, value_name = "VARIABLE", conflicts_with_all = ["store_keys_file", "danger_plaintext_store"])]
    pub(crate) store_keys_env: Option<String>,

    /// The file with these keys
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "danger_plaintext_store")]
    pub(crate) store_keys_file: Option<PathBuf>,

    /// Keeps tokens apart from those that the same client has in the store for another purpose
    #[arg(long, value_name = "NAME")]
    pub(crate) store_namespace: Option<String>,

    /// A name for the client's secret, where one client id has several that give different tokens; never the secret itself
    #[arg(long, value_name = "NAME")]
    pub(crate) credential_label: Option<String>,

    /// Lets tokens lie unencrypted in a store that others may be able to read
    #[arg(long)]
    pub(crate) danger_plaintext_store: bool,

    /// Lets passwords and tokens travel unencrypted to the store; loopback needs no permission
    #[arg(long)]
    pub(crate) danger_unencrypted_store_connection: bool,

    /// Gives a Postgres server on this machine the password itself, unencrypted, if it asks for that
    #[arg(long)]
    pub(crate) danger_clear_text_store_password: bool,
}

#[derive(Subcommand)]
pub(crate) enum StoreCommand {
    /// Show what is in the store: for which client, how old, how long valid, who renews it. No token
    #[command(after_help = help::STORE_STATUS)]
    Status(Box<StoreStatusArgs>),

    /// Remove tokens from the store; each is fetched again when it is next needed
    #[command(after_help = help::STORE_CLEAR)]
    Clear(Box<StoreClearArgs>),

    /// Print a new key to encrypt stored tokens with
    #[command(after_help = help::STORE_NEW_KEY)]
    NewKey {
        /// The key's name, which is no secret [default: today's date]
        name: Option<String>,
    },
}

#[derive(Args)]
pub(crate) struct StoreStatusArgs {
    #[command(flatten)]
    pub(crate) place: StorePlaceArgs,

    /// Print JSON; times are in seconds
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct StoreClearArgs {
    #[command(flatten)]
    pub(crate) place: StorePlaceArgs,

    /// Remove this entry alone, by the key that `status` shows; may be repeated
    #[arg(long = "key", value_name = "KEY", value_parser = store_key)]
    pub(crate) keys: Vec<StoreKey>,
}

/// Which store an operator means.
#[derive(Args)]
pub(crate) struct StorePlaceArgs {
    /// The store [default: the profile's, or else $EVERGRANT_STORE, or else the folder of `--cache`]
    #[arg(value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) url: Option<String>,

    /// Take the store from this profile
    #[arg(long, value_name = "NAME", conflicts_with = "url", help_heading = "Profile")]
    pub(crate) profile: Option<String>,

    /// The file with the profiles [default: $XDG_CONFIG_HOME/evergrant/config.toml]
    #[arg(long, value_name = "FILE", requires = "profile", help_heading = "Profile",
        value_hint = ValueHint::FilePath)]
    pub(crate) config: Option<PathBuf>,

    /// Lets passwords travel unencrypted to the store; loopback needs no permission
    #[arg(long)]
    pub(crate) danger_unencrypted_store_connection: bool,

    /// Gives a Postgres server on this machine the password itself, unencrypted, if it asks for that
    #[arg(long)]
    pub(crate) danger_clear_text_store_password: bool,
}

fn store_key(text: &str) -> Result<StoreKey, String> {
    text.parse()
        .map_err(|error: evergrant::store::InvalidStoreKey| format!("{error}; `evergrant store status` shows them"))
}
