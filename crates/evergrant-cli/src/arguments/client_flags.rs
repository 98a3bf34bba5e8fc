//! Flags shared by the commands: authorization server, client, secret and token request.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum, ValueHint};
use evergrant::client_auth::ClientAuthMethod;
use evergrant::origin::Origin;
use evergrant_profile::AuthMethod;

use super::connection_flags::ConnectionArgs;
use super::{EndpointArgs, seconds};

#[derive(Args)]
#[command(next_help_heading = "Authorization server")]
pub(crate) struct ClientArgs {
    /// The token endpoint
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) token_url: Option<String>,

    /// The issuer, in place of --token-url and --authorization-url: its metadata has the endpoints; see `evergrant
    /// discover`
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) issuer: Option<String>,

    /// The authorization endpoint, where a user signs in with `evergrant login`
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) authorization_url: Option<String>,

    /// The device authorization endpoint, for `evergrant login --device`
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) device_authorization_url: Option<String>,

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

    /// The client authentication method [default: basic, or private_key_jwt with a key or an assertion]
    #[arg(long, value_name = "METHOD")]
    pub(crate) auth: Option<AuthArg>,

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
    pub(crate) assertion: AssertionArgs,

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

/// Client authentication with an assertion in place of a secret.
#[derive(Args)]
#[command(next_help_heading = "Clients with a key or a token of their platform")]
pub(crate) struct AssertionArgs {
    /// The file with the client's private key, in PEM or as a JWK, which signs an assertion for each token request
    #[arg(long, value_name = "FILE", conflicts_with = "assertion_file", value_hint = ValueHint::FilePath)]
    pub(crate) key_file: Option<PathBuf>,

    /// The id of the key at the authorization server
    #[arg(long, value_name = "ID")]
    pub(crate) key_id: Option<String>,

    /// The signature algorithm, such as PS256 [default: that of the key]
    #[arg(long, value_name = "NAME")]
    pub(crate) key_algorithm: Option<String>,

    /// The PEM file with the certificate of the key
    #[arg(long, value_name = "PEM", value_hint = ValueHint::FilePath)]
    pub(crate) certificate_file: Option<PathBuf>,

    /// The audience of assertions: issuer, token_endpoint, or a text [default: issuer]
    #[arg(long, value_name = "AUDIENCE")]
    pub(crate) assertion_audience: Option<String>,

    /// The type in the header of assertions; an empty text omits it [default: client-authentication+jwt]
    #[arg(long, value_name = "TYPE")]
    pub(crate) assertion_header_type: Option<String>,

    /// The file to which the platform writes an assertion, such as Kubernetes or SPIFFE
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) assertion_file: Option<PathBuf>,

    /// The client_assertion_type of the assertion in --assertion-file
    #[arg(long, value_name = "URI", requires = "assertion_file")]
    pub(crate) assertion_type: Option<String>,

    /// Omit client_id from token requests with an assertion
    #[arg(long)]
    pub(crate) assertion_without_client_id: bool,
}

/// A client authentication method, with its name on the command line and in profiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AuthArg(pub(crate) AuthMethod);

impl ValueEnum for AuthArg {
    fn value_variants<'a>() -> &'a [Self] {
        const VARIANTS: [AuthArg; AuthMethod::NAMES.len()] = {
            let mut variants = [AuthArg(AuthMethod::PrivateKeyJwt); AuthMethod::NAMES.len()];
            let mut index = 0;
            while index < variants.len() {
                variants[index] = AuthArg(AuthMethod::NAMES[index].0);
                index += 1;
            }
            variants
        };
        &VARIANTS
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (_, names) = AuthMethod::NAMES.iter().find(|(method, _)| *method == self.0)?;
        let (name, aliases) = names.split_first()?;
        let help = match self.0 {
            AuthMethod::Secret(ClientAuthMethod::Basic) => "in the Authorization header, percent-encoded (RFC 6749)",
            AuthMethod::Secret(ClientAuthMethod::BasicRaw) => {
                "in the Authorization header, not encoded, for servers that do not decode"
            }
            AuthMethod::Secret(ClientAuthMethod::Post) => "in the request body",
            AuthMethod::Secret(ClientAuthMethod::None) => "no secret: a public client",
            AuthMethod::ClientSecretJwt => "an assertion that the secret signs (RFC 7523)",
            AuthMethod::PrivateKeyJwt => "an assertion that a key signs, or that the platform writes (RFC 7523)",
            _ => return None,
        };
        Some(PossibleValue::new(*name).aliases(aliases.iter().copied()).help(help))
    }
}
