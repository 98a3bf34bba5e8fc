//! The behaviour of the layer, mostly over real sockets.

mod allowed_origins;
mod calls;
mod debug_hides_secrets;
mod early_rejection;
mod fixture;
#[cfg(feature = "tonic")]
mod grpc;
#[cfg(feature = "tonic")]
mod grpc_trailers;
mod recorded_bodies;
mod replay_after_rejection;
mod replay_buffer;
mod replayed_request_body;
#[cfg(feature = "retry")]
mod retry;
#[cfg(feature = "tonic")]
#[path = "../../examples/support/books_grpc_service.rs"]
mod rpc;
