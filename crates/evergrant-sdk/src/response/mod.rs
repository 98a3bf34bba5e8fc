//! The response of a call, and the responses that the API description defines.

mod described_response;
mod success;

pub(crate) use self::described_response::matching;
pub use self::described_response::{Expect, Status};
pub use self::success::Response;
