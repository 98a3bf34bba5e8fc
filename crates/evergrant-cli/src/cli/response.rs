//! Flags for token endpoints whose responses differ from RFC 6749.

use clap::Args;
use evergrant::TokenEndpointOptions;

/// The heading of all flags for servers that differ.
pub(super) const HEADING: &str = "Servers that differ";

/// How token responses are read.
#[derive(Args, Default)]
pub(crate) struct ResponseArgs {
    /// Accept tokens of this type too: the server's name for bearer tokens, such as `BearerToken`; may be repeated
    #[arg(long = "token-type", value_name = "NAME", help_heading = HEADING)]
    pub(crate) token_types: Vec<String>,

    /// Where in the response the access token is, as names separated by dots, such as data.access_token; what is beside
    /// it is read with it [default: access_token]
    #[arg(long, value_name = "PATH", help_heading = HEADING)]
    pub(crate) access_token_at: Option<String>,
}

impl ResponseArgs {
    /// Flags over the profile.
    pub(crate) fn or(self, profile: Self) -> Self {
        Self {
            token_types: match self.token_types.is_empty() {
                true => profile.token_types,
                false => self.token_types,
            },
            access_token_at: self.access_token_at.or(profile.access_token_at),
        }
    }

    pub(crate) fn add_to(self, options: TokenEndpointOptions) -> TokenEndpointOptions {
        let options = self
            .token_types
            .into_iter()
            .fold(options, TokenEndpointOptions::token_type);
        match self.access_token_at {
            Some(path) => options.access_token_at(path),
            None => options,
        }
    }
}
