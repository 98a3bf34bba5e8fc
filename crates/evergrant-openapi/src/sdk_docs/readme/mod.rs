//! Writes the README, from installation to client configuration.

mod authentication;
mod configuration;
mod environments;
mod errors;
mod migration;
mod operations;
mod quick_start;

use super::escape_text;
use crate::api::Api;

pub(super) fn page(api: &Api) -> String {
    let sections = [
        Some(quick_start::title(api)),
        Some(quick_start::install(api)),
        quick_start::first_call(api),
        Some(environments::section(api)),
        authentication::section(api),
        operations::section(api),
        errors::section(api),
        Some(configuration::section(api)),
        Some(configuration::testing()),
        Some(migration::section(api)),
    ];
    let sections: Vec<String> = sections
        .into_iter()
        .flatten()
        .map(|section| section.trim_end().to_owned())
        .collect();
    format!("{}\n", sections.join("\n\n"))
}
