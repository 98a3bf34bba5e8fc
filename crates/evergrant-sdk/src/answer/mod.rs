//! What an operation's answers look like, and the one that came.

mod expect;
mod response;

pub(crate) use self::expect::matching;
pub use self::expect::{Expect, Status};
pub use self::response::Response;
