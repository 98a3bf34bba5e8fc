//! Which operations ask for a scheme.

use super::section;
use crate::api::{Api, Operation};
use crate::pages::text::{bars, code_cell};
use crate::rust::requirement;

pub(super) fn operations(api: &Api, scheme: usize) -> String {
    let asking = api.requirements_of(scheme);
    let asks = |operation: &Operation| asking[operation.requirement];
    let mut rows = String::new();
    for group in &api.groups {
        for operation in group.operations.iter().filter(|operation| asks(operation)) {
            rows += &format!(
                "| [`{}().{}`](../../src/operations/{}.rs) | {} | {} |\n",
                group.method,
                operation.method_name,
                group.module,
                code_cell(&format!("{} {}", operation.verb, operation.path)),
                bars(requirement(api, operation).trim_end_matches('.'))
            );
        }
    }
    let text = match rows.is_empty() {
        true => "No operation asks for this scheme.".to_owned(),
        false => format!("| Operation | HTTP | Needs |\n|---|---|---|\n{}", rows.trim_end()),
    };
    section("Operations", &text, None)
}
