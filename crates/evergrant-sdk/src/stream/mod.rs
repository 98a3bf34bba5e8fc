//! Streaming responses: bytes and server-sent events.

mod bytes;
mod chunks;
mod events;
mod sse;

pub use self::bytes::ByteStream;
pub(crate) use self::chunks::Chunks;
pub use self::events::{Event, EventStream};
