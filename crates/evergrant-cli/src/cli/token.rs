//! The arguments of `evergrant token`.

use clap::Args;

use super::ClientArgs;

#[derive(Args)]
pub(crate) struct TokenArgs {
    #[command(flatten)]
    pub(crate) client: ClientArgs,

    /// Print the whole token as JSON, its expiry as Unix seconds; a user's without its refresh token
    #[arg(long, conflicts_with = "header")]
    pub(crate) json: bool,

    /// Print an `Authorization: Bearer ...` header
    #[arg(long)]
    pub(crate) header: bool,
}
