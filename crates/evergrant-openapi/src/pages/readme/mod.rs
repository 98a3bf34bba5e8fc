//! The README: from what the API is to what can be set on its client, in the order in which a reader needs it.

mod authentication;
mod environments;
mod errors;
mod operations;
mod settings;
mod start;

use super::text;
use crate::api::Api;

pub(super) fn page(api: &Api) -> String {
    let sections = [
        Some(start::title(api)),
        Some(start::install(api)),
        start::first_call(api),
        Some(environments::section(api)),
        authentication::section(api),
        operations::section(api),
        errors::section(api),
        Some(settings::section(api)),
        Some(settings::testing()),
    ];
    let sections: Vec<String> = sections
        .into_iter()
        .flatten()
        .map(|section| section.trim_end().to_owned())
        .collect();
    format!("{}\n", sections.join("\n\n"))
}
