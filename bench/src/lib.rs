//! Benchmarks that compare evergrant with other libraries: the same work in the same run.
//!
//! ```text
//! Scenario ─▶ Subject (one adapter per library) ─▶ TokenServer (scripted, counts requests) ─▶ Row
//! ```

pub mod all_measured_libraries;
pub mod cli_run_time;
pub mod cpu_instructions;
pub mod hot_path;
pub mod hot_path_primitives;
pub mod load;
pub mod many_managers;
pub mod measured_library;
pub mod open_file_limit;
pub mod other_languages;
pub mod process_fleet;
pub mod report;
pub mod result_row;
pub mod scenario_names;
pub mod token_endpoint;
