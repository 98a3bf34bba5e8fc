//! The cases, by topic.

mod allowed_origins;
mod credentials;
mod dpop;
mod interrupted_uploads;
mod paused_clock;
mod proofs_of_possession;
mod rejected_tokens;

pub use self::allowed_origins::*;
pub use self::credentials::*;
pub use self::dpop::*;
pub use self::interrupted_uploads::*;
pub use self::paused_clock::*;
pub use self::proofs_of_possession::*;
pub use self::rejected_tokens::*;
