//! Processes, ports and temporary folders of tests and benchmarks: finds free ports, waits until processes are ready,
//! and ends them on drop.
//!
//! All functions except `async` ones block the thread, for a limited time.

mod child_processes;
mod command;
mod free_ports;
mod process_group;
mod process_log;
mod server_process;
mod spawn;
mod temporary_folder;
mod wait_for_condition;

pub use rustix::process::Signal;
pub use tempfile::TempDir;

pub use self::child_processes::Children;
pub use self::command::{EndSignal, command, find_program};
pub use self::free_ports::{free_port, retry_port_conflicts};
pub use self::process_group::{Process, wait_until_stopped};
pub use self::process_log::tail;
pub use self::server_process::{ServerProcess, start_in};
pub use self::temporary_folder::{temporary_folder, write_private};
pub use self::wait_for_condition::{wait_until, wait_until_async};
