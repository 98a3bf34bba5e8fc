//! Generated SDKs and models, and the limits of descriptions. Each file covers one topic.
#![expect(clippy::unwrap_used, reason = "a failed setup fails the test")]

mod budgets;
mod checked_in_sdks;
mod generation;
mod models;
