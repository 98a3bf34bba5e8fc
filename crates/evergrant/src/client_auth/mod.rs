//! How the client proves to the token endpoint who it is (RFC 6749 section 2.3): one file per method.

mod basic;
mod none;
mod post;

use http::HeaderMap;

pub(crate) use self::basic::percent_encode;
use crate::Secret;
use crate::exchange::Form;

/// The client authentication method, as registered for the client at the authorization server.
///
/// Methods are never tried one after another: a secret goes out in the configured form only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum ClientAuth {
    /// `client_secret_basic`: id and secret percent-encoded, then in an `Authorization: Basic` header (RFC 6749 section
    /// 2.3.1). The default.
    #[default]
    Basic,
    /// `client_secret_basic` without the percent-encoding (RFC 7617 alone), for servers that do not decode it. The two
    /// differ only when the id or the secret has a character outside `A-Za-z0-9-._~`.
    BasicRaw,
    /// `client_secret_post`: id and secret as form parameters.
    Post,
    /// `none`: a public client, which sends its id as a form parameter and has no secret.
    None,
}

impl ClientAuth {
    pub(crate) fn apply(self, client_id: &str, secret: &Secret, headers: &mut HeaderMap, form: &mut Form) {
        match self {
            Self::Basic => basic::percent_encoded(client_id, secret, headers),
            Self::BasicRaw => basic::raw(client_id, secret, headers),
            Self::Post => post::apply(client_id, secret, form),
            Self::None => none::apply(client_id, form),
        }
    }

    /// Whether the credentials are in the `Authorization` header.
    pub(crate) fn is_in_header(self) -> bool {
        matches!(self, Self::Basic | Self::BasicRaw)
    }

    /// The name in RFC 7591 section 2, with the setting that we add.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Basic => "client_secret_basic, percent-encoded",
            Self::BasicRaw => "client_secret_basic, raw",
            Self::Post => "client_secret_post",
            Self::None => "none",
        }
    }
}
