//! Options for token endpoints that deviate from RFC 6749.

use http::HeaderMap;

use super::token_request_headers::Headers;
use crate::Secret;
use crate::client_auth::SharedClientAuth;
use crate::error::BuildError;
use crate::token::unsupported_type_reason;

/// Maximum depth of the access token in a response.
const MAX_DEPTH: usize = 8;

/// Maximum length of the path to the access token and of a token type, in bytes.
const MAX_LEN: usize = 256;

/// Options for token endpoints that deviate from RFC 6749. By default, requests and responses follow the RFC.
///
/// Pass the options to
/// [`TokenManagerBuilder::token_endpoint_options`](crate::TokenManagerBuilder::token_endpoint_options). The guide
/// "Non-standard servers" lists the errors that each option resolves.
///
/// ```
/// use evergrant::{ClientCredentials, TokenEndpointOptions};
///
/// let options = TokenEndpointOptions::new()
///     .header("X-Api-Key", "not-a-real-key")
///     .client_id_in_body();
/// let tokens = ClientCredentials::builder("client-id", "not-a-real-secret")
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
    pub(crate) token_types: Vec<String>,
    pub(crate) access_token_at: Option<String>,
    pub(crate) allow_unlisted: bool,
}

impl TokenEndpointOptions {
    /// Creates options for a server that conforms to RFC 6749. Add the deviations of a server with the other methods.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the `User-Agent` of token requests (RFC 9110 section 10.1.5). Default: the one that the application set on
    /// its HTTP client, otherwise [`DEFAULT_USER_AGENT`](crate::transport::DEFAULT_USER_AGENT).
    ///
    /// ```
    /// let options = evergrant::TokenEndpointOptions::new().user_agent("bookshop/1.0");
    /// ```
    #[must_use]
    pub fn user_agent(mut self, value: impl Into<String>) -> Self {
        self.user_agent = Some(value.into());
        self
    }

    /// Adds a header with a secret value to token requests, such as the key of an API gateway (`X-Api-Key`,
    /// `Ocp-Apim-Subscription-Key`). The header is sent only to the token endpoint, and to the server's other endpoints
    /// that are on the same origin, such as the revocation endpoint. Its value is masked in errors.
    ///
    /// If processes share tokens through a store, the [store key](crate::store::StoreKey) contains the header's name
    /// but not its value. If different values lead to different tokens, distinguish them with
    /// [`Sharing::credential_label`](crate::Sharing::credential_label).
    ///
    /// Building the manager fails with [`BuildError::InvalidHeader`] for a header that token requests contain anyway,
    /// such as `Content-Type`, and for a repeated header. `Authorization` is allowed unless the client authentication
    /// method uses it, as [`ClientSecretBasic`](crate::client_auth::ClientSecretBasic) does.
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

    /// Adds a header with a non-secret value to token requests, such as the name of a tenant. The [store
    /// key](crate::store::StoreKey) contains the header's name and value, so tenants do not share tokens. In all other
    /// respects, same as [`header`](Self::header).
    ///
    /// ```
    /// let options = evergrant::TokenEndpointOptions::new().plain_header("X-Tenant", "bookshop");
    /// ```
    #[must_use]
    pub fn plain_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.add(name.into(), Secret::new(value), false);
        self
    }

    /// Sends the parameters of token requests as a JSON object (`Content-Type: application/json`) instead of a form.
    /// All values are strings. A repeated `resource` or `audience` becomes an array of strings.
    ///
    /// ```
    /// let options = evergrant::TokenEndpointOptions::new().json_body();
    /// ```
    #[must_use]
    pub fn json_body(mut self) -> Self {
        self.json_body = true;
        self
    }

    /// Sends `client_id` in the body of token requests even if the client authenticates with the `Authorization`
    /// header. [`ClientSecretPost`](crate::client_auth::ClientSecretPost) and
    /// [`PublicClient`](crate::client_auth::PublicClient) always send `client_id` in the body.
    ///
    /// ```
    /// let options = evergrant::TokenEndpointOptions::new().client_id_in_body();
    /// ```
    #[must_use]
    pub fn client_id_in_body(mut self) -> Self {
        self.client_id_in_body = true;
        self
    }

    /// Accepts token responses with this `token_type`, such as `Application Access Token` or `BearerToken`, as another
    /// name of bearer tokens (RFC 6750). The tokens are sent as `Authorization: Bearer`. Case and surrounding spaces
    /// are ignored. Call this several times for several names.
    ///
    /// [`TokenManagerBuilder::build`](crate::TokenManagerBuilder::build) fails for the names of other token types:
    /// `DPoP`, `PoP`, `mac`, `N_A`.
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

    /// Sets the path of the access token in the JSON of token responses, as member names separated by dots:
    /// `data.access_token` in `{"data":{"access_token":"..."}}`. A number is an index in an array. The lifetime, the
    /// scopes and the refresh token are read from the object that contains the access token. Default: `access_token`.
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

    /// Sends token requests even if the metadata of the [issuer](crate::TokenManagerBuilder::issuer) does not list
    /// their client authentication method, signature algorithm or grant type. Some servers support more than they list.
    /// By default, such a request is an error ([`Error::Issuer`](crate::Error::Issuer)), and nothing is sent.
    ///
    /// ```
    /// let options = evergrant::TokenEndpointOptions::new().allow_unlisted();
    /// ```
    #[must_use]
    pub fn allow_unlisted(mut self) -> Self {
        self.allow_unlisted = true;
        self
    }

    /// Validates the headers, and returns those to send.
    pub(crate) fn check(&self, auth: &SharedClientAuth) -> Result<HeaderMap, BuildError> {
        self.headers.check(self.user_agent.as_deref(), auth)
    }

    /// Returns the header values to mask in errors.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &Secret> {
        self.headers.secrets()
    }

    /// Returns what identifies the tokens of such requests in a store: the name of each header, and its value unless it
    /// is secret.
    pub(crate) fn identity(&self) -> impl Iterator<Item = (String, &str)> {
        self.headers.identity()
    }

    /// Returns an option for the format of requests and responses, if one is set.
    pub(crate) fn format_setting(&self) -> Option<&'static str> {
        let options = [
            (self.json_body, "json_body"),
            (self.client_id_in_body, "client_id_in_body"),
            (!self.token_types.is_empty(), "token_type"),
            (self.access_token_at.is_some(), "access_token_at"),
            (self.allow_unlisted, "allow_unlisted"),
        ];
        options.into_iter().find_map(|(is_set, name)| is_set.then_some(name))
    }

    /// Validates the options for responses.
    pub(crate) fn check_response(&self) -> Result<(), BuildError> {
        let invalid = |setting, problem: String| Err(BuildError::InvalidSetting { setting, problem });
        for name in &self.token_types {
            let shown = name.escape_debug();
            if name.is_empty() || name.len() > MAX_LEN {
                return invalid("token_type", format!("a token type must have 1 to {MAX_LEN} bytes"));
            }
            if let Some(reason) = unsupported_type_reason(name) {
                let problem = format!("`{shown}` is not a bearer token type: {reason}");
                return invalid("token_type", problem);
            }
        }
        if let Some(path) = &self.access_token_at {
            let names = path.split('.');
            if path.len() > MAX_LEN || names.clone().any(str::is_empty) || names.count() > MAX_DEPTH {
                let problem = format!(
                    "a path must have 1 to {MAX_DEPTH} member names separated by dots, such as `data.access_token`, and at most {MAX_LEN} bytes"
                );
                return invalid("access_token_at", problem);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_type_has_1_to_256_bytes() {
        for (length, valid) in [(0, false), (1, true), (256, true), (257, false)] {
            let options = TokenEndpointOptions::new().token_type("x".repeat(length));
            assert_eq!(options.check_response().is_ok(), valid, "{length}");
        }
    }

    #[test]
    fn a_path_to_the_token_has_up_to_8_names_and_256_bytes() {
        for (path, valid) in [
            ("x".repeat(256), true),
            ("x".repeat(257), false),
            (["x"; 8].join("."), true),
            (["x"; 9].join("."), false),
            (String::new(), false),
            ("x..y".to_owned(), false),
            ("x.".to_owned(), false),
        ] {
            let options = TokenEndpointOptions::new().access_token_at(path.as_str());
            assert_eq!(options.check_response().is_ok(), valid, "{path}");
        }
    }
}
