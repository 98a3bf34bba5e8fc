//! The cases, by what they are about.

mod credentials;
mod origins;
mod refusals;

pub use self::credentials::*;
pub use self::origins::*;
pub use self::refusals::*;
