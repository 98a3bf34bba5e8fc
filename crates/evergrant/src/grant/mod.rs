//! What entitles the client to a token (RFC 6749 section 1.3): one file per grant.

mod authorization_code;
mod client_credentials;
mod password;

use std::fmt;

pub use self::authorization_code::AuthorizationCode;
pub use self::client_credentials::ClientCredentials;
pub use self::password::Password;
use crate::Secret;
use crate::exchange::Form;

/// A configured grant.
#[derive(Clone)]
pub(crate) enum Grant {
    ClientCredentials,
    Password { username: String, password: Secret },
    AuthorizationCode,
}

impl Grant {
    /// As messages name it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::ClientCredentials => "client credentials",
            Self::Password { .. } => "password",
            Self::AuthorizationCode => "authorization code",
        }
    }

    /// The user whose tokens it gives.
    pub(crate) fn username(&self) -> Option<&str> {
        match self {
            Self::Password { username, .. } => Some(username),
            Self::ClientCredentials | Self::AuthorizationCode => None,
        }
    }

    /// What to show for a first token without anybody's help; `None` where a user has to sign in.
    pub(crate) fn entitlement(&self) -> Option<Entitlement> {
        match self {
            Self::ClientCredentials => Some(Entitlement::ClientCredentials),
            Self::Password { username, password } => Some(Entitlement::Password {
                username: username.clone(),
                password: password.clone(),
            }),
            Self::AuthorizationCode => None,
        }
    }

    /// Whether a refresh token is of use: the client credentials grant should bring none (RFC 6749 section 4.4.3), and needs
    /// none where it does.
    pub(crate) fn refreshes(&self) -> bool {
        !matches!(self, Self::ClientCredentials)
    }
}

impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What one token request shows.
#[derive(Clone)]
pub(crate) enum Entitlement {
    ClientCredentials,
    Password {
        username: String,
        password: Secret,
    },
    /// RFC 6749 section 6.
    RefreshToken(Secret),
    /// RFC 6749 section 4.1.3, with the verifier of RFC 7636 section 4.5.
    #[cfg(feature = "sign-in")]
    AuthorizationCode {
        code: Secret,
        redirect_uri: String,
        code_verifier: Secret,
    },
}

impl Entitlement {
    /// `grant_type` is the server's own name for a grant without a user.
    pub(crate) fn write(&self, form: &mut Form, grant_type: Option<&str>) {
        match self {
            Self::ClientCredentials => form.add("grant_type", grant_type.unwrap_or("client_credentials")),
            Self::Password { username, password } => {
                form.add("grant_type", "password");
                form.add("username", username);
                form.add("password", password.expose());
            }
            Self::RefreshToken(token) => {
                form.add("grant_type", "refresh_token");
                form.add("refresh_token", token.expose());
            }
            #[cfg(feature = "sign-in")]
            Self::AuthorizationCode {
                code,
                redirect_uri,
                code_verifier,
            } => {
                form.add("grant_type", "authorization_code");
                form.add("code", code.expose());
                form.add("redirect_uri", redirect_uri);
                form.add("code_verifier", code_verifier.expose());
            }
        }
    }

    /// Whether the request names the scopes. A refresh token and a code stand for those that were granted, which may be fewer
    /// than those asked for: naming them again could be refused.
    pub(crate) fn asks_for_scopes(&self) -> bool {
        matches!(self, Self::ClientCredentials | Self::Password { .. })
    }

    /// Whether the server may take it no longer once it has answered, or was about to.
    pub(crate) fn may_be_used_up(&self) -> bool {
        !self.asks_for_scopes()
    }

    /// What an answer may not repeat in an error.
    pub(crate) fn secrets(&self) -> Vec<&Secret> {
        match self {
            Self::ClientCredentials => Vec::new(),
            Self::Password { password, .. } => vec![password],
            Self::RefreshToken(token) => vec![token],
            #[cfg(feature = "sign-in")]
            Self::AuthorizationCode {
                code, code_verifier, ..
            } => vec![code, code_verifier],
        }
    }
}
