//! The credentials of each kind of security scheme. They are validated when the client is built.

mod basic;
mod bearer;
mod keys;
mod oauth;
mod session;

pub use self::basic::BasicCredentials;
pub use self::bearer::BearerCredentials;
pub use self::keys::KeyCredentials;
pub use self::oauth::{AnyGrant, OAuthCredentials, OAuthGrant, Offers};
pub(crate) use self::oauth::{Fetching, ManagerDefaults, OAuthSettings, Scoping};
pub(crate) use self::session::{Login, SessionSource};
pub use self::session::{SessionCredentials, session_token};
