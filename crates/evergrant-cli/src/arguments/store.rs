//! Flags that select the token store, and the arguments of `evergrant store`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};
use evergrant::store::StoreKey;

use super::help;

/// The store of `token` and `call`.
#[derive(Args)]
#[command(next_help_heading = "Token store")]
pub(crate) struct StoreArgs {
    /// Store the token in ~/.local/state/evergrant/tokens ($XDG_STATE_HOME), readable by you only, and reuse it while
    /// it is valid
    #[arg(long, conflicts_with_all = ["store", "no_cache"])]
    pub(crate) cache: bool,

    /// Store the token where other programs and machines can share it: file:/folder, redis://host,
    /// postgres://host/database, ... (see `evergrant store --help`) [default: $EVERGRANT_STORE]
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url, conflicts_with = "no_cache")]
    pub(crate) store: Option<String>,

    /// Use no store, even if the profile or the environment sets one
    #[arg(long)]
    pub(crate) no_cache: bool,

    /// The environment variable with the keys that encrypt tokens in the store [default: EVERGRANT_STORE_KEYS]
    #[arg(long, value_name = "VARIABLE", conflicts_with_all = ["store_keys_file", "danger_plaintext_store"])]
    pub(crate) store_keys_env: Option<String>,

    /// The file with the keys that encrypt tokens in the store
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "danger_plaintext_store")]
    pub(crate) store_keys_file: Option<PathBuf>,

    /// Separate these tokens from the client's other tokens in the store
    #[arg(long, value_name = "NAME")]
    pub(crate) store_namespace: Option<String>,

    /// A name for the client secret, never the secret itself, when one client id has several secrets with different
    /// tokens
    #[arg(long, value_name = "NAME")]
    pub(crate) credential_label: Option<String>,

    /// Store tokens unencrypted where others may be able to read them
    #[arg(long)]
    pub(crate) danger_plaintext_store: bool,

    /// Send passwords and tokens unencrypted to the store; not needed for loopback
    #[arg(long)]
    pub(crate) danger_unencrypted_store_connection: bool,

    /// Send the password in clear text to a Postgres server on this machine if it asks for it
    #[arg(long)]
    pub(crate) danger_clear_text_store_password: bool,
}

#[derive(Subcommand)]
pub(crate) enum StoreCommand {
    /// Show the records of the store (client, age, validity, lease), without tokens
    #[command(after_help = help::STORE_STATUS)]
    Status(Box<StoreStatusArgs>),

    /// Remove tokens from the store; they are fetched again when needed
    #[command(after_help = help::STORE_CLEAR)]
    Clear(Box<StoreClearArgs>),

    /// Print a new key for the encryption of stored tokens
    #[command(after_help = help::STORE_NEW_KEY)]
    NewKey {
        /// The key's name, which is not secret [default: today's date]
        name: Option<String>,
    },
}

#[derive(Args)]
pub(crate) struct StoreStatusArgs {
    #[command(flatten)]
    pub(crate) location: StoreLocationArgs,

    /// Print JSON; times are in seconds
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct StoreClearArgs {
    #[command(flatten)]
    pub(crate) location: StoreLocationArgs,

    /// Remove only the record with this key, as shown by `status`; may be repeated
    #[arg(long = "key", value_name = "KEY", value_parser = store_key)]
    pub(crate) keys: Vec<StoreKey>,
}

/// The store to inspect or clear.
#[derive(Args)]
pub(crate) struct StoreLocationArgs {
    /// The store [default: that of the profile, then $EVERGRANT_STORE, then the folder of `--cache`]
    #[arg(value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) url: Option<String>,

    /// Take the store from this profile
    #[arg(long, value_name = "NAME", conflicts_with = "url", help_heading = "Profile")]
    pub(crate) profile: Option<String>,

    /// The file with the profiles [default: $XDG_CONFIG_HOME/evergrant/config.toml]
    #[arg(long, value_name = "FILE", requires = "profile", help_heading = "Profile",
        value_hint = ValueHint::FilePath)]
    pub(crate) config: Option<PathBuf>,

    /// Send passwords unencrypted to the store; not needed for loopback
    #[arg(long)]
    pub(crate) danger_unencrypted_store_connection: bool,

    /// Send the password in clear text to a Postgres server on this machine if it asks for it
    #[arg(long)]
    pub(crate) danger_clear_text_store_password: bool,
}

fn store_key(text: &str) -> Result<StoreKey, String> {
    text.parse()
        .map_err(|error: evergrant::store::InvalidStoreKey| format!("{error}; `evergrant store status` shows the keys"))
}
