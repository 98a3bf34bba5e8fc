//! The cases, by topic.

mod credentials;
mod origins;
mod paused_clock;
mod proofs;
mod rejections;
mod uploads;

pub use self::credentials::*;
pub use self::origins::*;
pub use self::paused_clock::*;
pub use self::proofs::*;
pub use self::rejections::*;
pub use self::uploads::*;
