//! What a token endpoint does differently from RFC 6749, set by the application.

use http::HeaderMap;

use super::headers::Headers;
use crate::Secret;
use crate::client_auth::ClientAuth;
use crate::error::BuildError;
use crate::grant::Grant;
use crate::token::needs_proof;

/// How deep in a response the access token may be.
const DEEPEST: usize = 8;

/// Longest path to the access token, and longest name of a token type, in bytes.
const LONGEST: usize = 256;

/// Settings for token endpoints that differ from RFC 6749. By default, none is set, and requests and responses follow the RFC.
///
/// Give them to [`TokenManagerBuilder::token_endpoint_options`](crate::TokenManagerBuilder::token_endpoint_options).
/// The guide "Servers that differ" names the errors that each of them answers.
///
/// ```
/// use evergrant::{ClientCredentials, TokenEndpointOptions};
///
/// let options = TokenEndpointOptions::new()
///     .grant_type("account_credentials")
///     .header("X-Api-Key", "not-a-real-key")
///     .client_id_in_body();
/// let tokens = ClientCredentials::new("client-id", "not-a-real-secret")
///     .token_url("https://auth.example.com/oauth2/token")
///     .param("account_id", "77")
///     .token_endpoint_options(options);
/// ```
#[derive(Debug, Clone, Default)]
pub struct TokenEndpointOptions {
    user_agent: Option<String>,
    headers: Headers,
    pub(crate) json_body: bool,
    pub(crate) client_id_in_body: bool,
    pub(crate) grant_type: Option<String>,
    pub(crate) token_types: Vec<String>,
    pub(crate) access_token_at: Option<String>,
}

/// Grant types that have constructors and parameters of their own.
const OTHER_GRANTS: [&str; 3] = ["authorization_code", "password", "refresh_token"];

impl TokenEndpointOptions {
    /// No differences.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The `User-Agent` of token requests (RFC 9110 section 10.1.5). Default: that of the HTTP client, where the
    /// application gave it one, or else [`DEFAULT_USER_AGENT`](crate::transport::DEFAULT_USER_AGENT).
    ///
    /// ```
    /// let options = evergrant::TokenEndpointOptions::new().user_agent("bookshop/1.0");
    /// ```
    #[must_use]
    pub fn user_agent(mut self, value: impl Into<String>) -> Self {
        self.user_agent = Some(value.into());
        self
    }

    /// Adds a header to token requests whose value is a secret, such as the key of a gateway before the server
    /// (`X-Api-Key`, `Ocp-Apim-Subscription-Key`). It goes to the token endpoint alone, and is masked in errors.
    ///
    /// A store's key has the header's name and not its value. Where two values bring different tokens, tell them apart
    /// with [`credential_label`](crate::TokenManagerBuilder::credential_label).
    ///
    /// Building the manager fails with [`BuildError::InvalidHeader`] for a header that the request needs for itself,
    /// and for one that is given twice. `Authorization` belongs to [`ClientAuth::Basic`] and [`ClientAuth::BasicRaw`],
    /// and is free with the other methods.
    ///
    /// ```
    /// let options = evergrant::TokenEndpointOptions::new().header("Ocp-Apim-Subscription-Key", "not-a-real-key");
    /// assert!(!format!("{options:?}").contains("not-a-real-key"));
    /// ```
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<Secret>) -> Self {
        self.headers.add(name.into(), value.into(), true);
        self
    }

    /// Adds a header to token requests whose value is no secret, such as a tenant's name. A store's key has both, so
    /// that the tokens of two tenants are kept apart. Otherwise as [`header`](Self::header).
    ///
    /// ```
    /// let options = evergrant::TokenEndpointOptions::new().plain_header("X-Tenant", "bookshop");
    /// ```
    #[must_use]
    pub fn plain_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.add(name.into(), Secret::new(value), false);
        self
    }

    /// Sends the parameters as a JSON object (`Content-Type: application/json`) instead of a form. All values are
    /// strings; a repeated `resource` or `audience` is a list of strings.
    ///
    /// ```
    /// let options = evergrant::TokenEndpointOptions::new().json_body();
    /// ```
    #[must_use]
    pub fn json_body(mut self) -> Self {
        self.json_body = true;
        self
    }

    /// Sends `client_id` in the body also where the client authenticates with the `Authorization` header. The methods
    /// [`ClientAuth::Post`] and [`ClientAuth::None`] send it in any case.
    ///
    /// ```
    /// let options = evergrant::TokenEndpointOptions::new().client_id_in_body();
    /// ```
    #[must_use]
    pub fn client_id_in_body(mut self) -> Self {
        self.client_id_in_body = true;
        self
    }

    /// The server's own name, or URI, of a grant that works as client credentials do (RFC 6749 section 4.5): without a
    /// user, and as often as needed. For [`ClientCredentials`](crate::ClientCredentials); its parameters are set with
    /// [`param`](crate::TokenManagerBuilder::param). Default: `client_credentials`.
    ///
    /// Building the manager fails with [`BuildError::OutOfRange`] for the other grants and their grant types.
    ///
    /// ```
    /// let options = evergrant::TokenEndpointOptions::new().grant_type("account_credentials");
    /// ```
    #[must_use]
    pub fn grant_type(mut self, name: impl Into<String>) -> Self {
        self.grant_type = Some(name.into());
        self
    }

    /// Accepts tokens of this type too, such as `Application Access Token` or `BearerToken`: a name that the server
    /// gives to bearer tokens (RFC 6750). They are sent as `Authorization: Bearer`. May be repeated. Case and
    /// surrounding spaces do not count.
    ///
    /// [`build`](crate::TokenManagerBuilder::build) refuses types whose tokens are not sent as bearer tokens: `DPoP`,
    /// `PoP`, `mac`, `N_A`.
    ///
    /// ```
    /// use evergrant::TokenEndpointOptions;
    ///
    /// let options = TokenEndpointOptions::new().token_type("Application Access Token");
    /// ```
    #[must_use]
    pub fn token_type(mut self, name: impl Into<String>) -> Self {
        self.token_types.push(name.into().trim().to_owned());
        self
    }

    /// Says which member of the response holds the access token, as names separated by dots: `data.access_token` in
    /// `{"data":{"access_token":"..."}}`; a number stands for a place in a list. The members beside it, in the same
    /// object, are read as the response's: lifetime, scope, refresh token. By default, `access_token`.
    ///
    /// ```
    /// use evergrant::TokenEndpointOptions;
    ///
    /// let options = TokenEndpointOptions::new().access_token_at("data.accessToken");
    /// ```
    #[must_use]
    pub fn access_token_at(mut self, path: impl Into<String>) -> Self {
        self.access_token_at = Some(path.into());
        self
    }

    /// Refuses what cannot work, and gives the headers to send.
    pub(crate) fn check(&self, grant: &Grant, auth: ClientAuth) -> Result<HeaderMap, BuildError> {
        if let Some(name) = &self.grant_type {
            check_grant_type(name, grant)?;
        }
        self.headers.check(self.user_agent.as_deref(), auth)
    }

    /// What an answer may not repeat in an error.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &Secret> {
        self.headers.secrets()
    }

    /// What tells the tokens of such requests apart: each header's name, and its value where that is no secret.
    pub(crate) fn identity(&self) -> impl Iterator<Item = (String, &str)> {
        self.headers.identity()
    }

    /// Refuses settings for responses that cannot work.
    pub(crate) fn check_response(&self) -> Result<(), BuildError> {
        let invalid = |setting, problem: String| Err(BuildError::InvalidSetting { setting, problem });
        for name in &self.token_types {
            let shown = name.escape_debug();
            if name.is_empty() || name.len() > LONGEST {
                return invalid("token_type", format!("a name has 1 to {LONGEST} bytes"));
            }
            if let Some(reason) = needs_proof(name) {
                let problem = format!("`{shown}` is not a type of bearer tokens: {reason}");
                return invalid("token_type", problem);
            }
        }
        if let Some(path) = &self.access_token_at {
            let names = path.split('.');
            if path.len() > LONGEST || names.clone().any(str::is_empty) || names.count() > DEEPEST {
                let problem = format!(
                    "a path is 1 to {DEEPEST} names of members separated by dots, such as `data.access_token`, of at most {LONGEST} bytes"
                );
                return invalid("access_token_at", problem);
            }
        }
        Ok(())
    }
}

fn check_grant_type(name: &str, grant: &Grant) -> Result<(), BuildError> {
    let out_of_range = |expected| {
        let setting = "grant_type";
        Err(BuildError::OutOfRange { setting, expected })
    };
    if !matches!(grant, Grant::ClientCredentials) {
        return out_of_range("left out of the password and authorization code grants, which have their own");
    }
    if OTHER_GRANTS.contains(&name) {
        return out_of_range("one without a user; for those of users, use Password or AuthorizationCode");
    }
    // RFC 6749 appendix A.10: a name, or a URI.
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
        return out_of_range("a name or a URI: ASCII, without spaces (RFC 6749 appendix A.10)");
    }
    Ok(())
}
