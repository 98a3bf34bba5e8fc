//! Answers that are read while they come.

mod bytes;
mod events;
mod parser;
mod pieces;

pub use self::bytes::ByteStream;
pub use self::events::{Event, EventStream};
pub(crate) use self::pieces::Pieces;
