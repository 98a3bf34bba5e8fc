//! The arguments of `evergrant inspect`.

use clap::Args;

use super::DescriptionArgs;

#[derive(Args)]
pub(crate) struct InspectArgs {
    #[command(flatten)]
    pub(crate) description: DescriptionArgs,

    /// Print JSON; the documentation of evergrant-openapi lists its members
    #[arg(long)]
    pub(crate) json: bool,
}
