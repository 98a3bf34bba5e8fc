//! Flags for the connections to the authorization server and the API.

use std::path::PathBuf;

use clap::{Args, ValueHint};

#[derive(Args)]
#[command(next_help_heading = "Authorization server")]
pub(crate) struct ConnectionArgs {
    /// Trust the certificates in this PEM file in addition to the system's, for the token endpoint and the API
    #[arg(long, value_name = "PEM", value_hint = ValueHint::FilePath)]
    pub(crate) ca_file: Option<PathBuf>,

    /// Capitalize header names in HTTP/1 requests, as in `Content-Type`, for servers that require it
    #[arg(long, help_heading = super::nonstandard_server_flags::HEADING)]
    pub(crate) title_case_headers: bool,
}
