//! The behaviour of the layer, mostly over real sockets.

mod allowed_origins;
mod body;
mod calls;
mod debug_hides_secrets;
mod early_rejection;
mod fixture;
#[cfg(feature = "tonic")]
mod grpc;
#[cfg(feature = "tonic")]
mod grpc_trailers;
mod recorded_bodies;
mod replay;
mod replay_buffer;
#[cfg(feature = "retry")]
mod retry;
#[cfg(feature = "tonic")]
#[path = "../../examples/support/rpc.rs"]
mod rpc;
