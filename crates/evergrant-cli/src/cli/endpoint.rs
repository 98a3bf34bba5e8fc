//! Flags for authorization servers that do something in a way of their own.

use clap::Args;

/// The heading of all flags for servers that differ.
pub(super) const HEADING: &str = "Servers that differ";

#[derive(Args)]
#[command(next_help_heading = HEADING)]
pub(crate) struct EndpointArgs {
    /// The server's own grant type, in place of client_credentials; its parameters are given with --param
    #[arg(long, value_name = "NAME")]
    pub(crate) grant_type: Option<String>,

    /// Send `client_id` in the body also where --auth sends it in a header
    #[arg(long)]
    pub(crate) client_id_in_body: bool,

    /// Send the parameters as JSON, not as a form
    #[arg(long)]
    pub(crate) json_body: bool,

    /// A header for the token endpoint, such as a gateway's key; a secret as NAME=env:VARIABLE or NAME=file:FILE; may
    /// be repeated
    #[arg(long = "token-header", value_name = "NAME=VALUE")]
    pub(crate) token_headers: Vec<String>,

    /// The `User-Agent` of all requests, to the API too [default: evergrant/VERSION]
    #[arg(long, value_name = "TEXT")]
    pub(crate) user_agent: Option<String>,

    /// Accept tokens of this type too: the server's name for bearer tokens, such as `BearerToken`; may be repeated
    #[arg(long = "token-type", value_name = "NAME")]
    pub(crate) token_types: Vec<String>,

    /// Where in the response the access token is, as names separated by dots, such as data.access_token; what is beside
    /// it is read with it [default: access_token]
    #[arg(long, value_name = "PATH")]
    pub(crate) access_token_at: Option<String>,
}

/// What gives a parameter that has a setting of its own, in place of `--param` or `--authorization-param`.
pub(crate) fn instead_of_parameter(name: &str) -> &'static str {
    match name {
        "grant_type" => "--grant-type NAME (`grant_type` in a profile), for a grant of the server's own",
        "client_id" => {
            "--client-id-in-body (`client_id_in_body = true` in a profile), which sends that of --client-id in the body"
        }
        "client_secret" => {
            "--auth post, which sends the secret of --client-secret-env, --client-secret-file or --client-secret-stdin in the body"
        }
        "scope" => "--scope (`scopes` in a profile)",
        "redirect_uri" => "`evergrant login` with --redirect-uri (`redirect_uri` in a profile)",
        "username" | "password" => "`evergrant login`, as the password grant is not for command lines",
        _ => "`evergrant login`, which sets it itself",
    }
}
