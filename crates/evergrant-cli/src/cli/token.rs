//! The arguments of `evergrant token`.

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

    /// Take the token that is kept for refused, and put another in its place
    #[arg(long, conflicts_with = "no_cache")]
    pub(crate) renew: bool,

    #[command(flatten)]
    pub(crate) client: ClientArgs,

    #[command(flatten)]
    pub(crate) store: StoreArgs,
}
