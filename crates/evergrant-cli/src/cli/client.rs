//! Flags that the commands share: which client asks which server for what, and where its secret is kept.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum, ValueHint};
use evergrant::ClientAuth;
use evergrant::origin::Origin;

use super::connection::ConnectionArgs;
use super::{EndpointArgs, seconds};

#[derive(Args)]
#[command(next_help_heading = "Authorization server")]
pub(crate) struct ClientArgs {
    /// The token endpoint
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) token_url: Option<String>,

    /// The authorization endpoint, for tokens of a user who signs in with `evergrant login`
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) authorization_url: Option<String>,

    /// The client id
    #[arg(long, value_name = "ID")]
    pub(crate) client_id: Option<String>,

    #[command(flatten)]
    pub(crate) secret: SecretArgs,

    /// A scope to ask for; may be repeated
    #[arg(long = "scope", value_name = "SCOPE")]
    pub(crate) scopes: Vec<String>,

    /// The `audience` parameter that some servers require
    #[arg(long)]
    pub(crate) audience: Option<String>,

    /// A `resource` to ask for (RFC 8707); may be repeated
    #[arg(long = "resource", value_name = "RESOURCE")]
    pub(crate) resources: Vec<String>,

    /// How the client proves who it is [default: basic]
    #[arg(long, value_name = "METHOD")]
    pub(crate) auth: Option<AuthMethod>,

    /// A parameter of the server's own, never a secret; may be repeated, with another name
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub(crate) params: Vec<String>,

    /// How long to wait for the authorization server, and for the API; a user's token is waited for at least 15
    /// [default: 15]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) timeout: Option<Duration>,

    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,

    /// Lets credentials travel unencrypted to this origin; loopback needs no permission
    #[arg(long = "danger-allow-http-to", value_name = "ORIGIN")]
    pub(crate) plaintext: Vec<Origin>,

    /// Take settings from this profile; flags override them
    #[arg(long, value_name = "NAME", help_heading = "Profile")]
    pub(crate) profile: Option<String>,

    /// The file with the profiles [default: $XDG_CONFIG_HOME/evergrant/config.toml]
    #[arg(long, value_name = "FILE", requires = "profile", help_heading = "Profile",
        value_hint = ValueHint::FilePath)]
    pub(crate) config: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) endpoint: EndpointArgs,
}

/// Where the secret is; never the secret itself.
#[derive(Args)]
#[group(multiple = false)]
pub(crate) struct SecretArgs {
    /// The environment variable that holds the client's secret
    #[arg(long = "client-secret-env", value_name = "VARIABLE")]
    pub(crate) env: Option<String>,

    /// The file that holds the client's secret
    #[arg(long = "client-secret-file", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: Option<PathBuf>,

    /// Read the client's secret from standard input
    #[arg(long = "client-secret-stdin")]
    pub(crate) stdin: bool,
}

/// The client authentication method, by the name it has on the command line and in a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AuthMethod(pub(crate) ClientAuth);

impl ValueEnum for AuthMethod {
    fn value_variants<'a>() -> &'a [Self] {
        &[
            Self(ClientAuth::Basic),
            Self(ClientAuth::BasicRaw),
            Self(ClientAuth::Post),
            Self(ClientAuth::None),
        ]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self.0 {
            ClientAuth::Basic => PossibleValue::new("basic")
                .alias("client_secret_basic")
                .help("in a header, percent-encoded"),
            ClientAuth::BasicRaw => {
                PossibleValue::new("raw").help("in a header as they are, for servers that do not decode")
            }
            ClientAuth::Post => PossibleValue::new("post")
                .alias("client_secret_post")
                .help("in the request's body"),
            ClientAuth::None => PossibleValue::new("none").help("a public client, without a secret"),
            _ => return None,
        })
    }
}
