//! The arguments of `evergrant discover`.

use std::time::Duration;

use clap::{ArgGroup, Args, ValueHint};
use evergrant::origin::Origin;

use super::connection_flags::ConnectionArgs;
use super::seconds;

#[derive(Args)]
#[command(group = ArgGroup::new("subject").required(true))]
pub(crate) struct DiscoverArgs {
    /// The issuer, such as https://idp.example.com/realms/a
    #[arg(value_name = "ISSUER", group = "subject", value_hint = ValueHint::Url)]
    pub(crate) issuer: Option<String>,

    /// The URL of an API instead, exactly as in its metadata (RFC 9728): sends one request without a token, and shows
    /// the issuers and scopes of the API
    #[arg(long, value_name = "URL", group = "subject", value_hint = ValueHint::Url)]
    pub(crate) api: Option<String>,

    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,

    /// Request the API's metadata from this origin too, if the API names it; may be repeated
    #[arg(long = "allow-origin", value_name = "ORIGIN", requires = "api")]
    pub(crate) allow_origins: Vec<Origin>,

    /// Maximum time to wait for the server [default: 15]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) timeout: Option<Duration>,

    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,

    /// Request metadata unencrypted from this origin; not needed for loopback
    #[arg(long = "danger-allow-http-to", value_name = "ORIGIN")]
    pub(crate) plaintext: Vec<Origin>,
}
