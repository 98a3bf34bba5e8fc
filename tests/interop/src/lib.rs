//! Runs evergrant against third-party authorization servers.
//!
//! ```text
//! Options ─▶ Installation ─▶ RunningServer (one per server) ─▶ cases (public API only) ─▶ Report
//! ```

mod assertion_keys;
mod cases;
mod certificate_authority;
mod command_line_options;
pub mod install;
mod registered_clients;
mod report;
mod server;
mod suite_run;

pub use self::certificate_authority::Authority;
pub use self::command_line_options::Options;
pub use self::report::Report;
pub use self::suite_run::{install_servers, run};
