//! What the layer does, a file each behaviour: over real sockets, but where the inner service must be caught in the act.

mod attempts;
mod body;
mod calls;
mod debug;
mod early;
mod grpc;
mod limit;
mod origins;
mod replay;
#[path = "../../examples/support/rpc.rs"]
mod rpc;
mod shop;
