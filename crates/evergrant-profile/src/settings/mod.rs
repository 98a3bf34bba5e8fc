//! The settings: the checked and typed keys of a profile.

mod assertion_settings;
mod build_managers_and_clients;
mod client_auth_method;
mod http_options;
mod read_from_profile;
mod read_store_settings;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use ::http::StatusCode;
use evergrant::origin::Origin;

pub use self::assertion_settings::AssertionSettings;
pub use self::client_auth_method::AuthMethod;
pub use self::http_options::HttpOptions;
pub(crate) use self::read_from_profile::{FileAccess, read};
use crate::profile_location::ProfileLocation;
use crate::secret::SecretRef;
use crate::store::StoreSettings;
use crate::token_header::TokenHeader;

/// The checked and typed keys of a [`Profile`](crate::Profile). A program can override them, for example with
/// command-line flags, before it builds a token manager or a client. The [crate documentation](crate) has a table of
/// all keys with their defaults.
///
/// ```
/// # fn run() -> Result<(), Box<dyn std::error::Error>> {
/// # let profile: evergrant_profile::Profile = toml::from_str("")?;
/// let mut settings = profile.settings()?;
/// if let Some(url) = std::env::args().nth(1) {
///     settings.base_url = Some(url);
/// }
/// let client = settings.client(settings.tokens()?)?.build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Settings {
    pub(crate) location: Option<ProfileLocation>,
    /// The issuer of the authorization server (the profile's key `issuer`). If [`token_url`](Self::token_url) is not
    /// set, the URLs of all endpoints come from the metadata of this issuer.
    pub issuer: Option<String>,
    /// The URL of the token endpoint (the profile's key `token_url`).
    pub token_url: Option<String>,
    /// The URL of the authorization endpoint (the profile's key `authorization_url`). If it is set, the tokens belong
    /// to a user who signs in.
    pub authorization_url: Option<String>,
    /// The URL of the device authorization endpoint (the profile's key `device_authorization_url`). If it is set, the
    /// tokens belong to a user who signs in.
    pub device_authorization_url: Option<String>,
    /// The URL of the endpoint for pushed authorization requests (the profile's key `pushed_authorization_url`). If it
    /// is set, `evergrant login` pushes the authorization request.
    pub pushed_authorization_url: Option<String>,
    /// The URL of the revocation endpoint (the profile's key `revocation_url`).
    pub revocation_url: Option<String>,
    /// The redirect URI of the sign-in (the profile's key `redirect_uri`).
    pub redirect_uri: Option<String>,
    /// Additional parameters of the authorization URL (the profile's key `authorization_params`).
    pub authorization_params: Vec<(String, String)>,
    /// Whether a sign-in accepts a redirect without the parameter `state` (the profile's key
    /// `danger_allow_missing_state`).
    pub allow_missing_state: bool,
    /// The client id (the profile's key `client_id`).
    pub client_id: Option<String>,
    /// A reference to the client secret (the profile's keys `client_secret_env` and `client_secret_file`).
    pub secret: Option<SecretRef>,
    /// The client authentication method (the profile's key `auth`). `None` selects the default, which the [crate
    /// documentation](crate) lists.
    pub auth: Option<AuthMethod>,
    /// The settings for a client that authenticates with an assertion, which it signs with a key or reads from a file.
    /// They come from the profile's keys `key_file`, `key_id`, `key_algorithm`, `certificate_file`, and all that start
    /// with `assertion_`.
    pub assertion: AssertionSettings,
    /// The scopes that token requests ask for (the profile's key `scopes`).
    pub scopes: Vec<String>,
    /// The `audience` parameter of token requests (the profile's key `audience`).
    pub audience: Option<String>,
    /// The `resource` parameters (RFC 8707) of token requests (the profile's key `resources`).
    pub resources: Vec<String>,
    /// The authorization details to request (RFC 9396), as JSON (the profile's key `authorization_details`).
    pub authorization_details: Option<String>,
    /// Additional parameters of token requests (the profile's key `params`).
    pub params: Vec<(String, String)>,
    /// The grant type (the profile's key `grant_type`): a custom grant type in place of `client_credentials`. With an
    /// issuer, `authorization_code` means that users sign in.
    pub grant_type: Option<String>,
    /// Whether token requests also contain `client_id` in the body (the profile's key `client_id_in_body`).
    pub client_id_in_body: bool,
    /// Whether token requests send their parameters as JSON instead of a form (the profile's key `json_body`).
    pub json_body: bool,
    /// Whether token requests are sent that the metadata of the issuer does not list (the profile's key
    /// `allow_unlisted`).
    pub allow_unlisted: bool,
    /// Additional headers of token requests (the profile's key `token_headers`).
    pub token_headers: Vec<TokenHeader>,
    /// Token types in token responses that are accepted as other names for `Bearer` (the profile's key `token_types`).
    pub token_types: Vec<String>,
    /// The position of the access token in the token response: member names separated by dots (the profile's key
    /// `access_token_at`).
    pub access_token_at: Option<String>,
    /// The `User-Agent` header of all requests (the profile's key `user_agent`).
    pub user_agent: Option<String>,
    /// The time limit of one token request, of waiting for a token, of connecting, and of each read of a response (the
    /// profile's key `timeout`).
    pub timeout: Option<Duration>,
    /// The path of a PEM file with certificates to trust in addition to those of the system (the profile's key
    /// `ca_file`).
    pub ca_file: Option<PathBuf>,
    /// Whether HTTP/1 requests write header names like `Content-Type` instead of `content-type` (the profile's key
    /// `title_case_headers`).
    pub title_case_headers: bool,
    /// Origins to which credentials may be sent unencrypted (the profile's key `danger_allow_http_to`).
    pub plaintext_origins: Vec<Origin>,
    /// The base URL of the API (the profile's key `base_url`). Its origin receives the token.
    pub base_url: Option<String>,
    /// Additional origins that receive the token (the profile's key `allow_origins`).
    pub allow_origins: Vec<Origin>,
    /// HTTP statuses by which the API rejects a token, in addition to 401 (the profile's key `renew_on`).
    pub renew_on: Vec<StatusCode>,
    /// The settings of the token store (the profile's keys `cache`, `store`, `store_*` and `credential_label`).
    pub store: StoreSettings,
}

/// The grant type that selects the sign-in of a user.
pub(crate) const AUTHORIZATION_CODE: &str = "authorization_code";

impl Settings {
    /// Returns whether the tokens belong to a user who signs in. This is the case if
    /// [`authorization_url`](Self::authorization_url) or
    /// [`device_authorization_url`](Self::device_authorization_url) is set, or if [`issuer`](Self::issuer) is set and
    /// [`grant_type`](Self::grant_type) is `authorization_code`.
    #[must_use]
    pub fn has_sign_in(&self) -> bool {
        let by_issuer = || self.issuer.is_some() && self.grant_type.as_deref() == Some(AUTHORIZATION_CODE);
        self.authorization_url.is_some() || self.device_authorization_url.is_some() || by_issuer()
    }

    /// Returns the name and the file of the profile for use in messages, such as ``the profile `shop` of
    /// /etc/shop.toml``. Returns `None` for settings that are not from a profile.
    #[must_use]
    pub fn location(&self) -> Option<String> {
        self.location.as_ref().map(ProfileLocation::description)
    }
}

/// Omits URLs and other values, which may contain secrets.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("client_id", &self.client_id)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}
