//! Processes, ports and temporary folders of tests and benchmarks: finds free ports, waits until processes are ready,
//! and ends them on drop.
//!
//! All functions except `async` ones block the thread, for a limited time.

mod children;
mod command;
mod folder;
mod log;
mod ports;
mod process;
mod server;
mod spawn;
mod wait;

pub use rustix::process::Signal;
pub use tempfile::TempDir;

pub use self::children::Children;
pub use self::command::{EndSignal, command, find_program};
pub use self::folder::{temporary_folder, write_private};
pub use self::log::tail;
pub use self::ports::{free_port, retry_port_conflicts};
pub use self::process::{Process, wait_until_stopped};
pub use self::server::{ServerProcess, start_in};
pub use self::wait::{wait_until, wait_until_async};
