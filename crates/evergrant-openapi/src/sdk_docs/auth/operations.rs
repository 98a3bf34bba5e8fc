//! Lists the operations that accept a scheme.

use crate::api::{Api, Operation, requirement_text};
use crate::sdk_docs::escape_text::{bars, code_cell};

pub(super) fn section(api: &Api, scheme: usize) -> String {
    let requirements = api.requirements_of(scheme);
    let has_scheme = |operation: &Operation| requirements[operation.requirement];
    let mut rows = String::new();
    for group in &api.groups {
        for operation in group.operations.iter().filter(|operation| has_scheme(operation)) {
            rows += &format!(
                "| [`{}().{}`](../../src/operations/{}.rs) | {} | {} |\n",
                group.method,
                operation.method_name,
                group.module,
                code_cell(&format!("{} {}", operation.verb, operation.path)),
                bars(requirement_text(api, operation).trim_end_matches('.'))
            );
        }
    }
    let text = match rows.is_empty() {
        true => "No operation uses this scheme.".to_owned(),
        false => format!(
            "| Operation | HTTP request | Authentication |\n|---|---|---|\n{}",
            rows.trim_end()
        ),
    };
    super::section("Operations", &text, None)
}
