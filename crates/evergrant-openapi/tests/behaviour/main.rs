//! Generated SDKs and models, and the limits of descriptions. Each file covers one topic.
#![expect(clippy::unwrap_used, reason = "a failed setup fails the test")]

mod checked_in_sdks;
mod description_budgets;
mod descriptions;
mod flaws;
mod generator_options;
mod models;
