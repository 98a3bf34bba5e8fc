//! Runs evergrant against third-party authorization servers.
//!
//! ```text
//! Options ─▶ Installation ─▶ RunningServer (one per server) ─▶ cases (public API only) ─▶ Report
//! ```

mod authority;
mod cases;
mod client;
pub mod install;
mod keys;
mod options;
mod report;
mod server;
mod suite;

pub use self::authority::Authority;
pub use self::options::Options;
pub use self::report::Report;
pub use self::suite::{install_servers, run};
