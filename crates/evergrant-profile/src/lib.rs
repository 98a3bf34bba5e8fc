//! Reads OAuth 2.0 settings from a configuration file. A [`Profile`] is a section of a service's configuration, or a
//! profile in the configuration file of the `evergrant` program. It builds a token manager and an authorized HTTP
//! client. The configuration contains no secrets, but references to environment variables or files that contain them.
//!
//! ```
//! use evergrant_profile::Profile;
//! use serde::Deserialize;
//!
//! #[derive(Deserialize)]
//! struct Config {
//!     listen: String,
//!     oauth: Profile,
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # std::fs::write(folder.path().join("client-secret"), "not-a-real-secret\n")?;
//! let config: Config = toml::from_str(
//!     r#"
//!     listen = "127.0.0.1:8080"
//!
//!     [oauth]
//!     token_url = "https://auth.example.com/oauth2/token"
//!     client_id = "bookshop"
//!     client_secret_file = "client-secret"     # or: client_secret_env = "CLIENT_SECRET"
//!     scopes = ["books.read"]
//!     base_url = "https://api.example.com/v1/"
//!     "#,
//! )?;
//! let oauth = config.oauth.named("oauth");
//! # let oauth = oauth.relative_to(folder.path());
//!
//! // An authorized client that shares one token among all calls.
//! let api = oauth.client()?;
//! # let _ = async {
//! let books = api.get("books").send().await?;
//! # Ok::<(), evergrant_reqwest::Error>(()) };
//!
//! // With settings that a profile does not have.
//! let settings = oauth.settings()?;
//! let tokens = settings.client_credentials()?.strict_scopes().build(settings.transport()?)?;
//! let api = settings.client(tokens)?.build()?;
//!
//! // Errors name the profile, the key and the fix. A secret in the file is an error, whose message does not show it.
//! let config: Config = toml::from_str("listen = ':80'\noauth = { client_secret = 'not-a-real-secret' }")?;
//! let error = config.oauth.named("oauth").tokens().unwrap_err().to_string();
//! assert!(error.starts_with("the profile `oauth` contains the client's secret itself; provide it by reference"));
//! # Ok(())
//! # }
//! ```
//!
//! For other secrets in the configuration, use a [`SecretRef`], or a `Secret` with [`deserialize_secret`].
//!
//! YAML, JSON, `figment` and `config` work in the same way, as does every self-describing format. `config` reads all
//! values of environment variables as strings unless `try_parsing(true)` is set.
//!
//! # Keys
//! A profile may omit any key; building a token manager or a client reports the required keys that are missing. An
//! unknown key is an error. A list of strings may be written as a single string. Paths are relative to the folder
//! passed to [`Profile::relative_to`], otherwise to the folder of the profile file, otherwise to the working directory.
//! A path that starts with `~/` is relative to the user's home.
//!
//! | key | value | default | meaning |
//! |---|---|---|---|
//! | `token_url` | URL | required without `issuer` | the token endpoint |
//! | `issuer` | URL | none | issuer of the authorization server; without `token_url`, its metadata (RFC 8414, OpenID Connect Discovery) has the URLs of all endpoints |
//! | `client_id` | string | required | the client id |
//! | `client_secret_env` | string | | environment variable that contains the client's secret |
//! | `client_secret_file` | path | | file that contains the client's secret, in one line |
//! | `auth` | `basic`, `raw`, `post`, `none`, `client_secret_jwt`, `private_key_jwt` | `basic`; `private_key_jwt` with `key_file` or `assertion_file`; if users sign in, and without a secret `none` | client authentication: the secret in a header, percent-encoded (RFC 6749 section 2.3.1); in a header, not encoded; in the body; a public client; an assertion that the secret signs (RFC 7523); an assertion that a key signs, or that the platform writes to a file |
//! | `key_file` | path | none | file with the client's private key, in PEM or as a JWK; it is read again when it changes |
//! | `key_id` | string | that of a JWK | id of the key at the authorization server (`kid`) |
//! | `key_algorithm` | string | that of the key; `HS256` for `client_secret_jwt` | signature algorithm, such as `PS256` |
//! | `certificate_file` | path | none | PEM file with the certificate of the key, whose thumbprints assertions contain (`x5t`, `x5t#S256`) |
//! | `assertion_file` | path | none | file to which the platform writes an assertion, such as Kubernetes; it is read for each token request |
//! | `assertion_type` | URI | `urn:ietf:params:oauth:client-assertion-type:jwt-bearer` | `client_assertion_type` of the assertion in `assertion_file` |
//! | `assertion_audience` | `issuer`, `token_endpoint` or a text | `issuer` | audience (`aud`) of signed assertions |
//! | `assertion_header_type` | string | `client-authentication+jwt` | header `typ` of signed assertions; `""` omits it |
//! | `assertion_without_client_id` | boolean | `false` | omit `client_id` from token requests with an assertion |
//! | `scopes` | list of strings | none | scopes to request |
//! | `audience` | string | none | `audience` parameter |
//! | `resources` | list of strings | none | `resource` parameters (RFC 8707) |
//! | `authorization_details` | JSON array, as a string | none | authorization details (RFC 9396) |
//! | `params` | table of strings, integers, booleans | none | additional parameters of token requests; they must not be secret |
//! | `timeout` | seconds, above 0 and at most 3600 | 5 s for token requests, none for the API | time limit of one token request, and of a wait for a token; a fetch with its retries may take three times as long. For the API: time limit of connecting, and of each read of a response |
//! | `base_url` | URL | required for a client | base URL of the API; its origin receives the token |
//! | `allow_origins` | list of origins | none | additional origins that receive the token |
//! | `renew_on` | list of statuses, 400 to 599 | none | statuses by which the API rejects a token, in addition to 401 |
//! | `authorization_url` | URL | none | authorization endpoint; users sign in, and the tokens are theirs |
//! | `device_authorization_url` | URL | from the issuer's metadata | device authorization endpoint; users sign in on another device, and the tokens are theirs |
//! | `pushed_authorization_url` | URL | from the issuer's metadata | endpoint for pushed authorization requests (RFC 9126), which `evergrant login` then uses |
//! | `revocation_url` | URL | from the issuer's metadata | endpoint that revokes tokens (RFC 7009) |
//! | `redirect_uri` | URL | none | redirect URI of the sign-in |
//! | `authorization_params` | table of strings, integers, booleans | none | additional parameters of the authorization URL |
//! | `grant_type` | string | `client_credentials` | custom grant type of the server; with `issuer`, `authorization_code`: users sign in, and the tokens are theirs |
//! | `client_id_in_body` | boolean | `false` | also send `client_id` in the body |
//! | `json_body` | boolean | `false` | send the parameters as JSON instead of a form |
//! | `allow_unlisted` | boolean | `false` | send token requests that the metadata of the issuer does not list |
//! | `token_headers` | table of strings | none | additional headers of token requests; a secret value is written as `env:VARIABLE` or `file:FILE` |
//! | `token_types` | list of strings | none | other names for the token type `Bearer` |
//! | `access_token_at` | names separated by dots | `access_token` | path of the access token in the response |
//! | `user_agent` | string | `evergrant/…` for token requests, none for the API | `User-Agent` of all requests |
//! | `ca_file` | path | none | PEM file of certificates to trust in addition to the system's |
//! | `title_case_headers` | boolean | `false` | send header names like `Content-Type` in HTTP/1 |
//! | `cache` | boolean | `false` | store tokens in the user's folder `$XDG_STATE_HOME/evergrant/tokens` |
//! | `store` | URL without a password | none | store tokens in this store (see `evergrant-store`) |
//! | `store_env` | string | none | environment variable that contains the store's URL |
//! | `store_keys_env` | string | none | environment variable that contains the keys that encrypt stored tokens |
//! | `store_keys_file` | path | none | file that contains these keys |
//! | `store_namespace` | string | none | separates these tokens from other tokens of the same client in the store |
//! | `credential_label` | string | none | non-secret label that tells several secrets of one client id apart |
//! | `danger_allow_http_to` | list of origins | none | origins to which credentials may be sent unencrypted; loopback addresses are always allowed |
//! | `danger_allow_missing_state` | boolean | `false` | accept a redirect without `state` |
//! | `danger_plaintext_store` | boolean | `false` | store tokens unencrypted in a store that others may read |
//! | `danger_unencrypted_store_connection` | boolean | `false` | send passwords and tokens unencrypted to the store |
//! | `danger_clear_text_store_password` | boolean | `false` | send the password itself, unencrypted, to a Postgres server on this machine |
//! | `client_secret`, `danger_client_secret_in_file` | string, boolean | | the secret itself, only in a profile file that only its owner can read (Unix: mode 600) |
//!
//! The `evergrant` program has other defaults for `timeout` (15 s) and `user_agent`, and reads the store from its
//! environment.
//!
//! # Features
//! - `store`: opens token stores, with the engines `file` (also for `cache`), `redis` and `postgres`.
//! - `jose`: client authentication with a key, through `evergrant-jose`.
//! - `toml`: [`Profile::load`](Profile) reads the profile file of the `evergrant` program.
//!
//! # Events
//! `evergrant.secret_file_exposed` (`warn`, target `evergrant`): other users of this machine can read a file that
//! contains a secret.

mod error;
mod profile;
#[cfg(feature = "toml")]
mod profile_file;
mod profile_location;
mod profile_table_reader;
mod secret;
pub mod secret_names;
mod settings;
mod store;
mod token_header;
mod untyped_value;
pub mod user_dirs;

pub use self::error::Error;
pub use self::profile::Profile;
pub use self::secret::{SecretRef, deserialize_secret, read_secret};
pub use self::settings::{AssertionSettings, AuthMethod, HttpOptions, Settings};
pub use self::store::{StoreChoice, StoreEncryption, StoreLocation, StoreSettings};
pub use self::token_header::TokenHeader;
