//! What to do about a refusal.

use std::fmt;

/// What may help against a refusal, as its message ends with. A program with settings of its own says it in its own words: see
/// [`OAuthProviderError::message_with`](super::OAuthProviderError::message_with).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Hint {
    /// The client id, the secret or the client authentication method may be wrong.
    CheckClient,
    /// The client id or the secret was sent percent-encoded, which changed it, and the server may not decode it.
    PercentEncoded,
    /// The client id or the secret was sent raw, and has characters that the server may decode.
    SentRaw,
    /// A gateway before the server wants a key in a header.
    GatewayKey,
    /// The request had no scope, and the server may require one.
    NoScopeSent,
    /// The server may have a grant of its own for machines.
    OwnGrantType,
    /// The server may want JSON, and a form was sent.
    SendJson,
    /// The server may want a form, and JSON was sent.
    SendForm,
    /// The server may look for the client id in the body, and it was sent in a header.
    ClientIdInBody,
    /// A scope is unknown, or not for this client.
    CheckScopes,
    /// The grant is not enabled for the client.
    EnableGrant,
    /// A password, a code or a refresh token is wrong, expired or revoked.
    CheckGrant,
    /// A parameter is missing or wrong.
    CheckParameters,
    /// The token URL may be wrong.
    CheckUrl,
    /// The response is a web page, or an error as APIs have them: the token URL may not be a token endpoint's.
    NotTokenEndpoint,
    /// The endpoint is there, and does not know the client or the tenant.
    UnknownClient,
    /// The token URL redirects.
    UseFinalUrl,
    /// The server limits the rate of requests.
    RateLimited,
    /// The server fails.
    ServerFailing,
    /// Nothing is known of this error.
    SeeDocumentation,
}

impl Hint {
    const ALL: [Self; 20] = [
        Self::CheckClient,
        Self::PercentEncoded,
        Self::SentRaw,
        Self::GatewayKey,
        Self::NoScopeSent,
        Self::OwnGrantType,
        Self::SendJson,
        Self::SendForm,
        Self::ClientIdInBody,
        Self::CheckScopes,
        Self::EnableGrant,
        Self::CheckGrant,
        Self::CheckParameters,
        Self::CheckUrl,
        Self::NotTokenEndpoint,
        Self::UnknownClient,
        Self::UseFinalUrl,
        Self::RateLimited,
        Self::ServerFailing,
        Self::SeeDocumentation,
    ];

    /// As stores name it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::CheckClient => "check_client",
            Self::PercentEncoded => "percent_encoded",
            Self::SentRaw => "sent_raw",
            Self::GatewayKey => "gateway_key",
            Self::NoScopeSent => "no_scope_sent",
            Self::OwnGrantType => "own_grant_type",
            Self::SendJson => "send_json",
            Self::SendForm => "send_form",
            Self::ClientIdInBody => "client_id_in_body",
            Self::CheckScopes => "check_scopes",
            Self::EnableGrant => "enable_grant",
            Self::CheckGrant => "check_grant",
            Self::CheckParameters => "check_parameters",
            Self::CheckUrl => "check_url",
            Self::NotTokenEndpoint => "not_token_endpoint",
            Self::UnknownClient => "unknown_client",
            Self::UseFinalUrl => "use_final_url",
            Self::RateLimited => "rate_limited",
            Self::ServerFailing => "server_failing",
            Self::SeeDocumentation => "see_documentation",
        }
    }

    /// `None` for a name that a newer version of this library has added.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|hint| hint.name() == name)
    }

    /// Each hint in `words`, or else in our own, behind a semicolon.
    pub(super) fn write_all(
        hints: &[Self],
        f: &mut impl fmt::Write,
        words: impl Fn(Self) -> Option<String>,
    ) -> fmt::Result {
        hints.iter().try_for_each(|hint| match words(*hint) {
            Some(words) => write!(f, "; {words}"),
            None => write!(f, "; {hint}"),
        })
    }
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CheckClient => {
                "check the client id, the secret, and the client authentication method that the server expects (basic, raw or post)"
            }
            Self::PercentEncoded => {
                "the client id or the secret has characters that percent-encoding changes, and some servers do not decode them: try raw (ClientAuth::BasicRaw) or post (ClientAuth::Post)"
            }
            Self::SentRaw => {
                "the client id or the secret has characters that percent-encoding changes, and some servers decode them: try basic (ClientAuth::Basic) or post (ClientAuth::Post)"
            }
            Self::GatewayKey => {
                "a gateway before the server may want a key: send it with TokenEndpointOptions::header(..)"
            }
            Self::NoScopeSent => "no scope was sent, and the server may require one: name it with scopes(..)",
            Self::OwnGrantType => {
                "if the server has a grant of its own for machines, name it with TokenEndpointOptions::grant_type(..)"
            }
            Self::SendJson => {
                "the parameters were sent as a form: if the server wants JSON, set TokenEndpointOptions::json_body()"
            }
            Self::SendForm => {
                "the parameters were sent as JSON: if the server wants a form, do without TokenEndpointOptions::json_body()"
            }
            Self::ClientIdInBody => {
                "the client id was sent in a header alone: send it in the body too with TokenEndpointOptions::client_id_in_body(), or with the secret by ClientAuth::Post"
            }
            Self::CheckScopes => "ask only for scopes that this client may use",
            Self::EnableGrant => "have the grant enabled for this client",
            Self::CheckGrant => {
                "what entitles to a token is wrong, expired or revoked: a password, a code, a refresh token"
            }
            Self::CheckParameters => "check the parameters that the server requires",
            Self::CheckUrl => "check the token URL, down to a trailing slash",
            Self::NotTokenEndpoint => "token endpoints seldom answer in this form: if the reason does not help, check the token URL",
            Self::UnknownClient => {
                "the endpoint is there, and does not know the client: check the client id, and the tenant in the token URL"
            }
            Self::UseFinalUrl => "the token URL redirects, which a token request never follows; use the final URL",
            Self::RateLimited => "the server limits the rate of token requests",
            Self::ServerFailing => "the authorization server is failing; the call may be repeated later",
            Self::SeeDocumentation => "see the authorization server's documentation of this error",
        })
    }
}
