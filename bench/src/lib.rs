//! Benchmarks that compare evergrant with other libraries: the same work in the same run.
//!
//! ```text
//! Scenario ─▶ Subject (one adapter per library) ─▶ TokenServer (scripted, counts requests) ─▶ Row
//! ```

pub mod external;
pub mod fleet;
pub mod hot;
pub mod hot_path_primitives;
pub mod instructions;
pub mod load;
pub mod open_files;
pub mod program;
pub mod report;
pub mod row;
pub mod scale;
pub mod scenario;
pub mod server;
pub mod subject;
pub mod subjects;
