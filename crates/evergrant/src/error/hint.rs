//! Hints: likely problems and their remedies, for token requests that the authorization server rejected.

use std::fmt;

/// A likely problem of a token request that the authorization server rejected. The error's message ends with the
/// remedies for all likely problems. A program can replace the text of a remedy, for example to name the program's own
/// settings: see [`OAuthProviderError::message_with`](super::OAuthProviderError::message_with).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Hint {
    /// The client id, the secret or the client authentication method may be wrong.
    CheckClient,
    /// The server does not accept the client's assertion: its key, audience, type or times may be wrong.
    CheckAssertion,
    /// The client id or the secret was sent percent-encoded, which changed it, and the server may not decode it.
    PercentEncoded,
    /// The client id or the secret was sent without percent-encoding, and contains characters that the server may
    /// decode.
    SentRaw,
    /// A gateway in front of the server requires a key in a header.
    GatewayKey,
    /// The request had no scope, and the server may require one.
    NoScopeSent,
    /// The server may have a custom grant type for machine clients.
    CustomGrantType,
    /// The server may expect a JSON body. The request had a form body.
    SendJson,
    /// The server may expect a form body. The request had a JSON body.
    SendForm,
    /// The server may expect the client id in the request body. The client id was sent in a header.
    ClientIdInBody,
    /// A scope is unknown or not allowed for this client.
    CheckScopes,
    /// The grant is not enabled for the client at the server.
    EnableGrant,
    /// A password, an authorization code or a refresh token is wrong, expired or revoked.
    CheckGrant,
    /// A parameter of the token request is missing or wrong.
    CheckParameters,
    /// The token URL may be wrong.
    CheckUrl,
    /// The response is a web page, or an error in the format of an API: the token URL may not be a token endpoint.
    NotTokenEndpoint,
    /// The endpoint exists but does not know the client or the tenant.
    UnknownClient,
    /// The server redirects requests to the token URL, and redirects are not followed.
    UseFinalUrl,
    /// The server limits the request rate.
    RateLimited,
    /// The server is failing.
    ServerFailing,
    /// No specific remedy is known.
    SeeDocumentation,
}

impl Hint {
    const ALL: [Self; 21] = [
        Self::CheckClient,
        Self::CheckAssertion,
        Self::PercentEncoded,
        Self::SentRaw,
        Self::GatewayKey,
        Self::NoScopeSent,
        Self::CustomGrantType,
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

    /// Returns the name used in stored records.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::CheckClient => "check_client",
            Self::CheckAssertion => "check_assertion",
            Self::PercentEncoded => "percent_encoded",
            Self::SentRaw => "sent_raw",
            Self::GatewayKey => "gateway_key",
            Self::NoScopeSent => "no_scope_sent",
            Self::CustomGrantType => "own_grant_type",
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

    /// Returns the hint with this name; `None` for a name that a newer version of this library added.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|hint| hint.name() == name)
    }

    /// Writes each hint after a semicolon, in the text returned by `words` or else in the default text.
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
            Self::CheckAssertion => {
                "check that the key (or the issuer) of the client assertion is registered for this client id, that the assertion has the audience, `typ` and `kid` that the server expects, and that this machine's clock is right"
            }
            Self::PercentEncoded => {
                "the client id or the secret has characters that percent-encoding changes, and some servers do not decode them: try raw (ClientSecretBasicRaw) or post (ClientSecretPost)"
            }
            Self::SentRaw => {
                "the client id or the secret has characters that percent-encoding changes, and some servers decode them: try basic (ClientSecretBasic) or post (ClientSecretPost)"
            }
            Self::GatewayKey => {
                "a gateway in front of the server may require a key: send it with TokenEndpointOptions::header(..)"
            }
            Self::NoScopeSent => "no scope was sent, and the server may require one: set scopes(..)",
            Self::CustomGrantType => {
                "if the server has a custom grant type for machine clients, set grant_type(..)"
            }
            Self::SendJson => {
                "the parameters were sent as a form: if the server expects JSON, set TokenEndpointOptions::json_body()"
            }
            Self::SendForm => {
                "the parameters were sent as JSON: if the server expects a form, remove TokenEndpointOptions::json_body()"
            }
            Self::ClientIdInBody => {
                "the client id was sent only in a header: send it in the body too with TokenEndpointOptions::client_id_in_body(), or use ClientSecretPost"
            }
            Self::CheckScopes => "request only scopes that this client is allowed to use",
            Self::EnableGrant => "have the grant enabled for this client",
            Self::CheckGrant => {
                "the password, code or refresh token is wrong, expired or revoked"
            }
            Self::CheckParameters => "check the parameters that the server requires",
            Self::CheckUrl => "check the token URL, including a trailing slash",
            Self::NotTokenEndpoint => "token endpoints rarely respond in this format: if the reason does not help, check the token URL",
            Self::UnknownClient => {
                "the endpoint exists but does not know the client: check the client id, and the tenant in the token URL"
            }
            Self::UseFinalUrl => "the token URL redirects, and token requests do not follow redirects; use the final URL",
            Self::RateLimited => "the server limits the rate of token requests",
            Self::ServerFailing => "the authorization server is failing; the call may be repeated later",
            Self::SeeDocumentation => "see the authorization server's documentation for this error",
        })
    }
}
