//! evergrant beside its peers, on the same work in the same run.
//!
//! ```text
//! Scenario ─▶ Subject (one adapter a peer) ─▶ TokenServer (scripted, counts) ─▶ Row
//! ```

pub mod drive;
pub mod external;
pub mod files;
pub mod fleet;
pub mod hot;
pub mod primitives;
pub mod report;
pub mod row;
pub mod scale;
pub mod scenario;
pub mod server;
pub mod subject;
pub mod subjects;
