//! The credentials of each kind of security scheme. They are validated when the client is built.

mod api_keys;
mod basic;
mod bearer;
mod oauth;
mod session;

pub use self::api_keys::KeyCredentials;
pub use self::basic::BasicCredentials;
pub use self::bearer::BearerCredentials;
pub use self::oauth::{AnyGrant, OAuthCredentials, OAuthGrant, Offers};
pub(crate) use self::oauth::{Fetching, ManagerDefaults, OAuthSettings, Scoping};
pub(crate) use self::session::{Login, SessionSource};
pub use self::session::{SessionCredentials, session_token};
