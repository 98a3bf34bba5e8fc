//! The cases, by topic.

mod credentials;
mod origins;
mod proofs;
mod rejections;

pub use self::credentials::*;
pub use self::origins::*;
pub use self::proofs::*;
pub use self::rejections::*;
