//! Runs evergrant against third-party authorization servers.
//!
//! ```text
//! Options ─▶ Installation ─▶ RunningServer (one per server) ─▶ cases (public API only) ─▶ Report
//! ```

mod cases;
mod certificate_authority;
pub mod install;
mod keys;
mod options;
mod registered_clients;
mod report;
mod server;
mod suite;

pub use self::certificate_authority::Authority;
pub use self::options::Options;
pub use self::report::Report;
pub use self::suite::{install_servers, run};
