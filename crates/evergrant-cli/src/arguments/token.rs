//! The arguments of `evergrant token`.

use std::time::Duration;

use clap::Args;

use super::ClientArgs;
#[cfg(feature = "store")]
use super::StoreArgs;

#[derive(Args)]
pub(crate) struct TokenArgs {
    /// Print the token with its metadata as JSON, expiry in Unix seconds; a stored token without its refresh token
    #[arg(long, conflicts_with = "header")]
    pub(crate) json: bool,

    /// Print an `Authorization: Bearer ...` header
    #[arg(long)]
    pub(crate) header: bool,

    /// Replace the stored token with a new one, even if it is still valid
    #[cfg_attr(feature = "store", arg(long, conflicts_with = "no_cache"))]
    #[cfg_attr(not(feature = "store"), arg(long))]
    pub(crate) renew: bool,

    /// Minimum remaining validity of the token; a stored token with less is replaced
    #[arg(long, value_name = "SECONDS", value_parser = time_left)]
    pub(crate) valid_for: Option<Duration>,

    #[command(flatten)]
    pub(crate) client: ClientArgs,

    #[cfg(feature = "store")]
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

fn time_left(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|seconds| *seconds > 0);
    seconds
        .map(Duration::from_secs)
        .ok_or_else(|| "use whole seconds above 0".into())
}
