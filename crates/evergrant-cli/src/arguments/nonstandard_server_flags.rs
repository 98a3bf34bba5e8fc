//! Flags for authorization servers that deviate from the standards.

use clap::Args;

/// The help heading of these flags.
pub(super) const HEADING: &str = "Non-standard servers";

#[derive(Args)]
#[command(next_help_heading = HEADING)]
pub(crate) struct EndpointArgs {
    /// A server-specific grant type instead of client_credentials; pass its parameters with --param
    #[arg(long, value_name = "NAME")]
    pub(crate) grant_type: Option<String>,

    /// Send `client_id` in the body too when --auth sends it in a header
    #[arg(long)]
    pub(crate) client_id_in_body: bool,

    /// Send the parameters as JSON instead of a form
    #[arg(long)]
    pub(crate) json_body: bool,

    /// A header for the token endpoint, such as a gateway's key; a secret as NAME=env:VARIABLE or NAME=file:FILE; may
    /// be repeated
    #[arg(long = "token-header", value_name = "NAME=VALUE")]
    pub(crate) token_headers: Vec<String>,

    /// The `User-Agent` of all requests, including those to the API [default: evergrant/VERSION]
    #[arg(long, value_name = "TEXT")]
    pub(crate) user_agent: Option<String>,

    /// Accept this token type too: the server's name for bearer tokens, such as `BearerToken`; may be repeated
    #[arg(long = "token-type", value_name = "NAME")]
    pub(crate) token_types: Vec<String>,

    /// The path of the access token in the response, with dots between names, such as data.access_token; the members
    /// next to it are read too [default: access_token]
    #[arg(long, value_name = "PATH")]
    pub(crate) access_token_at: Option<String>,

    /// Send requests that the issuer's metadata does not list, to servers that support more than they list
    #[arg(long)]
    pub(crate) allow_unlisted: bool,
}
