//! What an application gives for each scheme: one file per kind. Nothing is checked before the client is built.

mod basic;
mod bearer;
mod keys;
mod oauth;
mod session;

pub use self::basic::BasicCredentials;
pub use self::bearer::BearerCredentials;
pub use self::keys::KeyCredentials;
pub use self::oauth::OAuthCredentials;
pub(crate) use self::oauth::{Client, Fetching, Scoping};
pub(crate) use self::session::{Login, Start};
pub use self::session::{SessionCredentials, session_token};
