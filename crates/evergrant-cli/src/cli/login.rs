//! The arguments of `evergrant login` and `evergrant logout`.

use std::time::Duration;

use clap::{Args, ValueHint};

use super::{ClientArgs, seconds};

#[derive(Args)]
pub(crate) struct LoginArgs {
    #[command(flatten)]
    pub(crate) client: ClientArgs,

    /// Where the server sends the browser back to, as registered: a URL of this machine
    /// [default: http://127.0.0.1/callback, on a free port]
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url, help_heading = "Sign-in")]
    pub(crate) redirect_uri: Option<String>,

    /// A parameter of the server's own for the authorization URL, such as prompt=consent; may be repeated, with
    /// another name
    #[arg(long = "authorization-param", value_name = "NAME=VALUE", help_heading = "Sign-in")]
    pub(crate) authorization_params: Vec<String>,

    /// Take a redirect without `state`, from a server that drops it: the path of the redirect is random then, and
    /// anybody who learns it can have you signed in as somebody else. With --redirect-uri, the path must end in 32
    /// random digits
    #[arg(long, help_heading = super::endpoint::HEADING)]
    pub(crate) danger_allow_missing_state: bool,

    /// Open no browser; the URL to visit is printed in any case
    #[arg(long, help_heading = "Sign-in")]
    pub(crate) no_browser: bool,

    /// How long to wait for you to sign in [default: 300]
    #[arg(long, value_name = "SECONDS", value_parser = seconds, help_heading = "Sign-in")]
    pub(crate) wait: Option<Duration>,
}

#[derive(Args)]
pub(crate) struct LogoutArgs {
    #[command(flatten)]
    pub(crate) client: ClientArgs,
}
