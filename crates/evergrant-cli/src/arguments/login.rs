//! The arguments of `evergrant login` and `evergrant logout`.

use std::time::Duration;

use clap::{Args, ValueHint};

use super::{ClientArgs, seconds};

#[derive(Args)]
pub(crate) struct LoginArgs {
    #[command(flatten)]
    pub(crate) client: ClientArgs,

    /// The redirect URI registered at the server; must point to this machine
    /// [default: http://127.0.0.1/callback, on a free port]
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url, help_heading = "Sign-in")]
    pub(crate) redirect_uri: Option<String>,

    /// An extra parameter of the authorization URL, such as prompt=consent; may be repeated with other names
    #[arg(long = "authorization-param", value_name = "NAME=VALUE", help_heading = "Sign-in")]
    pub(crate) authorization_params: Vec<String>,

    /// Accept a redirect without `state`, from a server that drops it: the redirect then has a random path, and anybody
    /// who learns that path can sign you in as somebody else. With --redirect-uri, the path must end in 32 random
    /// hexadecimal digits
    #[arg(long, help_heading = super::nonstandard_server_flags::HEADING)]
    pub(crate) danger_allow_missing_state: bool,

    /// Push the parameters of the sign-in to the server (RFC 9126), so that the URL contains a reference only; done
    /// without this flag if the server requires it
    #[arg(long, conflicts_with = "device", help_heading = "Sign-in")]
    pub(crate) par: bool,

    /// The endpoint for --par; with --issuer, its metadata has it
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url, help_heading = "Sign-in")]
    pub(crate) pushed_authorization_url: Option<String>,

    /// Sign in on another device: print a URL and a code to enter there (RFC 8628)
    #[arg(long, conflicts_with_all = ["redirect_uri", "authorization_params", "danger_allow_missing_state"],
        help_heading = "Sign-in")]
    pub(crate) device: bool,

    /// Only print the URL to visit; do not open a browser
    #[arg(long, help_heading = "Sign-in")]
    pub(crate) no_browser: bool,

    /// Maximum time to wait for the sign-in [default: 300]
    #[arg(long, value_name = "SECONDS", value_parser = seconds, help_heading = "Sign-in")]
    pub(crate) wait: Option<Duration>,
}

#[derive(Args)]
pub(crate) struct LogoutArgs {
    #[command(flatten)]
    pub(crate) client: ClientArgs,

    /// Revoke the tokens at the authorization server (RFC 7009) before they are removed
    #[arg(long, help_heading = "Sign-out")]
    pub(crate) revoke: bool,

    /// The revocation endpoint; with --issuer, its metadata has it
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url, requires = "revoke", help_heading = "Sign-out")]
    pub(crate) revocation_url: Option<String>,
}
