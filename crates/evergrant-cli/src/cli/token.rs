//! The arguments of `evergrant token`.

use std::time::Duration;

use clap::Args;

use super::{ClientArgs, StoreArgs};

#[derive(Args)]
pub(crate) struct TokenArgs {
    /// Print the whole token as JSON, its expiry as Unix seconds; one that is kept without its refresh token
    #[arg(long, conflicts_with = "header")]
    pub(crate) json: bool,

    /// Print an `Authorization: Bearer ...` header
    #[arg(long)]
    pub(crate) header: bool,

    /// Fetch another token in place of the one that is kept, however new that is
    #[arg(long, conflicts_with = "no_cache")]
    pub(crate) renew: bool,

    /// Print a token that is valid for so long at least; one that is kept and has less time left is replaced
    #[arg(long, value_name = "SECONDS", value_parser = time_left)]
    pub(crate) valid_for: Option<Duration>,

    #[command(flatten)]
    pub(crate) client: ClientArgs,

    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

fn time_left(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|seconds| *seconds > 0);
    seconds
        .map(Duration::from_secs)
        .ok_or_else(|| "give whole seconds, above 0".into())
}
