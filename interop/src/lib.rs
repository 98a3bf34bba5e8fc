//! Third-party authorization servers, and the suite that runs evergrant against them.
//!
//! ```text
//! Options ─▶ Installation ─▶ Running (one a server) ─▶ cases, through the public API only ─▶ Report
//! ```

mod authority;
mod cases;
mod client;
pub mod install;
mod options;
mod report;
mod server;
mod suite;

pub use self::authority::Authority;
pub use self::options::{Layout, Options, USAGE};
pub use self::report::Report;
pub use self::suite::run;
