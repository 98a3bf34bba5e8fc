//! The cases, by topic.

mod credentials;
mod interrupted_uploads;
mod origins;
mod paused_clock;
mod proofs_of_possession;
mod rejections;

pub use self::credentials::*;
pub use self::interrupted_uploads::*;
pub use self::origins::*;
pub use self::paused_clock::*;
pub use self::proofs_of_possession::*;
pub use self::rejections::*;
