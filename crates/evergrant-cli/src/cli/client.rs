//! Flags shared by the commands: authorization server, client, secret and token request.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum, ValueHint};
use evergrant::client_auth::ClientAuthMethod;
use evergrant::origin::Origin;

use super::connection::ConnectionArgs;
use super::{EndpointArgs, seconds};

#[derive(Args)]
#[command(next_help_heading = "Authorization server")]
pub(crate) struct ClientArgs {
    /// The token endpoint
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) token_url: Option<String>,

    /// The authorization endpoint, where a user signs in with `evergrant login`
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) authorization_url: Option<String>,

    /// The client id
    #[arg(long, value_name = "ID")]
    pub(crate) client_id: Option<String>,

    #[command(flatten)]
    pub(crate) secret: SecretArgs,

    /// A scope to request; may be repeated
    #[arg(long = "scope", value_name = "SCOPE")]
    pub(crate) scopes: Vec<String>,

    /// The `audience` parameter that some servers require
    #[arg(long)]
    pub(crate) audience: Option<String>,

    /// A `resource` to request a token for (RFC 8707); may be repeated
    #[arg(long = "resource", value_name = "RESOURCE")]
    pub(crate) resources: Vec<String>,

    /// The client authentication method [default: basic]
    #[arg(long, value_name = "METHOD")]
    pub(crate) auth: Option<AuthMethod>,

    /// An extra parameter of the token request, never a secret; may be repeated with other names
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub(crate) params: Vec<String>,

    /// Maximum time to wait for the authorization server and for the API; at least 15 s for a signed-in user's token
    /// [default: 15]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) timeout: Option<Duration>,

    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,

    /// Send credentials unencrypted to this origin; not needed for loopback
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

/// The source of the secret, never the secret itself.
#[derive(Args)]
#[group(multiple = false)]
pub(crate) struct SecretArgs {
    /// The environment variable with the client secret
    #[arg(long = "client-secret-env", value_name = "VARIABLE")]
    pub(crate) env: Option<String>,

    /// The file with the client secret
    #[arg(long = "client-secret-file", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: Option<PathBuf>,

    /// Read the client secret from standard input
    #[arg(long = "client-secret-stdin")]
    pub(crate) stdin: bool,
}

/// A client authentication method, with its name on the command line and in profiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AuthMethod(pub(crate) ClientAuthMethod);

impl ValueEnum for AuthMethod {
    fn value_variants<'a>() -> &'a [Self] {
        &[
            Self(ClientAuthMethod::Basic),
            Self(ClientAuthMethod::BasicRaw),
            Self(ClientAuthMethod::Post),
            Self(ClientAuthMethod::None),
        ]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self.0 {
            ClientAuthMethod::Basic => PossibleValue::new("basic")
                .alias("client_secret_basic")
                .help("in the Authorization header, percent-encoded (RFC 6749)"),
            ClientAuthMethod::BasicRaw => PossibleValue::new("raw")
                .help("in the Authorization header, not encoded, for servers that do not decode"),
            ClientAuthMethod::Post => PossibleValue::new("post")
                .alias("client_secret_post")
                .help("in the request body"),
            ClientAuthMethod::None => PossibleValue::new("none").help("no secret: a public client"),
            _ => return None,
        })
    }
}
